// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.AddressSpace.Access;
import io.lamella.core.Channel;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.HostMemory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A channel of a file: it carries out pushes in the order in which they were given, and signals sync objects when they are done. An error
 * of the GPU ends the channel, and everything that was to be done on it comes with that error.
 */
public final class RenderChannel implements AutoCloseable {
    /** The most pushes of one call. */
    public static final int MOST_PUSHES = 256;

    /** The most calls that may wait or be carried out. */
    public static final int MOST_JOBS = 4096;

    private static final int RING_ENTRIES = 1024;

    /** Work that was given. */
    private static final class Job {
        final List<Push> pushes;
        final List<SyncPoint> waits;
        final List<SyncPoint> signals;
        /** What the channel's semaphore holds when it is done. */
        long sequence;

        Job(List<Push> pushes, List<SyncPoint> waits, List<SyncPoint> signals) {
            this.pushes = pushes;
            this.waits = waits;
            this.signals = signals;
        }

        /** The ring has one for each push, and one for the fence. */
        int entries() {
            return pushes.size() + 1;
        }
    }

    private final RenderFile file;
    private final RenderDevice device;
    private final Channel channel;
    private final HostMemory memory;
    private final FenceRing fences;
    // Guarded by the device's lock.
    private final Deque<Job> queued = new ArrayDeque<>();
    private final Deque<Job> running = new ArrayDeque<>();
    private int usedEntries;
    private long sequence;
    private String reason = "";
    private @Nullable CoreException ended;
    private boolean closed;

    private RenderChannel(RenderFile file, Channel channel, HostMemory memory, long fenceAddress) {
        this.file = file;
        this.device = file.device();
        this.channel = channel;
        this.memory = memory;
        this.fences = new FenceRing(memory.memory(), fenceAddress, RING_ENTRIES);
    }

    static RenderChannel open(RenderFile file, EngineInfo engine) {
        CoreSession session = file.device().session();
        HostMemory memory = session.allocateHostMemory(file.name() + ", fences", FenceRing.sizeBytes(RING_ENTRIES));
        try {
            Channel channel = session.openChannel(file.name(), engine, file.vm().space(), RING_ENTRIES);
            try {
                long address = file.vm().sizeBytes() + channel.channelId() * FenceRing.roomBytes(RING_ENTRIES);
                file.vm().space().bind(address, memory, 0, memory.sizeBytes(), Access.READ_WRITE);
                return new RenderChannel(file, channel, memory, address);
            } catch (RuntimeException failure) {
                channel.close();
                throw failure;
            }
        } catch (RuntimeException failure) {
            memory.close();
            throw failure;
        }
    }

    public EngineInfo engine() {
        return channel.engine();
    }

    /** The hardware's number of it. */
    public int id() {
        return channel.channelId();
    }

    /** Why it does nothing any more; null while it does. */
    public @Nullable CoreException failure() {
        return device.locked(() -> ended);
    }

    /**
     * Gives it work, and returns at once. The work begins when {@code waits} have come and what was given before has begun; when all of it
     * is done {@code signals} come. If something that it waits for comes with an error it is not begun, and {@code signals} come with one.
     *
     * @param pushes in order; none is a fence behind what was given before
     * @throws CoreException {@code INVALID}, {@code BUSY} if too much was given that is not done, {@code DEVICE_FAULT} if the GPU stopped
     *     the channel, {@code CLOSED}
     */
    public void exec(List<Push> pushes, List<SyncPoint> waits, List<SyncPoint> signals) {
        if (pushes.size() > MOST_PUSHES) {
            throw new CoreException(
                    CoreError.INVALID, pushes.size() + " pushes in one call; " + MOST_PUSHES + " are the most.");
        }
        List<Push> copy = List.copyOf(pushes);
        for (Push push : copy) {
            check(push);
        }
        device.change(() -> {
            checkUsable();
            if (queued.size() + running.size() >= MOST_JOBS) {
                throw new CoreException(
                        CoreError.BUSY, MOST_JOBS + " pieces of work are not done yet; wait for one of them.");
            }
            Points.checkWaits(file, waits);
            Points.promise(file, signals);
            queued.add(new Job(copy, List.copyOf(waits), List.copyOf(signals)));
        });
    }

    private void check(Push push) {
        if (push.address() < 0
                || push.address() % 4 != 0
                || push.lengthBytes() < 4
                || push.lengthBytes() % 4 != 0
                || push.lengthBytes() > Channel.MOST_PUSH_BYTES
                || push.address() > file.vm().sizeBytes() - push.lengthBytes()) {
            throw new CoreException(
                    CoreError.INVALID,
                    String.format(
                            "A push of %d bytes at 0x%x: it takes 4 to %d bytes, in words, within the VM.",
                            push.lengthBytes(), push.address(), Channel.MOST_PUSH_BYTES));
        }
    }

    private void checkUsable() {
        file.checkUsable();
        if (ended != null) {
            throw RenderDevice.again(ended);
        }
        if (closed) {
            throw closedHere();
        }
    }

    private CoreException closedHere() {
        return new CoreException(CoreError.CLOSED, "Channel " + id() + " of \"" + file.name() + "\" was closed.");
    }

    /** With the lock: retires what is done, begins what can be. Whether a point came. */
    boolean advance() {
        if (ended != null) {
            return false;
        }
        boolean came = retire();
        for (Job job = queued.peek(); job != null && Points.haveCome(job.waits); job = queued.peek()) {
            CoreException failed = Points.failureOf(job.waits);
            if (failed != null) {
                queued.remove();
                Points.complete(job.signals, failed);
                came = true;
            } else if (usedEntries + job.entries() < RING_ENTRIES) {
                queued.remove();
                if (!begin(job)) {
                    return true;
                }
            } else {
                return came;
            }
        }
        return came;
    }

    private boolean retire() {
        boolean came = false;
        if (!running.isEmpty()) {
            long done = fences.value();
            for (Job job = running.peek(); job != null && job.sequence <= done; job = running.peek()) {
                running.remove();
                usedEntries -= job.entries();
                Points.complete(job.signals, null);
                came = true;
            }
        }
        return came;
    }

    private boolean begin(Job job) {
        job.sequence = ++sequence;
        running.add(job);
        usedEntries += job.entries();
        try {
            for (Push push : job.pushes) {
                channel.submit(push.address(), push.lengthBytes());
            }
            channel.submit(fences.write(sequence), FenceRing.PUSH_BYTES);
            return true;
        } catch (CoreException failure) {
            // Stopped, gone or closed; the event that says so may still be on its way.
            end(failure);
            return false;
        }
    }

    /** With the lock. */
    void note(CoreEvent.OsError error) {
        if (error.channelId() == id() && error.runlistId() == engine().runlistId()) {
            reason = error.text();
        }
    }

    /** With the lock: the GPU stopped a channel, perhaps this one. */
    void stopped(CoreEvent.ChannelError error) {
        if (error.gfid() == 0 && error.channelId() == id()) {
            var _ = retire();
            end(new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The GPU stopped channel " + id() + " with error " + error.exceptionType()
                            + (reason.isEmpty() ? "." : ": " + reason)));
        }
    }

    /** With the lock. */
    void lose(CoreException why) {
        end(why);
    }

    /** Everything that is not done comes with a failure. */
    private void end(CoreException why) {
        if (ended == null) {
            ended = why;
        }
        for (Job job = running.poll(); job != null; job = running.poll()) {
            Points.complete(job.signals, ended);
        }
        endQueued(ended);
        usedEntries = 0;
    }

    private void endQueued(CoreException why) {
        for (Job job = queued.poll(); job != null; job = queued.poll()) {
            Points.complete(job.signals, why);
        }
    }

    /**
     * Ends it, in the middle of work if there is some; what is not done comes with an error. When it returns the GPU does nothing for it
     * any more. Without effect the second time; never throws.
     */
    @Override
    public void close() {
        CoreException why = closedHere();
        boolean[] first = {false};
        device.change(() -> {
            first[0] = !closed;
            closed = true;
            if (first[0]) {
                endQueued(why);
            }
        });
        if (!first[0]) {
            return;
        }
        // Work that is being done is over only when this returns.
        channel.close();
        device.change(() -> {
            if (ended == null) {
                var _ = retire();
            }
            end(why);
        });
        memory.close();
        device.change(() -> file.remove(this));
    }
}
