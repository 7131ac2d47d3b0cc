// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.gpu.bank.WindowTarget;

/**
 * The table of MSI-X. Where messages go is the interrupt sink's business; only the mask of vector 0 matters here. A VFIO client keeps the table
 * itself and never writes this one, so an entry that was never written counts as unmasked although it reads as masked.
 */
final class MsixTable implements WindowTarget {
    static final int VECTORS = 6;

    private static final int ENTRY_BYTES = 16;
    private static final int CONTROL = 12;
    private static final int MASK_BIT = 1;

    private final byte[] bytes = new byte[VECTORS * ENTRY_BYTES];
    private final Runnable onChange;
    private boolean written;

    MsixTable(Runnable onChange) {
        this.onChange = onChange;
        reset();
    }

    void reset() {
        java.util.Arrays.fill(bytes, (byte) 0);
        for (int vector = 0; vector < VECTORS; vector++) {
            bytes[vector * ENTRY_BYTES + CONTROL] = MASK_BIT;
        }
        written = false;
    }

    /** Whether vector 0 is masked by the table. */
    boolean isMasked() {
        return written && (bytes[CONTROL] & MASK_BIT) != 0;
    }

    @Override
    public long read(int offset, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            int at = offset + i;
            value = value << 8 | (at < bytes.length ? bytes[at] & 0xff : 0);
        }
        return value;
    }

    @Override
    public void write(int offset, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) {
            int at = offset + i;
            if (at < bytes.length) {
                int writable = at % ENTRY_BYTES == CONTROL ? MASK_BIT : at % ENTRY_BYTES > CONTROL ? 0 : 0xff;
                bytes[at] = (byte) (value >>> (8 * i) & writable);
            }
        }
        written |= offset < ENTRY_BYTES;
        onChange.run();
    }
}
