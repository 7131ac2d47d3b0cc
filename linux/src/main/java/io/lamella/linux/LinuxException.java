// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

/** A system call that failed. */
public final class LinuxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param what the beginning of a sentence, such as "Cannot map 4096 bytes of descriptor 7"
     * @param errno the error number, positive
     */
    public LinuxException(String what, int errno) {
        super(what + ": " + Errno.describe(errno) + ".");
        this.errno = errno;
    }

    public LinuxException(String what, Errno errno) {
        this(what, errno.number());
    }

    /** The error number, positive. */
    public int errno() {
        return errno;
    }

    /** Whether it is this error. */
    public boolean is(Errno expected) {
        return errno == expected.number();
    }

    /** The result of a call of {@link Libc}, or its error as an exception. */
    static int check(int result, String what) {
        if (result < 0) {
            throw new LinuxException(what, -result);
        }
        return result;
    }
}
