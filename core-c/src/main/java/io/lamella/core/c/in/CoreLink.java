// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Errors;
import io.lamella.core.c.abi.PlatformThreads;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import io.lamella.core.c.abi.Tables;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The calls to one core's table. Most go through {@link #call}; those that a client makes all the time have a way of their own, which
 * allocates nothing.
 */
final class CoreLink {
    private static final Map<FunctionDescriptor, MethodHandle> HANDLES = new ConcurrentHashMap<>();
    private static final MethodHandle BAR1_READ = Stubs.downcall(CoreFunction.BAR1_READ.descriptor());
    private static final MethodHandle BAR1_WRITE = Stubs.downcall(CoreFunction.BAR1_WRITE.descriptor());
    private static final MethodHandle SUBMIT = Stubs.downcall(CoreFunction.CHANNEL_SUBMIT.descriptor());
    private static final MethodHandle PENDING = Stubs.downcall(CoreFunction.CHANNEL_PENDING.descriptor());
    /** Those that are given memory which may be the calling thread's alone. They wait for nothing. */
    private static final Set<CoreFunction> CALLERS_MEMORY =
            EnumSet.of(CoreFunction.BAR1_READ_BLOCK, CoreFunction.BAR1_WRITE_BLOCK);

    private static final int KEPT_FRAMES = 64;
    private static final long DRAIN_PAUSE_NANOS = 1_000_000;

    private final MemorySegment[] functions;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicReferenceArray<Frame> frames = new AtomicReferenceArray<>(KEPT_FRAMES);
    private volatile boolean closed;

    /** Room for one result and one error. Freed with this object. */
    private static final class Frame {
        final MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
        final MemorySegment error = Structs.ERROR.allocate(Arena.ofAuto());
    }

    private CoreLink(MemorySegment[] functions) {
        this.functions = functions;
    }

    /** @throws CoreException {@code NOT_SUPPORTED} or {@code INVALID} for a table that is not of this interface or not complete */
    static CoreLink of(MemorySegment table) {
        List<String> names =
                Stream.of(CoreFunction.values()).map(CoreFunction::cName).toList();
        return new CoreLink(Tables.functions(Structs.CORE_OPS, table, "The core's table", names));
    }

    /**
     * Calls a function.
     *
     * <p>A virtual thread has it made by a platform thread, so {@code arguments} are to be allocated in a {@link CallArena}.
     *
     * @param arguments without the pointer to an error, each an Integer, a Long or a segment outside of the heap
     * @throws CoreException what the core refused with
     */
    void call(CoreFunction function, Object... arguments) {
        MethodHandle handle = HANDLES.computeIfAbsent(function.descriptor(), CoreLink::spreading);
        Object[] all = new Object[arguments.length + 2];
        all[0] = functions[function.position()];
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        enter();
        try (CallArena arena = CallArena.open()) {
            MemorySegment error = Structs.ERROR.allocate(arena);
            all[all.length - 1] = error;
            if (CALLERS_MEMORY.contains(function)) {
                invoke(handle, all, error);
            } else {
                PlatformThreads.run(() -> invoke(handle, all, error));
            }
        } finally {
            leave();
        }
    }

    private static void invoke(MethodHandle handle, Object[] arguments, MemorySegment error) {
        try {
            int code = (int) handle.invokeExact(arguments);
            if (code != 0) {
                throw Errors.exception(code, error);
            }
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    private static MethodHandle spreading(FunctionDescriptor descriptor) {
        MethodHandle handle = Stubs.downcall(descriptor);
        return handle.asSpreader(Object[].class, handle.type().parameterCount())
                .asType(MethodType.methodType(int.class, Object[].class));
    }

    long read(long mapping, long offset, int width) {
        Frame frame = take();
        enter();
        try {
            int code = (int)
                    BAR1_READ.invokeExact(at(CoreFunction.BAR1_READ), mapping, offset, width, frame.value, frame.error);
            check(code, frame);
            return frame.value.get(ValueLayout.JAVA_LONG, 0);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        } finally {
            leave();
            give(frame);
        }
    }

    void write(long mapping, long offset, int width, long value) {
        Frame frame = take();
        enter();
        try {
            int code = (int)
                    BAR1_WRITE.invokeExact(at(CoreFunction.BAR1_WRITE), mapping, offset, width, value, frame.error);
            check(code, frame);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        } finally {
            leave();
            give(frame);
        }
    }

    void submit(long channel, long pushAddress, int lengthBytes) {
        Frame frame = take();
        enter();
        try {
            int code = (int)
                    SUBMIT.invokeExact(at(CoreFunction.CHANNEL_SUBMIT), channel, pushAddress, lengthBytes, frame.error);
            check(code, frame);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        } finally {
            leave();
            give(frame);
        }
    }

    int pending(long channel) {
        Frame frame = take();
        enter();
        try {
            int code = (int) PENDING.invokeExact(at(CoreFunction.CHANNEL_PENDING), channel, frame.value, frame.error);
            check(code, frame);
            return frame.value.get(ValueLayout.JAVA_INT, 0);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        } finally {
            leave();
            give(frame);
        }
    }

    private MemorySegment at(CoreFunction function) {
        return functions[function.position()];
    }

    private static void check(int code, Frame frame) {
        if (code != 0) {
            CoreException refusal = Errors.exception(code, frame.error);
            // Not to be taken for the next one's, should that come without a reason.
            frame.error.fill((byte) 0);
            throw refusal;
        }
    }

    /** Counted before it looks, so that who closes either sees the call or has it refused. */
    private void enter() {
        underWay.incrementAndGet();
        if (closed) {
            underWay.decrementAndGet();
            throw new CoreException(CoreError.CLOSED, "The core is closed.");
        }
    }

    private void leave() {
        underWay.decrementAndGet();
    }

    /** Lets nothing more in. */
    void close() {
        closed = true;
    }

    /** Waits for the calls that are under way. False if there are some even after that time. */
    boolean drain(long timeoutNanos) {
        long end = System.nanoTime() + timeoutNanos;
        while (underWay.get() != 0) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(DRAIN_PAUSE_NANOS);
        }
        return true;
    }

    private Frame take() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < KEPT_FRAMES; i++) {
            Frame kept = frames.getAndSet(start + i & (KEPT_FRAMES - 1), null);
            if (kept != null) {
                return kept;
            }
        }
        return new Frame();
    }

    private void give(Frame frame) {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < KEPT_FRAMES; i++) {
            if (frames.compareAndSet(start + i & (KEPT_FRAMES - 1), null, frame)) {
                return;
            }
        }
    }
}
