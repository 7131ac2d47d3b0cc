// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A device's file: asked by ioctl, read and written at an offset. Which requests a device knows, and what they mean, is its caller's
 * business. May be used from any thread.
 */
public final class DeviceFile implements AutoCloseable {
    private final Fd fd;
    private final String name;

    private DeviceFile(Fd fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    /** Opens for reading and writing. @throws LinuxException telling why not, with its error number */
    public static DeviceFile open(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            int number = LinuxException.check(
                    Libc.open(arena.allocateFrom(path.toString()), Constants.O_RDWR | Constants.O_CLOEXEC),
                    "Cannot open " + path);
            return new DeviceFile(Fd.own(number), path.toString());
        }
    }

    /** Takes over a descriptor that a device has handed out. */
    public static DeviceFile own(int descriptor, String name) {
        return new DeviceFile(Fd.own(descriptor), name);
    }

    /** Its descriptor; it stays this object's own. */
    public Fd fd() {
        return fd;
    }

    /** Asks, with a number. @return what the device answers, or a negative error number */
    public int call(int request, long argument) {
        int number = fd.enter();
        try {
            return Libc.ioctl(number, Integer.toUnsignedLong(request), argument);
        } finally {
            fd.exit();
        }
    }

    /** Asks, with a structure in native memory that the device may change. @return what it answers, or a negative error number */
    public int call(int request, MemorySegment structure) {
        if (!structure.isNative()) {
            throw new IllegalArgumentException("A structure for a device must be in native memory.");
        }
        int number = fd.enter();
        try {
            return Libc.ioctl(number, Integer.toUnsignedLong(request), structure.address());
        } finally {
            java.lang.ref.Reference.reachabilityFence(structure);
            fd.exit();
        }
    }

    /** Reads at an offset. @return how many bytes, or a negative error number */
    public long read(long offset, MemorySegment to) {
        int number = fd.enter();
        try {
            return Libc.pread(number, to, to.byteSize(), offset);
        } finally {
            fd.exit();
        }
    }

    /** Writes at an offset. @return how many bytes, or a negative error number */
    public long write(long offset, MemorySegment from) {
        int number = fd.enter();
        try {
            return Libc.pwrite(number, from, from.byteSize(), offset);
        } finally {
            fd.exit();
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
