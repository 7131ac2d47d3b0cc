// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.mmu.GmmuV2.Level;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GmmuV2Test {
    private static final List<Aperture> APERTURES = List.of(Aperture.values());

    @Test
    void levelsCoverTheAddressWithoutGapsOrOverlaps() {
        assertThat(Level.PD3.entryCoverageBytes() * Level.PD3.entryCount()).isEqualTo(1L << 49);
        assertThat(Level.PD2.entryCoverageBytes() * Level.PD2.entryCount()).isEqualTo(Level.PD3.entryCoverageBytes());
        assertThat(Level.PD1.entryCoverageBytes() * Level.PD1.entryCount()).isEqualTo(Level.PD2.entryCoverageBytes());
        assertThat(Level.PD0.entryCoverageBytes() * Level.PD0.entryCount()).isEqualTo(Level.PD1.entryCoverageBytes());
        assertThat(Level.BIG_TABLE.entryCoverageBytes() * Level.BIG_TABLE.entryCount())
                .isEqualTo(2L << 20);
        assertThat(Level.SMALL_TABLE.entryCoverageBytes() * Level.SMALL_TABLE.entryCount())
                .isEqualTo(2L << 20);
        assertThat(Level.PD0.entryCoverageBytes()).isEqualTo(2L << 20);
        assertThat(Level.PD0.sizeBytes()).isEqualTo(4096);
    }

    @Test
    void indicesPutTogetherGiveTheAddressBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            long address = random.nextLong() & ((1L << 49) - 1) & ~0xfffL;
            long rebuilt = 0;
            for (Level level : new Level[] {Level.PD3, Level.PD2, Level.PD1, Level.PD0, Level.SMALL_TABLE}) {
                rebuilt |= (long) level.index(address) << level.shift();
            }
            assertThat(rebuilt).as("seed %d", seed).isEqualTo(address);
        }
    }

    @Test
    void knownEntriesDecode() {
        // Video memory at 0x12345000: a directory says 1, a table says 0.
        assertThat(GmmuV2.pde(Aperture.VIDEO, 0x12345000L, false)).isEqualTo(0x1234502L);
        assertThat(GmmuV2.pte(Aperture.VIDEO, 0x12345000L, false, false, 6)).isEqualTo(0x0600_0000_0123_4501L);
        // Coherent system memory at 0x1_0000_0000, volatile: both say 2.
        assertThat(GmmuV2.pde(Aperture.SYSTEM_COHERENT, 0x1_0000_0000L, true)).isEqualTo(0x1000000cL);
        assertThat(GmmuV2.pte(Aperture.SYSTEM_COHERENT, 0x1_0000_0000L, true, true, 0))
                .isEqualTo(0x1000004dL);
        assertThat(GmmuV2.bigTable(Aperture.VIDEO, 0x12345100L, false)).isEqualTo(0x1234512L);
        assertThat(GmmuV2.bigTableAddress(0x1234512L)).isEqualTo(0x12345100L);
    }

    @Test
    void randomEntriesRoundTrip() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            Aperture aperture = APERTURES.get(random.nextInt(APERTURES.size()));
            int bits = aperture.isSystem() ? 58 : 37;
            long address = random.nextLong() & ((1L << bits) - 1) & ~0xfffL;
            int kind = random.nextInt(256);
            boolean readOnly = random.nextBoolean();
            boolean isVolatile = random.nextBoolean();
            long pte = GmmuV2.pte(aperture, address, isVolatile, readOnly, kind);
            assertThat(GmmuV2.pteIsValid(pte)).isTrue();
            assertThat(GmmuV2.pteIsSparse(pte)).isFalse();
            assertThat(GmmuV2.pteAperture(pte)).isEqualTo(aperture);
            assertThat(GmmuV2.pteAddress(pte)).as("seed %d", seed).isEqualTo(address);
            assertThat(GmmuV2.pteKind(pte)).isEqualTo(kind);
            assertThat(GmmuV2.pteIsReadOnly(pte)).isEqualTo(readOnly);
            assertThat(GmmuV2.pteIsVolatile(pte)).isEqualTo(isVolatile);
            if (aperture != Aperture.PEER) {
                long pde = GmmuV2.pde(aperture, address, isVolatile);
                assertThat(GmmuV2.pdeAperture(pde)).isEqualTo(aperture);
                assertThat(GmmuV2.pdeAddress(pde)).as("seed %d", seed).isEqualTo(address);
                assertThat(GmmuV2.pdeIsSparse(pde)).isFalse();
            }
        }
    }

    @Test
    void formsWithoutAPageAreToldApart() {
        assertThat(GmmuV2.pteIsValid(GmmuV2.INVALID)).isFalse();
        assertThat(GmmuV2.pteIsSparse(GmmuV2.INVALID)).isFalse();
        assertThat(GmmuV2.pteForbidsSmallTable(GmmuV2.INVALID)).isFalse();
        assertThat(GmmuV2.pteIsSparse(GmmuV2.SPARSE)).isTrue();
        assertThat(GmmuV2.pdeIsSparse(GmmuV2.SPARSE)).isTrue();
        assertThat(GmmuV2.pdeAperture(GmmuV2.SPARSE)).isNull();
        assertThat(GmmuV2.pteForbidsSmallTable(GmmuV2.NO_SMALL_TABLE)).isTrue();
        assertThat(GmmuV2.pteIsSparse(GmmuV2.NO_SMALL_TABLE)).isFalse();
        assertThat(GmmuV2.dualIsPage(GmmuV2.pte(Aperture.VIDEO, 0, false, false, 0)))
                .isTrue();
        assertThat(GmmuV2.dualIsPage(GmmuV2.bigTable(Aperture.VIDEO, 0, false))).isFalse();
    }

    @Test
    void addressesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> GmmuV2.pde(Aperture.VIDEO, 1L << 37, false)).hasMessageContaining("does not fit");
        assertThatThrownBy(() -> GmmuV2.pde(Aperture.VIDEO, 0x1800, false)).hasMessageContaining("not aligned");
        assertThatThrownBy(() -> GmmuV2.pde(Aperture.PEER, 0, false)).hasMessageContaining("peer");
        assertThatThrownBy(() -> GmmuV2.pte(Aperture.VIDEO, 0, false, false, 256))
                .hasMessageContaining("Kind 256");
    }
}
