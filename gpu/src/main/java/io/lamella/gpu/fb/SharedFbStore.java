// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import io.lamella.linux.MappedMemory;
import io.lamella.linux.SharedMemory;
import java.lang.foreign.MemorySegment;

/** Video memory on one memfd. */
public final class SharedFbStore implements FbStore {
    private static final int PAGE_BYTES = 4096;

    private final SharedMemory memory;
    private final boolean steady;

    /** Makes a new one, of this name in /proc, for whoever looks where memory went. */
    public SharedFbStore(String name, long sizeBytes) {
        memory = SharedMemory.create(name, sizeBytes);
        steady = MappedMemory.staysMapped(memory.fd());
    }

    @Override
    public boolean isSteady() {
        return steady;
    }

    @Override
    public MemorySegment memory() {
        return memory.memory();
    }

    @Override
    public void release(long offset, long lengthBytes) {
        memory.punchHole(offset, lengthBytes);
    }

    @Override
    public int pageBytes() {
        return PAGE_BYTES;
    }

    @Override
    public long touchedBytes() {
        return memory.committedBytes();
    }

    @Override
    public int fileDescriptor() {
        return memory.fd().number();
    }

    @Override
    public void close() {
        memory.close();
    }
}
