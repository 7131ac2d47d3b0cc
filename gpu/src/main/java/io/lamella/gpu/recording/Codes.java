// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.pci.DmaAccess;
import io.lamella.pci.InterruptKind;

/** Numbers in the file for the kinds of interrupts and for what may be done with mapped memory. */
final class Codes {
    private Codes() {}

    static int of(InterruptKind kind) {
        return switch (kind) {
            case INTX -> 0;
            case MSI -> 1;
            case MSI_X -> 2;
        };
    }

    static int of(DmaAccess access) {
        return (access.allows(DmaAccess.READ) ? 1 : 0) | (access.allows(DmaAccess.WRITE) ? 2 : 0);
    }

    /** What 0 would stand for cannot be mapped. */
    static DmaAccess access(long code) {
        return switch ((int) code & 3) {
            case 1 -> DmaAccess.READ;
            case 2 -> DmaAccess.WRITE;
            default -> DmaAccess.READ_WRITE;
        };
    }
}
