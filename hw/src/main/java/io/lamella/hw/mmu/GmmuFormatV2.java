// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import org.jspecify.annotations.Nullable;

/** {@link GmmuV2} as a {@link GmmuFormat}. */
final class GmmuFormatV2 implements GmmuFormat {
    private static final GmmuV2.Level[] UPPER = {GmmuV2.Level.PD3, GmmuV2.Level.PD2, GmmuV2.Level.PD1};

    @Override
    public int virtualAddressBits() {
        return GmmuV2.VIRTUAL_ADDRESS_BITS;
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
        return GmmuV2.SPARSE;
    }

    @Override
    public long noSmallTable() {
        return GmmuV2.NO_SMALL_TABLE;
    }

    @Override
    public boolean upperIsPage(int directory, long pde) {
        return false;
    }

    @Override
    public @Nullable Aperture pdeAperture(long pde) {
        return GmmuV2.pdeAperture(pde);
    }

    @Override
    public boolean pdeIsSparse(long pde) {
        return GmmuV2.pdeIsSparse(pde);
    }

    @Override
    public long pdeAddress(long pde) {
        return GmmuV2.pdeAddress(pde);
    }

    @Override
    public long pde(Aperture aperture, long address, boolean isVolatile) {
        return GmmuV2.pde(aperture, address, isVolatile);
    }

    @Override
    public boolean dualIsPage(long low) {
        return GmmuV2.dualIsPage(low);
    }

    @Override
    public @Nullable Aperture bigTableAperture(long low) {
        return GmmuV2.bigTableAperture(low);
    }

    @Override
    public long bigTableAddress(long low) {
        return GmmuV2.bigTableAddress(low);
    }

    @Override
    public long bigTable(Aperture aperture, long address, boolean isVolatile) {
        return GmmuV2.bigTable(aperture, address, isVolatile);
    }

    @Override
    public boolean pteIsValid(long pte) {
        return GmmuV2.pteIsValid(pte);
    }

    @Override
    public boolean pteIsSparse(long pte) {
        return GmmuV2.pteIsSparse(pte);
    }

    @Override
    public boolean pteForbidsSmallTable(long pte) {
        return GmmuV2.pteForbidsSmallTable(pte);
    }

    @Override
    public Aperture pteAperture(long pte) {
        return GmmuV2.pteAperture(pte);
    }

    @Override
    public long pteAddress(long pte) {
        return GmmuV2.pteAddress(pte);
    }

    @Override
    public boolean pteIsPrivileged(long pte) {
        return GmmuV2.pteIsPrivileged(pte);
    }

    @Override
    public boolean pteIsReadOnly(long pte) {
        return GmmuV2.pteIsReadOnly(pte);
    }

    @Override
    public boolean pteForbidsAtomics(long pte) {
        return GmmuV2.pteForbidsAtomics(pte);
    }

    @Override
    public long pte(Aperture aperture, long address, boolean isVolatile, boolean readOnly, int kind) {
        return GmmuV2.pte(aperture, address, isVolatile, readOnly, kind);
    }

    @Override
    public long privileged(long pte) {
        return GmmuV2.privileged(pte);
    }

    @Override
    public long withoutAtomics(long pte) {
        return GmmuV2.withoutAtomics(pte);
    }
}
