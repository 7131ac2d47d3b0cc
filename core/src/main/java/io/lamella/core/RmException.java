// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** The firmware's resource manager refused. */
public final class RmException extends CoreException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public RmException(CoreError error, int status, String message) {
        super(error, message);
        this.status = status;
    }

    /** The resource manager's own status word, never 0. For logs; what it means to a program is in {@link #error}. */
    public int status() {
        return status;
    }
}
