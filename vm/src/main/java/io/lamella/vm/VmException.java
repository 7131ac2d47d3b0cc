// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import java.io.IOException;

/** Something a virtual machine needs could not be had. The message is a sentence for the user. */
public class VmException extends IOException {
    private static final long serialVersionUID = 1L;

    public VmException(String message) {
        super(message);
    }

    public VmException(String message, Throwable cause) {
        super(message, cause);
    }
}
