// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** A region that cannot be mapped. */
public final class DmaMapException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Empty, or it wraps. */
        INVALID,
        /** Part of the range is mapped already. */
        OVERLAP,
        /** The space has as many regions as it may have. */
        TOO_MANY
    }

    private final Reason reason;

    DmaMapException(Reason reason, DmaRegion region, String why) {
        super("Cannot map " + Long.toUnsignedString(region.sizeBytes()) + " bytes at IOVA 0x"
                + Long.toHexString(region.iova()) + ": " + why + ".");
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
