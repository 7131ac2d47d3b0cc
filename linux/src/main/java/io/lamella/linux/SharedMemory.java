// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static io.lamella.linux.Constants.FALLOC_FL_KEEP_SIZE;
import static io.lamella.linux.Constants.FALLOC_FL_PUNCH_HOLE;
import static io.lamella.linux.Constants.F_ADD_SEALS;
import static io.lamella.linux.Constants.F_SEAL_GROW;
import static io.lamella.linux.Constants.F_SEAL_SEAL;
import static io.lamella.linux.Constants.F_SEAL_SHRINK;
import static io.lamella.linux.Constants.MFD_ALLOW_SEALING;
import static io.lamella.linux.Constants.MFD_CLOEXEC;
import static io.lamella.linux.Constants.MFD_NOEXEC_SEAL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Anonymous memory with a descriptor (a memfd), mapped here and ready to be mapped by others. It is sparse: its size costs nothing, only
 * what is touched is committed, and {@link #punchHole} gives that back. Its size is sealed, so no holder of the descriptor can make this
 * process fault. Zero at first. May be used from any thread.
 */
public final class SharedMemory implements AutoCloseable {
    private final Fd fd;
    private final Arena arena;
    private final MemorySegment memory;

    private SharedMemory(Fd fd, Arena arena, MemorySegment memory) {
        this.fd = fd;
        this.arena = arena;
        this.memory = memory;
    }

    /**
     * Makes a new one.
     *
     * @param name shown in /proc, at most 249 bytes
     * @param sizeBytes up to what the address space holds; 64 GiB and more are fine
     */
    public static SharedMemory create(String name, long sizeBytes) {
        Fd fd = createSealed(name, sizeBytes);
        Arena arena = Arena.ofShared();
        try {
            return new SharedMemory(
                    fd, arena, MappedMemory.map(fd, 0, sizeBytes, MappedMemory.Protection.READ_WRITE, arena));
        } catch (RuntimeException | Error e) {
            arena.close();
            fd.close();
            throw e;
        }
    }

    private static Fd createSealed(String name, long sizeBytes) {
        if (sizeBytes <= 0) {
            throw new IllegalArgumentException("Shared memory of " + sizeBytes + " bytes: the size must be positive.");
        }
        try (Arena local = Arena.ofConfined()) {
            MemorySegment text = local.allocateFrom(name);
            int number = Libc.memfdCreate(text, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
            if (number == -Errno.EINVAL.number()) {
                // Kernels before 6.3 do not know MFD_NOEXEC_SEAL.
                number = Libc.memfdCreate(text, MFD_CLOEXEC | MFD_ALLOW_SEALING);
            }
            Fd fd = Fd.own(LinuxException.check(number, "Cannot create shared memory \"" + name + "\""));
            int result = Libc.ftruncate(fd.number(), sizeBytes);
            if (result == 0) {
                result = Libc.fcntl(fd.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
            }
            if (result < 0) {
                fd.close();
                throw new LinuxException(
                        "Cannot make shared memory \"" + name + "\" " + sizeBytes + " bytes long", -result);
            }
            return fd;
        }
    }

    /** The descriptor; it stays this object's own. */
    public Fd fd() {
        return fd;
    }

    /** All of it, readable and writable, until {@link #close}. */
    public MemorySegment memory() {
        return memory;
    }

    public long sizeBytes() {
        return memory.byteSize();
    }

    /** How much is committed now. */
    public long committedBytes() {
        return fd.status().allocatedBytes();
    }

    /** Makes a range zero and gives its memory back; whole pages are freed, the parts of pages at its ends are zeroed. */
    public void punchHole(long offset, long sizeBytes) {
        if (offset < 0 || sizeBytes < 0 || sizeBytes > memory.byteSize() - offset) {
            throw new IndexOutOfBoundsException("A hole of " + sizeBytes + " bytes at " + offset
                    + " does not lie inside of shared memory of " + memory.byteSize() + " bytes.");
        }
        if (sizeBytes == 0) {
            return;
        }
        int number = fd.enter();
        try {
            LinuxException.check(
                    Libc.fallocate(number, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, sizeBytes),
                    "Cannot give back " + sizeBytes + " bytes of shared memory");
        } finally {
            fd.exit();
        }
    }

    /** Unmaps it and closes the descriptor. Whoever has a descriptor or mapping of it keeps the memory. */
    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            arena.close();
        }
    }
}
