// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Stubs;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** A C listener. Once it is shut, and its last call has returned, it is not called again. */
final class EventGate implements CoreEvents {
    private static final MethodHandle LISTENER =
            Stubs.downcall(FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.ADDRESS));

    private final MemorySegment function;
    private final MemorySegment context;
    private final ReentrantLock running = new ReentrantLock();
    private volatile boolean shut;

    /** @param function may be NULL */
    EventGate(MemorySegment function, MemorySegment context) {
        this.function = function;
        this.context = context;
    }

    @Override
    public void onEvent(CoreEvent event) {
        if (shut || function.address() == 0) {
            return;
        }
        running.lock();
        try (Arena arena = Arena.ofConfined()) {
            if (!shut) {
                LISTENER.invokeExact(function, context, Neutral.event(arena, event));
            }
        } catch (Throwable failure) {
            throw new IllegalStateException("A listener could not be called.", failure);
        } finally {
            running.unlock();
        }
    }

    /** Whether this thread is in the listener. */
    boolean isOwn() {
        return running.isHeldByCurrentThread();
    }

    /** Shuts it and waits for a call that is under way. False if that does not return in time. */
    boolean shut(long timeoutSeconds) {
        shut = true;
        try {
            if (!running.tryLock(timeoutSeconds, TimeUnit.SECONDS)) {
                return false;
            }
            running.unlock();
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
