// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** Why the core refused or failed. The numbers are Linux errno values, so that the same interface can be had from C. */
public enum CoreError {
    /** An argument is wrong. */
    INVALID(22),
    /** The interface version, the chip, the firmware or the control is not one that the core knows. */
    NOT_SUPPORTED(95),
    /** The session did not ask for the capability. */
    NOT_PERMITTED(1),
    /** Not enough of a resource. */
    NO_SPACE(28),
    /** In use, or in a state that does not allow it now. */
    BUSY(16),
    /** No such object. */
    NOT_FOUND(2),
    /** The GPU or its firmware did not answer in time. */
    TIMED_OUT(110),
    /** The hardware, the firmware or a firmware file is not what it should be. */
    DEVICE_FAULT(5),
    /** The session or the core is closed. */
    CLOSED(108),
    /** The function is gone from the bus; nothing but closing is left. */
    GONE(19);

    private final int errno;

    CoreError(int errno) {
        this.errno = errno;
    }

    /** The Linux errno with this meaning, positive. */
    public int errno() {
        return errno;
    }
}
