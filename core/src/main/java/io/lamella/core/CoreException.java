// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** A refusal or a failure of the core. The message is a sentence for a person; {@link #error} is for a program. */
public sealed class CoreException extends RuntimeException permits GpuGoneException, RmException {
    private static final long serialVersionUID = 1L;

    private final CoreError error;

    public CoreException(CoreError error, String message) {
        super(message);
        this.error = error;
    }

    public CoreException(CoreError error, String message, Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    public CoreError error() {
        return error;
    }
}
