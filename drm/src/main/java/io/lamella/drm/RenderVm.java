// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.AddressSpace;
import io.lamella.core.AddressSpace.Access;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The address space of a file, and what is bound there. */
public final class RenderVm {
    /** The most changes of one call. */
    public static final int MOST_OPS = 1024;

    /** What the peer keeps for itself, at the top: fences of channels. */
    static final long OWN_BYTES = 256 << 20;

    private static final int MOST_JOBS = 1024;

    /** Changes that wait for their turn. */
    private record Job(List<BindOp> ops, List<SyncPoint> waits, List<SyncPoint> signals) {}

    private record Bound(BufferObject buffer, long offset, long sizeBytes, boolean readOnly) {}

    private final RenderFile file;
    private final RenderDevice device;
    private final AddressSpace space;
    /** One change at a time; taken before the device's lock, never within it. */
    private final ReentrantLock changing = new ReentrantLock();
    /** Guarded by {@link #changing}. */
    private final NavigableMap<Long, Bound> bounds = new TreeMap<>();
    // Guarded by the device's lock.
    private final Deque<Job> jobs = new ArrayDeque<>();
    private boolean running;
    private @Nullable CoreException ended;
    private int bindCount;

    RenderVm(RenderFile file, AddressSpace space) {
        this.file = file;
        this.device = file.device();
        this.space = space;
    }

    AddressSpace space() {
        return space;
    }

    /** With the lock. */
    int bindCount() {
        return bindCount;
    }

    /** Addresses run from {@link AddressSpace#FIRST_ADDRESS} to this. */
    public long sizeBytes() {
        return space.sizeBytes() - OWN_BYTES;
    }

    /**
     * Changes it now, without regard to changes that still wait. All or nothing. When it returns the GPU sees it.
     *
     * @param ops at most {@value #MOST_OPS}
     * @throws CoreException {@code INVALID}, {@code NO_SPACE} for a limit or for page tables, {@code CLOSED}
     */
    public void bind(List<BindOp> ops) {
        checkOps(ops);
        device.locked(() -> {
            checkUsable();
            return true;
        });
        apply(ops);
    }

    /** The same for one change. */
    public void bind(BindOp op) {
        bind(List.of(op));
    }

    /**
     * Changes it after {@code waits} have come and earlier such changes were made, and signals {@code signals} then. Returns at once. If
     * it fails nothing of it is done, and {@code signals} come with the error.
     *
     * @throws CoreException {@code INVALID}, {@code BUSY} if too much waits already, {@code CLOSED}
     */
    public void bindAsync(List<BindOp> ops, List<SyncPoint> waits, List<SyncPoint> signals) {
        checkOps(ops);
        List<BindOp> copy = List.copyOf(ops);
        device.change(() -> {
            checkUsable();
            if (jobs.size() >= MOST_JOBS) {
                throw new CoreException(CoreError.BUSY, MOST_JOBS + " changes of the VM wait already.");
            }
            Points.checkWaits(file, waits);
            Points.promise(file, signals);
            jobs.add(new Job(copy, List.copyOf(waits), List.copyOf(signals)));
        });
    }

    private void checkOps(List<BindOp> ops) {
        if (ops.isEmpty() || ops.size() > MOST_OPS) {
            throw new CoreException(
                    CoreError.INVALID, ops.size() + " changes of a VM in one call; it takes 1 to " + MOST_OPS + ".");
        }
        for (BindOp op : ops) {
            if (op.address() < 0 || op.sizeBytes() < 1 || op.sizeBytes() > sizeBytes() - op.address()) {
                throw new CoreException(
                        CoreError.INVALID,
                        String.format(
                                "0x%x and %d bytes are not in the VM, which goes to 0x%x.",
                                op.address(), op.sizeBytes(), sizeBytes()));
            }
            if (op instanceof BindOp.Map map && map.buffer().file() != file) {
                throw new CoreException(CoreError.NOT_FOUND, "The buffer is another file's.");
            }
        }
    }

    /** With the lock. */
    private void checkUsable() {
        file.checkUsable();
        CoreException why = ended;
        if (why != null) {
            throw RenderDevice.again(why);
        }
    }

    /** With the lock: lets the first change go that waits for nothing any more. Whether a point came. */
    boolean advance() {
        Job job = jobs.peek();
        if (running || job == null || !Points.haveCome(job.waits())) {
            return false;
        }
        jobs.remove();
        CoreException failed = Points.failureOf(job.waits());
        if (failed != null) {
            Points.complete(job.signals(), failed);
            return true;
        }
        running = true;
        var _ = Thread.ofVirtual().name("vm of " + file.name()).start(() -> run(job));
        return false;
    }

    private void run(Job job) {
        CoreException failed = null;
        try {
            apply(job.ops());
        } catch (CoreException failure) {
            failed = failure;
        }
        CoreException outcome = failed;
        device.change(() -> {
            running = false;
            Points.complete(job.signals(), outcome);
        });
    }

    /** Carries out changes; if one fails, those before it are taken back. */
    private void apply(List<BindOp> ops) {
        List<Runnable> undo = new ArrayList<>();
        List<BufferObject> freed = new ArrayList<>();
        changing.lock();
        try {
            for (BindOp op : ops) {
                switch (op) {
                    case BindOp.Map map -> map(map, undo);
                    case BindOp.Unmap unmap -> unmap(unmap, undo, freed);
                }
            }
        } catch (CoreException failure) {
            freed.clear();
            takeBack(undo, failure);
            throw failure;
        } finally {
            changing.unlock();
        }
        freed.forEach(BufferObject::letGo);
    }

    private static void takeBack(List<Runnable> undo, CoreException failure) {
        for (Runnable step : undo.reversed()) {
            try {
                step.run();
            } catch (CoreException another) {
                failure.addSuppressed(another);
            }
        }
    }

    private void map(BindOp.Map map, List<Runnable> undo) {
        device.locked(() -> {
            if (bindCount >= file.limits().binds()) {
                throw new CoreException(
                        CoreError.NO_SPACE,
                        "\"" + file.name() + "\" has all " + file.limits().binds() + " binds of its limit.");
            }
            map.buffer().hold();
            bindCount++;
            return true;
        });
        Bound bound = new Bound(map.buffer(), map.offset(), map.sizeBytes(), map.readOnly());
        try {
            place(map.address(), bound);
        } catch (RuntimeException failure) {
            forget(bound);
            throw failure;
        }
        undo.add(() -> {
            space.unbind(map.address(), map.sizeBytes());
            bounds.remove(map.address());
            forget(bound);
        });
    }

    private void place(long address, Bound bound) {
        space.bind(
                address,
                bound.buffer().memory(),
                bound.offset(),
                bound.sizeBytes(),
                bound.readOnly() ? Access.READ_ONLY : Access.READ_WRITE);
        bounds.put(address, bound);
    }

    private void forget(Bound bound) {
        device.locked(() -> bindCount--);
        bound.buffer().letGo();
    }

    private void unmap(BindOp.Unmap unmap, List<Runnable> undo, List<BufferObject> freed) {
        space.unbind(unmap.address(), unmap.sizeBytes());
        NavigableMap<Long, Bound> range =
                bounds.subMap(unmap.address(), true, unmap.address() + unmap.sizeBytes(), false);
        NavigableMap<Long, Bound> gone = new TreeMap<>(range);
        range.clear();
        device.locked(() -> bindCount -= gone.size());
        gone.values().forEach(bound -> freed.add(bound.buffer()));
        undo.add(() -> {
            gone.forEach(this::place);
            device.locked(() -> bindCount += gone.size());
        });
    }

    /** With the lock: nothing more is taken on, and what waits ends with a reason. */
    void shut(CoreException why) {
        if (ended == null) {
            ended = why;
        }
        for (Job job = jobs.poll(); job != null; job = jobs.poll()) {
            Points.complete(job.signals(), why);
        }
    }

    /** With the lock. */
    void lose(CoreException why) {
        shut(why);
    }

    /** After {@link #shut}: waits for the change that is being made, and gives the address space back. */
    void close() {
        changing.lock();
        try {
            space.close();
            List<Bound> left = List.copyOf(bounds.values());
            bounds.clear();
            left.forEach(this::forget);
        } finally {
            changing.unlock();
        }
    }
}
