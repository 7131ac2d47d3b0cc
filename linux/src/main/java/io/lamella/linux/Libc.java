// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;

/**
 * The C library's functions. Each returns what the function returns, or the negative error number where that is -1, as the kernel does:
 * so there is one way to look at a result, and none of them allocates once a thread has made its first call.
 */
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
    // One per thread: the linker writes errno there before the thread can do anything else.
    private static final ThreadLocal<MemorySegment> ERRNO =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));
    private static final long ERRNO_OFFSET =
            Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN || ADDRESS.byteSize() != 8) {
            throw new ExceptionInInitializerError("Lamella needs a 64-bit little-endian Linux.");
        }
    }

    private static final MethodHandle CLOSE = of("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle OPEN = variadic("open", 2, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle IOCTL = variadic("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FCNTL = variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle STATX = of("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle READ = of("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle PREAD = of("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle PWRITE = of("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle PREADV2 =
            of("preadv2", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle FSTATFS = of("fstatfs", JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle WRITE = of("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle POLL = of("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    // Only ever called with a timeout of 0, so it cannot block and need not leave the Java state.
    private static final MethodHandle POLL_NOW = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("poll"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
            Linker.Option.critical(false));
    private static final MethodHandle EVENTFD = of("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle MEMFD_CREATE = of("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle FTRUNCATE = of("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle FALLOCATE = of("fallocate", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MMAP =
            of("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = of("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MADVISE = of("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SOCKET = of("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SOCKETPAIR = of("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle BIND = of("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LISTEN = of("listen", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT4 = of("accept4", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle CONNECT = of("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SHUTDOWN = of("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            of("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SETSOCKOPT =
            of("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECVMSG = of("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SENDMSG = of("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SEND = of("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle KILL = of("kill", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle MEMMOVE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("memmove"),
            FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle GETEUID = of("geteuid", JAVA_INT);
    private static final MethodHandle SCHED_SETAFFINITY =
            of("sched_setaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);

    private Libc() {}

    private static MethodHandle of(String name, ValueLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments), CAPTURE);
    }

    private static MethodHandle variadic(String name, int fixed, ValueLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                CAPTURE,
                Linker.Option.firstVariadicArg(fixed));
    }

    private static AssertionError unexpected(Throwable thrown) {
        // A downcall itself throws nothing but programming errors, such as a segment whose arena is closed.
        if (thrown instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        return new AssertionError(thrown);
    }

    private static int result(int returned, MemorySegment state) {
        return returned == -1 ? -state.get(JAVA_INT, ERRNO_OFFSET) : returned;
    }

    private static long result(long returned, MemorySegment state) {
        return returned == -1 ? -state.get(JAVA_INT, ERRNO_OFFSET) : returned;
    }

    static int close(int fd) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Opens without creating. */
    static int open(MemorySegment path, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) OPEN.invokeExact(state, path, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int ioctl(int fd, long request, long argument) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) IOCTL.invokeExact(state, fd, request, argument), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int fcntl(int fd, int command, int argument) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) FCNTL.invokeExact(state, fd, command, argument), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int statx(int fd, MemorySegment path, int flags, int mask, MemorySegment status) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) STATX.invokeExact(state, fd, path, flags, mask, status), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long read(int fd, MemorySegment buffer, long length) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) READ.invokeExact(state, fd, buffer, length), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long pread(int fd, MemorySegment buffer, long length, long offset) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) PREAD.invokeExact(state, fd, buffer, length, offset), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long pwrite(int fd, MemorySegment buffer, long length, long offset) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) PWRITE.invokeExact(state, fd, buffer, length, offset), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Reads from where the descriptor stands, without waiting whatever its flags are. */
    static long readNow(int fd, MemorySegment vector, int count) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) PREADV2.invokeExact(state, fd, vector, count, -1L, Constants.RWF_NOWAIT), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int fstatfs(int fd, MemorySegment status) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) FSTATFS.invokeExact(state, fd, status), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Copies native memory; both segments are kept from being freed meanwhile. */
    static void memmove(MemorySegment to, MemorySegment from, long length) {
        try {
            long _ = (long) MEMMOVE.invokeExact(to, from, length);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long write(int fd, MemorySegment buffer, long length) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) WRITE.invokeExact(state, fd, buffer, length), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int poll(MemorySegment descriptors, int count, int timeoutMillis) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) POLL.invokeExact(state, descriptors, (long) count, timeoutMillis), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Polls without waiting; -1 on any error. */
    static int pollNow(MemorySegment descriptors, int count) {
        try {
            return (int) POLL_NOW.invokeExact(descriptors, (long) count, 0);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int eventfd(int initial, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) EVENTFD.invokeExact(state, initial, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int memfdCreate(MemorySegment name, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) MEMFD_CREATE.invokeExact(state, name, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int ftruncate(int fd, long sizeBytes) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) FTRUNCATE.invokeExact(state, fd, sizeBytes), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int fallocate(int fd, int mode, long offset, long sizeBytes) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) FALLOCATE.invokeExact(state, fd, mode, offset, sizeBytes), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long mmap(long sizeBytes, int protection, int flags, int fd, long offset) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) MMAP.invokeExact(state, 0L, sizeBytes, protection, flags, fd, offset), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int munmap(long address, long sizeBytes) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) MUNMAP.invokeExact(state, address, sizeBytes), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int madvise(MemorySegment range, long sizeBytes, int advice) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) MADVISE.invokeExact(state, range, sizeBytes, advice), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int socket(int domain, int type) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) SOCKET.invokeExact(state, domain, type, 0), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int socketpair(int domain, int type, MemorySegment two) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) SOCKETPAIR.invokeExact(state, domain, type, 0, two), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int bind(int fd, MemorySegment address, int length) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) BIND.invokeExact(state, fd, address, length), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int listen(int fd, int backlog) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) LISTEN.invokeExact(state, fd, backlog), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int accept(int fd, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) ACCEPT4.invokeExact(state, fd, MemorySegment.NULL, MemorySegment.NULL, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int connect(int fd, MemorySegment address, int length) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) CONNECT.invokeExact(state, fd, address, length), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int shutdown(int fd, int how) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) SHUTDOWN.invokeExact(state, fd, how), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int setsockopt(int fd, int level, int option, MemorySegment value, int length) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) SETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long recvmsg(int fd, MemorySegment message, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) RECVMSG.invokeExact(state, fd, message, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long sendmsg(int fd, MemorySegment message, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) SENDMSG.invokeExact(state, fd, message, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** By address, so that no slice has to be made; the caller keeps the memory alive. */
    static long send(int fd, long data, long length, int flags) {
        MemorySegment state = ERRNO.get();
        try {
            return result((long) SEND.invokeExact(state, fd, data, length, flags), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int kill(int pid, int signal) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) KILL.invokeExact(state, pid, signal), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int geteuid() {
        try {
            return (int) GETEUID.invokeExact(ERRNO.get());
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static int schedSetaffinity(int pid, long sizeBytes, MemorySegment mask) {
        MemorySegment state = ERRNO.get();
        try {
            return result((int) SCHED_SETAFFINITY.invokeExact(state, pid, sizeBytes, mask), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }
}
