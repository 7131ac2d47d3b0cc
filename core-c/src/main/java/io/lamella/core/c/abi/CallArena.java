// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for the arguments of one call to C: the caller's alone where it makes the call itself; where a platform thread makes it, memory
 * that any thread may use and that goes some time later.
 */
public final class CallArena implements Arena {
    private final Arena arena;
    private final boolean closes;

    private CallArena(Arena arena, boolean closes) {
        this.arena = arena;
        this.closes = closes;
    }

    /** For the current thread. */
    public static CallArena open() {
        return Thread.currentThread().isVirtual()
                ? new CallArena(Arena.ofAuto(), false)
                : new CallArena(Arena.ofConfined(), true);
    }

    @Override
    public MemorySegment allocate(long sizeBytes, long alignmentBytes) {
        return arena.allocate(sizeBytes, alignmentBytes);
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        if (closes) {
            arena.close();
        }
    }
}
