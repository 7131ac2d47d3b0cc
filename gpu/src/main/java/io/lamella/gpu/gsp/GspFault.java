// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

/** What the driver put before the GSP makes no sense; the GSP halts with this reason. */
final class GspFault extends Exception {
    private static final long serialVersionUID = 1L;

    GspFault(String reason) {
        super(reason, null, false, false);
    }
}
