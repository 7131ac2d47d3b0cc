// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.block;

import io.lamella.gpu.bank.WindowTarget;

/** The ROM as the driver reads it; past its content it reads as erased flash. */
public final class Prom implements WindowTarget {
    private final byte[] image;

    /** @param image the VBIOS; not copied and not changed */
    public Prom(byte[] image) {
        this.image = image;
    }

    @Override
    public long read(int offset, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            int at = offset + i;
            value = value << 8 | (at < image.length ? image[at] & 0xff : 0xff);
        }
        return value;
    }

    @Override
    public void write(int offset, int sizeBytes, long value) {}
}
