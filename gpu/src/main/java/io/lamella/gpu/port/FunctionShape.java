// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

import io.lamella.hw.Chip;

/**
 * What a function looks like to its driver.
 *
 * @param chip what it is built around
 * @param deviceId PCI device id, 16 bits
 * @param subsystemVendorId 16 bits
 * @param subsystemId 16 bits
 * @param revisionId 8 bits
 * @param classCode 24 bits: base class, subclass, interface
 * @param frameBufferBytes size of the function's frame buffer; whole MiB
 * @param bar1Bytes size of the frame-buffer aperture; a power of two
 * @param bar2Bytes size of the instance aperture (the third PCI BAR); a power of two
 * @param headless whether the display engine is fused off
 */
public record FunctionShape(
        Chip chip,
        int deviceId,
        int subsystemVendorId,
        int subsystemId,
        int revisionId,
        int classCode,
        long frameBufferBytes,
        long bar1Bytes,
        long bar2Bytes,
        boolean headless) {
    private static final long MIB = 1L << 20;

    public FunctionShape {
        check(deviceId, 16, "device id");
        check(subsystemVendorId, 16, "subsystem vendor id");
        check(subsystemId, 16, "subsystem id");
        check(revisionId, 8, "revision id");
        check(classCode, 24, "class code");
        if (frameBufferBytes <= 0 || frameBufferBytes % MIB != 0 || frameBufferBytes > 1L << 46) {
            throw new IllegalArgumentException(
                    "A frame buffer of " + frameBufferBytes + " bytes: it must be whole MiB, up to 64 TiB.");
        }
        checkBar(bar1Bytes, 1);
        checkBar(bar2Bytes, 3);
    }

    private static void check(int value, int bits, String what) {
        if (value >>> bits != 0) {
            throw new IllegalArgumentException(
                    "The " + what + " 0x" + Integer.toHexString(value) + " has more than " + bits + " bits.");
        }
    }

    private static void checkBar(long sizeBytes, int bar) {
        if (sizeBytes < 1 << 16 || Long.bitCount(sizeBytes) != 1) {
            throw new IllegalArgumentException(
                    "BAR " + bar + " of " + sizeBytes + " bytes: it must be a power of two, at least 64 KiB.");
        }
    }
}
