// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.gpu.host.FaultReport;

/** Who sees what happens in a GSP's life: the plugin of a vGPU. Calls come from any thread and must not wait. */
public interface GspObserver {
    /** Sees nothing. */
    GspObserver NONE = new GspObserver() {
        @Override
        public void stateChanged(GspStatus.State state) {}

        @Override
        public void channelStopped(FaultReport report) {}
    };

    /** A driver started the firmware ({@code RUNNING}), said good-bye ({@code UNLOADED}), or made it halt ({@code HALTED}). */
    void stateChanged(GspStatus.State state);

    /** A channel was stopped for an error. */
    void channelStopped(FaultReport report);
}
