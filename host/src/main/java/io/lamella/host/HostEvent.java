// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.vgpu.GuestDriver;
import io.lamella.vgpu.VgpuState;
import java.util.UUID;

/** Something that happened on a host. */
public sealed interface HostEvent {
    /** What happened, for a person. */
    String sentence();

    /**
     * A GPU runs.
     *
     * @param gpu its name on this host
     * @param firmwareRelease that its GSP booted
     * @param bootMillis how long that took
     */
    record GpuStarted(String gpu, String firmwareRelease, long bootMillis, String sentence) implements HostEvent {}

    /** A GPU is gone, or its firmware stopped. */
    record GpuLost(String gpu, String sentence) implements HostEvent {}

    /** A vGPU's state changed. */
    record VgpuChanged(String gpu, UUID uuid, String type, VgpuState from, VgpuState to, String sentence)
            implements HostEvent {}

    /**
     * A channel of a vGPU did what it may not and was stopped. Nothing else was.
     *
     * @param xid the error's number, as drivers log it
     * @param channelId the guest's own number of the channel
     * @param engine such as {@code CE1}
     * @param total how many channels of this vGPU were stopped so far, this one included
     * @param untold how many of them were counted and not told since the last event of this kind, because there were too many
     */
    record ChannelFault(
            String gpu,
            UUID uuid,
            String type,
            int xid,
            int channelId,
            String engine,
            long total,
            long untold,
            String sentence)
            implements HostEvent {}

    /** The driver in a vGPU's guest came or went. */
    record GuestDriverChanged(String gpu, UUID uuid, String type, GuestDriver driver, String sentence)
            implements HostEvent {}

    /** A vGPU's socket is there: a VM may attach. */
    record SocketOpened(UUID uuid, String socket, String sentence) implements HostEvent {}

    /** A VM attached to a vGPU. */
    record ClientAttached(UUID uuid, String sentence) implements HostEvent {}

    /** A VM left a vGPU, or was thrown out. */
    record ClientGone(UUID uuid, String sentence) implements HostEvent {}

    /** A vGPU's socket is removed. */
    record SocketClosed(UUID uuid, String sentence) implements HostEvent {}

    /** The socket of a GPU that VMs get whole is there. */
    record GpuSocketOpened(String gpu, String socket, String sentence) implements HostEvent {}

    /** A VM attached to a whole GPU. */
    record GpuClientAttached(String gpu, String sentence) implements HostEvent {}

    /** A VM left a whole GPU, or was thrown out. */
    record GpuClientGone(String gpu, String sentence) implements HostEvent {}

    /** The socket of a whole GPU is removed. */
    record GpuSocketClosed(String gpu, String sentence) implements HostEvent {}

    /** Who is told. Calls may come from any thread and must not wait. */
    @FunctionalInterface
    interface Listener {
        /** Ignores everything. */
        Listener NONE = event -> {};

        void onEvent(HostEvent event);
    }
}
