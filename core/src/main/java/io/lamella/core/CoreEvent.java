// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** Something that happened to the GPU without being asked for. */
public sealed interface CoreEvent {
    /** The function is gone. The last event of a session. Everything the session holds is void; closing is all that is left. */
    record FunctionGone(String reason) implements CoreEvent {}

    /** The number of enabled virtual functions changed. */
    record SrIovChanged(int enabled) implements CoreEvent {}

    /**
     * The firmware stopped a channel after an error (robust channel).
     *
     * @param gfid of the function it belongs to, 0 for the physical one
     * @param engineType the resource manager's engine type
     * @param channelId hardware channel id
     * @param exceptionType the resource manager's number for the error (Xid)
     */
    record ChannelError(int gfid, int engineType, int channelId, int exceptionType) implements CoreEvent {}

    /** The firmware logged an error for the operating system. */
    record OsError(int exceptionType, int runlistId, int channelId, String text) implements CoreEvent {}

    /**
     * A vGPU's firmware task tells how its guest's driver does.
     *
     * @param gfid of the vGPU's function
     */
    record GuestDriver(int gfid, Change change) implements CoreEvent {
        /** What it tells. */
        public enum Change {
            /** The driver has started the guest's firmware. */
            LOADED,
            /** The driver said good-bye. */
            UNLOADED,
            /** What the driver said made no sense, and the task no longer serves it. */
            CRASHED
        }
    }

    /** The firmware no longer runs. Controls fail from here on; opening the GPU anew starts it again. */
    record FirmwareHalted(String reason) implements CoreEvent {}

    /** An engine's non-stall interrupt: work that asked for it got that far. {@code vector} is the GPU's interrupt vector. */
    record NonStall(int vector) implements CoreEvent {}
}
