// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

/** A device that cannot be had, or a call for it that the kernel refused. The message says why and what would help. */
public final class DeviceRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DeviceRefusedException(String message) {
        super(message);
    }

    public DeviceRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
