// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

/** Error numbers, as every 64-bit Linux has them, and the ones that a device or a driver has to name. */
public enum Errno {
    EPERM(1, "operation not permitted"),
    ENOENT(2, "no such file or entry"),
    EINTR(4, "interrupted"),
    EIO(5, "input/output error"),
    ENXIO(6, "no such device or address"),
    E2BIG(7, "too big"),
    EBADF(9, "the descriptor is closed or of the wrong kind"),
    EAGAIN(11, "not ready now"),
    ENOMEM(12, "out of memory"),
    EACCES(13, "permission denied"),
    EFAULT(14, "bad address"),
    EBUSY(16, "busy"),
    EEXIST(17, "it exists already"),
    ENODEV(19, "no such device"),
    ENOTDIR(20, "not a directory"),
    EISDIR(21, "a directory"),
    EINVAL(22, "invalid argument"),
    ENFILE(23, "too many open files in the system"),
    EMFILE(24, "too many open files in this process"),
    ENOTTY(25, "not supported by this device"),
    EFBIG(27, "file too large"),
    ENOSPC(28, "no space left"),
    EROFS(30, "read-only file system"),
    EPIPE(32, "the other end is closed"),
    ERANGE(34, "out of range"),
    ENAMETOOLONG(36, "name too long"),
    ENOSYS(38, "not implemented"),
    EPROTO(71, "protocol error"),
    EOVERFLOW(75, "value too large"),
    ENOTSOCK(88, "not a socket"),
    EMSGSIZE(90, "message too long"),
    EOPNOTSUPP(95, "operation not supported"),
    EADDRINUSE(98, "address in use"),
    ECONNABORTED(103, "connection aborted"),
    ECONNRESET(104, "connection reset by the other end"),
    ENOBUFS(105, "no buffer space"),
    ENOTCONN(107, "not connected"),
    ETIMEDOUT(110, "timed out"),
    ECONNREFUSED(111, "nobody answers"),
    ECANCELED(125, "cancelled");

    private final int number;
    private final String meaning;

    Errno(int number, String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    /** The number, positive. */
    public int number() {
        return number;
    }

    /** A few words. */
    public String meaning() {
        return meaning;
    }

    /** Name and meaning of a number, also of one that is not listed here. */
    public static String describe(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno.meaning + " (" + errno.name() + ")";
            }
        }
        return "error " + number;
    }
}
