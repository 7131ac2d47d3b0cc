// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory, mapped: of a descriptor, or of this process alone. */
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

    private static final boolean STRICT_ACCOUNTING = isAccountingStrict();

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
        MemorySegment mapped = owned(address, sizeBytes, arena);
        return protection == Protection.READ ? mapped.asReadOnly() : mapped;
    }

    /**
     * Memory of this process alone, zero, that takes none until it is touched; unmapped when the arena closes. Where most of a large buffer
     * is seldom used, this is what to make it of: allocating it from an arena would touch all of it.
     */
    public static MemorySegment anonymous(long sizeBytes, Arena arena) {
        if (sizeBytes <= 0) {
            throw new IllegalArgumentException("Memory of " + sizeBytes + " bytes: the size must be positive.");
        }
        int flags = Constants.MAP_PRIVATE | Constants.MAP_ANONYMOUS | Constants.MAP_NORESERVE;
        long address = Libc.mmap(sizeBytes, Protection.READ_WRITE.bits, flags, -1, 0);
        if (address < 0 && address > -4096) {
            throw new LinuxException("Cannot get " + sizeBytes + " bytes of memory", (int) -address);
        }
        return owned(address, sizeBytes, arena);
    }

    private static MemorySegment owned(long address, long sizeBytes, Arena arena) {
        try {
            return MemorySegment.ofAddress(address)
                    .reinterpret(sizeBytes, arena, gone -> Libc.munmap(address, sizeBytes));
        } catch (RuntimeException | Error e) {
            Libc.munmap(address, sizeBytes);
            throw e;
        }
    }

    /**
     * Copies with the C library, which beats the Java machine's copy between some 24 KiB and 1 MiB by a third where the processor has fast
     * string moves. But here a page that cannot be had ends the process, where Java's copy throws: so only for memory that {@link
     * #staysMapped}, and native memory of this process.
     *
     * @throws IllegalStateException if either range is unmapped already
     */
    public static void copySteady(
            MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long sizeBytes) {
        if (to.isReadOnly()) {
            throw new IllegalArgumentException("Read-only memory cannot be copied to.");
        }
        Libc.memmove(to.asSlice(toOffset, sizeBytes), from.asSlice(fromOffset, sizeBytes), sizeBytes);
    }

    /**
     * Whether every page of this file can be had for ever: shared memory that is sealed against shrinking. Not so for files on disk, for
     * huge pages, which may run out, and for anything where the system promises no more memory than it has (overcommit_memory 2).
     */
    public static boolean staysMapped(Fd fd) {
        return !STRICT_ACCOUNTING && fd.fileSystem() == FileSystem.TMPFS && fd.isSealedAgainstShrinking();
    }

    private static boolean isAccountingStrict() {
        try {
            return !Files.readString(Path.of("/proc/sys/vm/overcommit_memory"))
                    .strip()
                    .matches("[01]");
        } catch (IOException e) {
            return true;
        }
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
