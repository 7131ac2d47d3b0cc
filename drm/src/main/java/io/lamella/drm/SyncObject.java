// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.time.Duration;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A timeline: points that work, or a call of {@link #signal}, will reach. A point has come when it and all lower ones that were promised
 * have. A point whose work failed has come with an error, and so have all above it: waiting for them throws.
 */
public final class SyncObject implements AutoCloseable {
    private final RenderFile file;
    private final RenderDevice device;
    // All guarded by the device's lock.
    /** Promised, and not here yet. */
    private final TreeSet<Long> pending = new TreeSet<>();
    /** Here, above one that is not. */
    private final TreeSet<Long> early = new TreeSet<>();

    private long value;
    private long highest;
    private long failedFrom = Long.MAX_VALUE;
    private @Nullable CoreException failure;
    private boolean closed;

    SyncObject(RenderFile file, long value) {
        this.file = file;
        this.device = file.device();
        this.value = value;
        this.highest = value;
    }

    RenderFile file() {
        return file;
    }

    /** The highest point that has come. */
    public long value() {
        return device.locked(() -> value);
    }

    /**
     * Lets a point come now.
     *
     * @param point higher than every one that came or was promised
     * @throws CoreException {@code INVALID} if it is not, {@code CLOSED}
     */
    public void signal(long point) {
        device.change(() -> {
            promise(point);
            complete(point, null);
        });
    }

    /**
     * Waits until a point has come, whether or not it was promised already.
     *
     * @throws CoreException {@code TIMED_OUT}, {@code DEVICE_FAULT} or {@code CLOSED} if its work failed, or {@link
     *     io.lamella.core.GpuGoneException}; {@code CLOSED} if the object is closed meanwhile
     */
    public void await(long point, Duration timeout) throws InterruptedException {
        device.await(timeout, () -> hasCome(point), () -> "point " + point + " of a timeline that is at " + value);
        device.locked(() -> {
            throwFailure(point);
            return point;
        });
    }

    /** With the lock. @throws CoreException {@code INVALID} */
    void promise(long point) {
        checkOpen();
        if (point <= highest) {
            throw new CoreException(
                    CoreError.INVALID,
                    "Point " + point + " of a timeline that goes to " + highest + " already: points only rise.");
        }
        highest = point;
        pending.add(point);
    }

    /** With the lock: takes the highest promise back. */
    void retract(long point, long highestBefore) {
        pending.remove(point);
        highest = highestBefore;
    }

    /** With the lock. */
    long highest() {
        return highest;
    }

    /** With the lock: a promised point is here, with a failure or without. */
    void complete(long point, @Nullable CoreException why) {
        if (!pending.remove(point)) {
            return;
        }
        early.add(point);
        if (why != null && point < failedFrom) {
            failedFrom = point;
            failure = why;
        }
        while (!early.isEmpty() && (pending.isEmpty() || early.first() < pending.first())) {
            value = early.removeFirst();
        }
    }

    /** With the lock. @throws CoreException {@code CLOSED}, or that the device is gone */
    boolean hasCome(long point) {
        checkOpen();
        if (value < point) {
            device.checkUsable();
        }
        return value >= point;
    }

    /** With the lock: whether work need not wait for it any more. */
    boolean isOver(long point) {
        return closed || value >= point;
    }

    /** With the lock: throws if the point came with an error. */
    void throwFailure(long point) {
        CoreException why = failure;
        if (why != null && point >= failedFrom) {
            throw RenderDevice.again(why);
        }
    }

    /** With the lock. */
    void checkOpen() {
        if (closed) {
            throw new CoreException(CoreError.CLOSED, "The sync object is closed.");
        }
    }

    /** Ends it. Who waits for it hears so; work that was to signal it goes on. */
    @Override
    public void close() {
        device.change(() -> {
            if (!closed) {
                closed = true;
                file.remove(this);
            }
        });
    }
}
