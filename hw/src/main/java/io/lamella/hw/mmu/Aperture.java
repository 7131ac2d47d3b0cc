// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import org.jspecify.annotations.Nullable;

/** Which memory an entry points at. Directories and tables number them differently. */
public enum Aperture {
    VIDEO(1, 0),
    PEER(-1, 1),
    SYSTEM_COHERENT(2, 2),
    SYSTEM_NON_COHERENT(3, 3);

    private static final @Nullable Aperture[] BY_PDE = {null, VIDEO, SYSTEM_COHERENT, SYSTEM_NON_COHERENT};
    private static final Aperture[] BY_PTE = {VIDEO, PEER, SYSTEM_COHERENT, SYSTEM_NON_COHERENT};

    private final int pde;
    private final int pte;

    Aperture(int pde, int pte) {
        this.pde = pde;
        this.pte = pte;
    }

    /** Whether it is system memory of either kind. */
    public boolean isSystem() {
        return this == SYSTEM_COHERENT || this == SYSTEM_NON_COHERENT;
    }

    /** Number in a directory entry. @throws IllegalArgumentException for peer memory, which cannot hold tables */
    int pde() {
        if (pde < 0) {
            throw new IllegalArgumentException("Page tables cannot be in peer memory.");
        }
        return pde;
    }

    int pte() {
        return pte;
    }

    /** From the two bits of a directory entry; null for none. */
    static @Nullable Aperture ofPde(int bits) {
        return BY_PDE[bits];
    }

    /** From the two bits of a table entry. */
    static Aperture ofPte(int bits) {
        return BY_PTE[bits];
    }
}
