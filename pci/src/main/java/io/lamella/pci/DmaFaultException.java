// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** An access to memory that the other side has not mapped, has not allowed, or has taken away. */
public final class DmaFaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long iova;
    private final long sizeBytes;

    public DmaFaultException(long iova, long sizeBytes, DmaAccess access, String reason) {
        super(
                "DMA " + access + " of " + Long.toUnsignedString(sizeBytes) + " bytes at IOVA 0x"
                        + Long.toHexString(iova) + " failed: " + reason + ".",
                null,
                false,
                false);
        this.iova = iova;
        this.sizeBytes = sizeBytes;
    }

    public long iova() {
        return iova;
    }

    public long sizeBytes() {
        return sizeBytes;
    }
}
