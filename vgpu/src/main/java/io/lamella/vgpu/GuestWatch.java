// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreEvent;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a vGPU's guest from events: whether its driver is there, and how many of its channels were stopped. A guest can have channels
 * stopped and its driver loaded as often as it likes, so only some of it is told: {@link #BURST} of a kind at once, then one each {@link
 * #REFILL_NANOS}. All is counted.
 */
final class GuestWatch {
    static final int BURST = 16;
    static final long REFILL_NANOS = 1_000_000_000;

    private final CoreClock clock;
    private final Budget faults;
    private final Budget changes;
    private boolean loaded;
    private long total;
    private long untold;

    /** How much may be told. */
    private final class Budget {
        private int left = BURST;
        private long refilledAt = clock.nanoTime();

        boolean take() {
            long periods = (clock.nanoTime() - refilledAt) / REFILL_NANOS;
            if (periods > 0) {
                left = (int) Math.min(BURST, left + periods);
                refilledAt += periods * REFILL_NANOS;
            }
            if (left == 0) {
                return false;
            }
            left--;
            return true;
        }

        /** To say with what took the last of it. */
        String lastWords(String what) {
            return left != 0
                    ? ""
                    : " There were " + BURST + " in a short time: of further " + what + " one each "
                            + REFILL_NANOS / 1_000_000_000 + " s is told, the others are counted.";
        }
    }

    GuestWatch(CoreClock clock) {
        this.clock = clock;
        faults = new Budget();
        changes = new Budget();
    }

    /**
     * What to tell of a stopped channel, or null if it is only counted.
     *
     * @param channelId the guest's own
     * @param text what the firmware said of it, or empty
     */
    synchronized VgpuEvent.@Nullable ChannelFault stopped(
            Vgpu vgpu, int channelId, String engine, int xid, String text) {
        total++;
        if (!faults.take()) {
            untold++;
            return null;
        }
        String sentence = "Channel " + channelId + " on " + engine + " was stopped for an error (Xid " + xid + ")."
                + (text.isEmpty() ? "" : " " + text)
                + (untold == 0 ? "" : " Since the last one that was told, " + untold + " more were stopped.")
                + faults.lastWords("errors");
        VgpuEvent.ChannelFault event = new VgpuEvent.ChannelFault(
                vgpu.uuid(), vgpu.type().name(), xid, channelId, engine, total, untold, sentence);
        untold = 0;
        return event;
    }

    /** What to tell of a change that the firmware task reports, or null. */
    synchronized @Nullable VgpuEvent changed(Vgpu vgpu, CoreEvent.GuestDriver.Change change) {
        boolean before = loaded;
        loaded = change == CoreEvent.GuestDriver.Change.LOADED;
        return switch (change) {
            case LOADED ->
                event(
                        vgpu,
                        GuestDriver.LOADED,
                        before
                                ? "The guest's driver is loaded again, without a good-bye from the one before."
                                : "The guest's driver is loaded.");
            case UNLOADED -> event(vgpu, GuestDriver.UNLOADED, "The guest's driver is unloaded or suspended.");
            case CRASHED ->
                event(
                        vgpu,
                        GuestDriver.CRASHED,
                        "The guest's driver sent what makes no sense; the firmware serves it no longer, until it is loaded again.");
        };
    }

    /** What to tell when the vGPU is reset or taken away, or null if there was no driver. */
    synchronized @Nullable VgpuEvent reset(Vgpu vgpu) {
        boolean before = loaded;
        loaded = false;
        return before
                ? event(
                        vgpu,
                        GuestDriver.LOST,
                        "The guest's driver is gone without a good-bye: its VM ended, crashed or was reset.")
                : null;
    }

    /** How many channels were stopped so far. */
    synchronized long total() {
        return total;
    }

    private @Nullable VgpuEvent event(Vgpu vgpu, GuestDriver driver, String sentence) {
        return changes.take()
                ? new VgpuEvent.GuestDriverChanged(
                        vgpu.uuid(), vgpu.type().name(), driver, sentence + changes.lastWords("changes"))
                : null;
    }
}
