// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import java.util.UUID;

/** Something that happened to a vGPU or its GPU. */
public sealed interface VgpuEvent {
    /** What happened, for a person. */
    String sentence();

    /**
     * A vGPU's state changed.
     *
     * @param type name of its type
     */
    record StateChanged(UUID uuid, String type, VgpuState from, VgpuState to, String sentence) implements VgpuEvent {}

    /** The GPU is gone, or its firmware stopped. */
    record GpuLost(String sentence) implements VgpuEvent {}

    /** Who is told. Calls may come from any thread, one after the other for one vGPU, and must not wait. */
    @FunctionalInterface
    interface Listener {
        void onEvent(VgpuEvent event);
    }
}
