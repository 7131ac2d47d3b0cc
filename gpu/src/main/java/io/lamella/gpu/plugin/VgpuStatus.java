// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.gsp.GspStatus;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A vGPU as the firmware sees it.
 *
 * @param gfid of its function
 * @param type what it is
 * @param state where it is in its life
 * @param uuid that the host gave it, null until it is configured
 * @param frameBuffer where its memory lies
 * @param busMasterEnabled what the host last said of it
 * @param guest its own GSP: what its driver speaks, whether it runs, why it halted; null after it was stopped
 * @param refusal why the plugin last refused a message, or empty
 */
public record VgpuStatus(
        int gfid,
        VgpuType type,
        State state,
        @Nullable UUID uuid,
        List<FbRange> frameBuffer,
        boolean busMasterEnabled,
        @Nullable GspStatus guest,
        String refusal) {
    /** Where a vGPU is in its life. */
    public enum State {
        /** The plugin runs and waits for the host to agree on a version. */
        BOOTED,
        /** A version is agreed on; the configuration is to come. */
        NEGOTIATED,
        /** Configured: a guest may use it. */
        ACTIVE,
        /** Stopped; its memory is still its own until it is cleaned up. */
        STOPPED
    }
}
