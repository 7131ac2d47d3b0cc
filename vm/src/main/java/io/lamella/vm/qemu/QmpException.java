// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.VmException;

/** QEMU refused a command. */
public final class QmpException extends VmException {
    private static final long serialVersionUID = 1L;

    private final String errorClass;

    QmpException(String command, String errorClass, String description) {
        super("QEMU refused " + command + ": " + description);
        this.errorClass = errorClass;
    }

    /** QEMU's class of error, such as "GenericError" or "CommandNotFound". */
    public String errorClass() {
        return errorClass;
    }
}
