// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

/** Something was asked of a host that this installation was made without. The message says which module is missing. */
public final class MissingModuleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public MissingModuleException(String message) {
        super(message);
    }
}
