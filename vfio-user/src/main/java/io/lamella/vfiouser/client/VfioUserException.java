// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.client;

import io.lamella.linux.Errno;

/** The server refused something, or is gone. */
public final class VfioUserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final boolean disconnected;

    private VfioUserException(String message, int errno, boolean disconnected) {
        super(message);
        this.errno = errno;
        this.disconnected = disconnected;
    }

    static VfioUserException refused(String what, int errno) {
        return new VfioUserException("The server refused " + what + ": " + Errno.describe(errno) + ".", errno, false);
    }

    static VfioUserException gone(String why) {
        return new VfioUserException("The vfio-user connection is of no use any more: " + why + ".", 0, true);
    }

    /** The error number in the server's reply; 0 if there was no reply. */
    public int errno() {
        return errno;
    }

    /** Whether the connection has ended; every later call fails the same way. */
    public boolean isDisconnected() {
        return disconnected;
    }
}
