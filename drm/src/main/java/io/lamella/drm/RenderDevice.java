// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.GpuGoneException;
import io.lamella.core.VersionRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A GPU as a render device: a client of the core, and the files that users have open. */
public final class RenderDevice implements AutoCloseable {
    /** The interface of the core that this was written for. */
    public static final VersionRange CORE_VERSIONS = VersionRange.only(new ApiVersion(1, 2));

    /** What it needs of the core. */
    public static final Set<CoreCapability> CAPABILITIES = Set.copyOf(EnumSet.of(
            CoreCapability.FB_MEMORY,
            CoreCapability.BAR1_MAPPING,
            CoreCapability.HOST_MEMORY,
            CoreCapability.ADDRESS_SPACES,
            CoreCapability.CHANNELS));

    private static final int MOST_FILES = 256;

    /** Who waits looks by himself this often, should an interrupt be lost. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final CoreSession session;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by the lock.
    private final List<RenderFile> files = new ArrayList<>();
    private @Nullable CoreException lost;
    private boolean closed;

    private RenderDevice(GpuCore core, ClientIdentity identity) {
        session = core.attach(identity, CORE_VERSIONS, CAPABILITIES, this::onEvent);
    }

    /**
     * Attaches to a core, which stays the caller's.
     *
     * @throws CoreException as {@link GpuCore#attach} does
     */
    public static RenderDevice open(GpuCore core) {
        return new RenderDevice(core, new ClientIdentity("drm", "1"));
    }

    /** What the GPU is. */
    public GpuDescription gpu() {
        return session.gpu();
    }

    /** The engines that channels can be opened for. */
    public List<EngineInfo> engines() {
        return gpu().engines().stream()
                .filter(engine -> engine.engineClass() != 0)
                .toList();
    }

    /** The core's session, for what it holds. */
    CoreSession session() {
        return session;
    }

    /**
     * Opens a file.
     *
     * @param name of the user, for lists
     * @throws CoreException {@code NO_SPACE} beyond {@value #MOST_FILES} files
     */
    public RenderFile openFile(String name, RenderLimits limits) {
        locked(() -> {
            checkUsable();
            if (files.size() >= MOST_FILES) {
                throw new CoreException(CoreError.NO_SPACE, MOST_FILES + " files are open; close one to open another.");
            }
            return true;
        });
        RenderFile file = RenderFile.create(this, name, limits);
        boolean late = locked(() -> {
            files.add(file);
            return closed;
        });
        if (late) {
            file.close();
            throw closed();
        }
        return file;
    }

    /** The files that are open, oldest first. */
    public List<RenderFile> files() {
        return locked(() -> List.copyOf(files));
    }

    /** With the lock. */
    void remove(RenderFile file) {
        files.remove(file);
    }

    private static CoreException closed() {
        return new CoreException(CoreError.CLOSED, "The render device is closed.");
    }

    /** With the lock. @throws CoreException if nothing can be done with it any more */
    void checkUsable() {
        if (lost != null) {
            throw again(lost);
        }
        if (closed) {
            throw closed();
        }
    }

    /** A failure once more, with the stack of who hears of it. */
    static CoreException again(CoreException failure) {
        String sentence = String.valueOf(failure.getMessage());
        CoreException copy = failure instanceof GpuGoneException
                ? new GpuGoneException(sentence)
                : new CoreException(failure.error(), sentence);
        copy.addSuppressed(failure);
        return copy;
    }

    <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** Changes something that work or a thread may wait for. */
    void change(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            settle();
            lock.unlock();
        }
    }

    /** With the lock: lets everything go on that can. */
    private void settle() {
        boolean more = true;
        while (more) {
            more = false;
            for (RenderFile file : files) {
                more |= file.advance();
            }
        }
        changed.signalAll();
    }

    /**
     * Waits, without the lock while it does.
     *
     * @param done asked with the lock; what it throws ends the wait
     * @param what begins the sentence of a timeout, asked with the lock
     * @throws CoreException {@code TIMED_OUT}
     */
    void await(Duration timeout, BooleanSupplier done, Supplier<String> what) throws InterruptedException {
        long nanos = nanosOf(timeout);
        long end = System.nanoTime() + nanos;
        lock.lockInterruptibly();
        try {
            while (!done.getAsBoolean()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new CoreException(
                            CoreError.TIMED_OUT,
                            "Waited " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms for " + what.get() + ".");
                }
                if (changed.awaitNanos(Math.min(left, LOOK_NANOS)) <= 0) {
                    settle();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static long nanosOf(Duration timeout) {
        try {
            return Math.max(0, timeout.toNanos());
        } catch (ArithmeticException tooLong) {
            return Long.MAX_VALUE / 2;
        }
    }

    private void onEvent(CoreEvent event) {
        switch (event) {
            case CoreEvent.NonStall ignored -> change(() -> {});
            case CoreEvent.ChannelError error -> change(() -> files.forEach(file -> file.fail(error)));
            case CoreEvent.FunctionGone gone ->
                change(() -> lose(new GpuGoneException("The GPU is gone: " + gone.reason() + ".")));
            case CoreEvent.FirmwareHalted halted ->
                change(() -> lose(new CoreException(
                        CoreError.DEVICE_FAULT, "The GPU's firmware no longer runs: " + halted.reason() + ".")));
            case CoreEvent.SrIovChanged ignored -> {}
            case CoreEvent.OsError error -> change(() -> files.forEach(file -> file.note(error)));
            case CoreEvent.GuestDriver ignored -> {}
        }
    }

    private void lose(CoreException why) {
        if (lost == null) {
            lost = why;
            files.forEach(file -> file.lose(why));
        }
    }

    /** Closes all files, and leaves the core. */
    @Override
    public void close() {
        List<RenderFile> open = locked(() -> {
            closed = true;
            return List.copyOf(files);
        });
        open.reversed().forEach(RenderFile::close);
        session.close();
    }
}
