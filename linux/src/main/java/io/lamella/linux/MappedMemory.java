// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of a descriptor, mapped. */
public final class MappedMemory {
    /** What a mapping may be used for. */
    public enum Protection {
        READ(Constants.PROT_READ),
        WRITE(Constants.PROT_WRITE),
        READ_WRITE(Constants.PROT_READ | Constants.PROT_WRITE);

        private final int bits;

        Protection(int bits) {
            this.bits = bits;
        }
    }

    private MappedMemory() {}

    /**
     * Maps a range shared: what one side writes, every other sees. It takes no memory until it is touched and is unmapped when the arena
     * closes. Touching a part that the file no longer has throws {@link InternalError}.
     *
     * @param fileOffset a multiple of the page size
     * @param arena shared, if more than one thread is to use the memory
     */
    public static MemorySegment map(Fd fd, long fileOffset, long sizeBytes, Protection protection, Arena arena) {
        if (sizeBytes <= 0 || fileOffset < 0) {
            throw new IllegalArgumentException(
                    "Cannot map " + sizeBytes + " bytes at file offset " + fileOffset + ": both must be positive.");
        }
        int number = fd.enter();
        long address;
        try {
            address = Libc.mmap(
                    sizeBytes, protection.bits, Constants.MAP_SHARED | Constants.MAP_NORESERVE, number, fileOffset);
        } finally {
            fd.exit();
        }
        if (address < 0 && address > -4096) {
            throw new LinuxException("Cannot map " + sizeBytes + " bytes of descriptor " + number, (int) -address);
        }
        MemorySegment mapped;
        try {
            mapped = MemorySegment.ofAddress(address)
                    .reinterpret(sizeBytes, arena, gone -> Libc.munmap(address, sizeBytes));
        } catch (RuntimeException | Error e) {
            Libc.munmap(address, sizeBytes);
            throw e;
        }
        return protection == Protection.READ ? mapped.asReadOnly() : mapped;
    }

    /** Asks for huge pages behind a mapping; false if the kernel does not give them. */
    public static boolean preferHugePages(MemorySegment mapped) {
        return Libc.madvise(mapped, mapped.byteSize(), Constants.MADV_HUGEPAGE) == 0;
    }

    /** Leaves a mapping out of core dumps. */
    public static boolean keepOutOfDumps(MemorySegment mapped) {
        return Libc.madvise(mapped, mapped.byteSize(), Constants.MADV_DONTDUMP) == 0;
    }
}
