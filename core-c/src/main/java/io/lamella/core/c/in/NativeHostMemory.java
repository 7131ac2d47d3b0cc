// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.HostMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/** Host memory of a core in C. Its segment ends before the core is told to take the memory back. */
final class NativeHostMemory extends NativeResource implements HostMemory {
    private static final long PAUSE_NANOS = 1_000_000;
    private static final int TRIES = 2_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    NativeHostMemory(NativeSession session, long handle, String label, MemorySegment memory, long sizeBytes) {
        super(session, handle, label);
        this.memory = memory.reinterpret(sizeBytes, arena, null);
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long sizeBytes() {
        return memory.byteSize();
    }

    /** A call into C that was given the segment keeps it; that is waited for, for about two seconds. */
    @Override
    synchronized boolean endMemory() {
        session().forget(this);
        for (int i = 0; i < TRIES && arena.scope().isAlive(); i++) {
            try {
                arena.close();
            } catch (IllegalStateException inUse) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        return !arena.scope().isAlive();
    }
}
