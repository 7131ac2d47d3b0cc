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

    /**
     * A channel of a vGPU did what it may not and was stopped. Nothing else was.
     *
     * @param type name of its type
     * @param xid the error's number, as drivers log it
     * @param channelId the guest's own number of the channel
     * @param engine such as {@code CE1}
     * @param total how many channels of this vGPU were stopped so far, this one included
     * @param untold how many of them were counted and not told since the last event of this kind, because there were too many
     */
    record ChannelFault(
            UUID uuid, String type, int xid, int channelId, String engine, long total, long untold, String sentence)
            implements VgpuEvent {}

    /**
     * The driver in a vGPU's guest came or went.
     *
     * @param type name of its type
     */
    record GuestDriverChanged(UUID uuid, String type, GuestDriver driver, String sentence) implements VgpuEvent {}

    /** The GPU is gone, or its firmware stopped. */
    record GpuLost(String sentence) implements VgpuEvent {}

    /** Who is told. Calls may come from any thread, one after the other for one vGPU, and must not wait. */
    @FunctionalInterface
    interface Listener {
        void onEvent(VgpuEvent event);
    }
}
