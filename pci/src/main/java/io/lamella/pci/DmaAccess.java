// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** What a device may do with memory. */
public enum DmaAccess {
    READ,
    WRITE,
    READ_WRITE;

    /** Whether everything that {@code wanted} needs is granted. */
    public boolean allows(DmaAccess wanted) {
        return this == READ_WRITE || this == wanted;
    }
}
