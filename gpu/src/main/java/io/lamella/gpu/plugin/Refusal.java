// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.hw.gsp.NvStatus;

/** Why the plugin does not do what the host asks: a status for the message and a sentence for people. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final NvStatus status;

    Refusal(NvStatus status, String reason) {
        super(reason, null, false, false);
        this.status = status;
    }

    static Refusal argument(String reason) {
        return new Refusal(NvStatus.INVALID_ARGUMENT, reason);
    }

    NvStatus status() {
        return status;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
