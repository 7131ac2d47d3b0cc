// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.nio.file.Path;

/**
 * How a machine ended.
 *
 * @param kind what it was
 * @param code QEMU's exit code
 * @param reason a sentence for people
 * @param log the console's log
 */
public record VmExit(Kind kind, int code, String reason, Path log) {
    /** The ways in which a machine ends. */
    public enum Kind {
        /** The guest switched itself off. */
        POWERED_OFF,
        /** The guest's kernel gave up. */
        PANICKED,
        /** The host stopped it. */
        STOPPED,
        /** QEMU failed. */
        FAILED
    }
}
