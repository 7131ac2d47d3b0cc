// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.lamella.linux.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What only a hostile client calls. */
public final class CLibrary {
    public static final int MFD_ALLOW_SEALING = 2;
    public static final int MFD_HUGETLB = 4;

    private CLibrary() {}

    private static MethodHandle of(String name, ValueLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow(name),
                        FunctionDescriptor.of(result, arguments));
    }

    /** Raises an eventfd's counter from 0 to the most that it can hold, so that adding 1 would wait. */
    static boolean fill(int eventFd) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            return (long) of("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG)
                            .invokeExact(eventFd, arena.allocateFrom(JAVA_LONG, -2L), 8L)
                    == 8;
        }
    }

    /** A memory file without seals, or null where the system has none of that kind. */
    public static @org.jspecify.annotations.Nullable Fd memoryFile(String name, int flags, long sizeBytes)
            throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(name);
            int number = (int) of("memfd_create", JAVA_INT, ADDRESS, JAVA_INT).invokeExact(text, 1 | flags);
            if (number < 0) {
                return null;
            }
            resize(number, sizeBytes);
            return Fd.own(number);
        }
    }

    public static void resize(int fd, long sizeBytes) throws Throwable {
        if ((int) of("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG).invokeExact(fd, sizeBytes) != 0) {
            throw new IllegalStateException("The file cannot be made " + sizeBytes + " bytes long.");
        }
    }

    /** Makes the calling thread, and no other, another user's until it ends. The C library's own function would take all threads along. */
    static void becomeUser(int uid) throws Throwable {
        long number = switch (System.getProperty("os.arch")) {
            case "amd64" -> 117;
            case "aarch64" -> 147;
            default -> throw new IllegalStateException("The number of setresuid is not known here.");
        };
        MethodHandle call = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.firstVariadicArg(1));
        if ((long) call.invokeExact(number, (long) uid, (long) uid, (long) uid) != 0) {
            throw new IllegalStateException("This thread cannot become user " + uid + ".");
        }
    }
}
