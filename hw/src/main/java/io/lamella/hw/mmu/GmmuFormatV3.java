// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import org.jspecify.annotations.Nullable;

/** {@link GmmuV3} as a {@link GmmuFormat}. */
final class GmmuFormatV3 implements GmmuFormat {
    private static final GmmuV3.Level[] UPPER = {GmmuV3.Level.PD4, GmmuV3.Level.PD3, GmmuV3.Level.PD2, GmmuV3.Level.PD1
    };

    @Override
    public int virtualAddressBits() {
        return GmmuV3.VIRTUAL_ADDRESS_BITS;
    }

    @Override
    public int upperDirectories() {
        return UPPER.length;
    }

    @Override
    public int upperShift(int directory) {
        return UPPER[directory].shift();
    }

    @Override
    public int upperEntries(int directory) {
        return UPPER[directory].entryCount();
    }

    @Override
    public long sparse() {
        return GmmuV3.SPARSE;
    }

    @Override
    public long noSmallTable() {
        return GmmuV3.NO_SMALL_TABLE;
    }

    @Override
    public boolean upperIsPage(int directory, long pde) {
        return directory == UPPER.length - 1 && GmmuV3.pdeIsPage(pde);
    }

    @Override
    public @Nullable Aperture pdeAperture(long pde) {
        return GmmuV3.pdeAperture(pde);
    }

    @Override
    public boolean pdeIsSparse(long pde) {
        return GmmuV3.pdeIsSparse(pde);
    }

    @Override
    public long pdeAddress(long pde) {
        return GmmuV3.pdeAddress(pde);
    }

    @Override
    public long pde(Aperture aperture, long address, boolean isVolatile) {
        return GmmuV3.pde(aperture, address, isVolatile);
    }

    @Override
    public boolean dualIsPage(long low) {
        return GmmuV3.dualIsPage(low);
    }

    @Override
    public @Nullable Aperture bigTableAperture(long low) {
        return GmmuV3.bigTableAperture(low);
    }

    @Override
    public long bigTableAddress(long low) {
        return GmmuV3.bigTableAddress(low);
    }

    @Override
    public long bigTable(Aperture aperture, long address, boolean isVolatile) {
        return GmmuV3.bigTable(aperture, address, isVolatile);
    }

    @Override
    public boolean pteIsValid(long pte) {
        return GmmuV3.pteIsValid(pte);
    }

    @Override
    public boolean pteIsSparse(long pte) {
        return GmmuV3.pteIsSparse(pte);
    }

    @Override
    public boolean pteForbidsSmallTable(long pte) {
        return GmmuV3.pteForbidsSmallTable(pte);
    }

    @Override
    public Aperture pteAperture(long pte) {
        return GmmuV3.pteAperture(pte);
    }

    @Override
    public long pteAddress(long pte) {
        return GmmuV3.pteAddress(pte);
    }

    @Override
    public boolean pteIsPrivileged(long pte) {
        return GmmuV3.pteIsPrivileged(pte);
    }

    @Override
    public boolean pteIsReadOnly(long pte) {
        return GmmuV3.pteIsReadOnly(pte);
    }

    @Override
    public boolean pteForbidsAtomics(long pte) {
        return GmmuV3.pteForbidsAtomics(pte);
    }

    @Override
    public long pte(Aperture aperture, long address, boolean isVolatile, boolean readOnly, int kind) {
        return GmmuV3.pte(aperture, address, isVolatile, readOnly, kind);
    }

    @Override
    public long privileged(long pte) {
        return GmmuV3.privileged(pte);
    }

    @Override
    public long withoutAtomics(long pte) {
        return GmmuV3.withoutAtomics(pte);
    }
}
