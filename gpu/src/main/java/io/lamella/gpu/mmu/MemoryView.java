// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import java.lang.foreign.MemorySegment;

/**
 * Memory by some kind of address: virtual ({@link AddressSpace}) or physical ({@link PhysicalView}). For the engines' one thread. Scalars are
 * naturally aligned, so that they never cross a page.
 */
public abstract class MemoryView {
    /** The most that one {@link #resolve} finds: it bounds how long looking takes. */
    public static final long MAX_RUN_BYTES = 4 << 20;

    private final EngineMemory memory;
    private final MemoryRun scalar = new MemoryRun();

    MemoryView(EngineMemory memory) {
        this.memory = memory;
    }

    /** What the runs are used with. */
    public final EngineMemory memory() {
        return memory;
    }

    /**
     * Finds what is at an address.
     *
     * @param maxBytes how much is wanted, more than 0; at most {@link #MAX_RUN_BYTES} are found
     * @param access rights that are needed
     * @param run gets the longest run that begins there
     */
    public abstract void resolve(long address, long maxBytes, Access access, MemoryRun run) throws MmuFault;

    /** A right to memory. */
    public enum Access {
        READ,
        WRITE,
        /** Reads and writes in one step. */
        ATOMIC,
        /** The same for privileged channels. */
        PRIVILEGED_READ,
        PRIVILEGED_WRITE,
        PRIVILEGED_ATOMIC;

        public static Access read(boolean privileged) {
            return privileged ? PRIVILEGED_READ : READ;
        }

        public static Access write(boolean privileged) {
            return privileged ? PRIVILEGED_WRITE : WRITE;
        }

        public static Access atomic(boolean privileged) {
            return privileged ? PRIVILEGED_ATOMIC : ATOMIC;
        }

        boolean writes() {
            return this != READ && this != PRIVILEGED_READ;
        }

        boolean isAtomic() {
            return this == ATOMIC || this == PRIVILEGED_ATOMIC;
        }

        boolean isPrivileged() {
            return compareTo(PRIVILEGED_READ) >= 0;
        }
    }

    public final int readInt(long address, Access access) throws MmuFault {
        resolve(address, 4, access, scalar);
        return memory.readInt(scalar);
    }

    public final long readLong(long address, Access access) throws MmuFault {
        resolve(address, 8, access, scalar);
        return memory.readLong(scalar);
    }

    public final void writeInt(long address, int value, Access access) throws MmuFault {
        resolve(address, 4, access, scalar);
        memory.writeInt(scalar, value);
    }

    public final void writeLong(long address, long value, Access access) throws MmuFault {
        resolve(address, 8, access, scalar);
        memory.writeLong(scalar, value);
    }

    /** Copies out, over any number of pages. */
    public final void read(long address, MemorySegment destination, Access access) throws MmuFault {
        read(address, destination, destination.byteSize(), access);
    }

    /** Fills the first bytes of a segment, from any number of pages. */
    public final void read(long address, MemorySegment destination, long lengthBytes, Access access) throws MmuFault {
        for (long done = 0; done < lengthBytes; done += scalar.lengthBytes()) {
            resolve(address + done, lengthBytes - done, access, scalar);
            memory.read(scalar, 0, destination, done, scalar.lengthBytes());
        }
    }

    /** Copies in, over any number of pages. */
    public final void write(long address, MemorySegment source, Access access) throws MmuFault {
        for (long done = 0; done < source.byteSize(); done += scalar.lengthBytes()) {
            resolve(address + done, source.byteSize() - done, access, scalar);
            memory.write(scalar, 0, source, done, scalar.lengthBytes());
        }
    }
}
