// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.mmu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.mmu.GmmuV3.Level;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GmmuV3Test {
    private static final List<Aperture> APERTURES = List.of(Aperture.values());

    @Test
    void levelsCoverTheAddressWithoutGapsOrOverlaps() {
        Level[] directories = {Level.PD4, Level.PD3, Level.PD2, Level.PD1, Level.PD0};
        assertThat(Level.PD4.entryCoverageBytes() * Level.PD4.entryCount()).isEqualTo(1L << 57);
        for (int i = 1; i < directories.length; i++) {
            assertThat(directories[i].entryCoverageBytes() * directories[i].entryCount())
                    .isEqualTo(directories[i - 1].entryCoverageBytes());
        }
        assertThat(Level.BIG_TABLE.entryCoverageBytes() * Level.BIG_TABLE.entryCount())
                .isEqualTo(Level.PD0.entryCoverageBytes());
        assertThat(Level.SMALL_TABLE.entryCoverageBytes() * Level.SMALL_TABLE.entryCount())
                .isEqualTo(Level.PD0.entryCoverageBytes());
        assertThat(Level.PD0.sizeBytes()).isEqualTo(4096);
    }

    /** What a driver writes for: see gh100_vmm_valid and gh100_vmm_pde in nouveau's vmmgh100.c. */
    @Test
    void knownEntriesDecode() {
        assertThat(GmmuV3.pde(Aperture.VIDEO, 0x1_2345_6000L, false)).isEqualTo(0x1_2345_6012L);
        assertThat(GmmuV3.pde(Aperture.SYSTEM_COHERENT, 0x1_2345_6000L, true)).isEqualTo(0x1_2345_600cL);
        assertThat(GmmuV3.pde(Aperture.SYSTEM_NON_COHERENT, 0x1_2345_6000L, false))
                .isEqualTo(0x1_2345_6006L);
        assertThat(GmmuV3.bigTable(Aperture.VIDEO, 0x1_2345_6100L, false)).isEqualTo(0x1_2345_6112L);
        // Regular, read and write, cached, atomics, no access counters is PCF 0x10; with kind 6.
        assertThat(GmmuV3.pte(Aperture.VIDEO, 0x1_2345_6000L, false, false, 6)).isEqualTo(0x1_2345_6681L);
        // Regular, read-only, uncached is 0x15.
        assertThat(GmmuV3.pte(Aperture.SYSTEM_COHERENT, 0x1_2345_6000L, true, true, 0))
                .isEqualTo(0x1_2345_60adL);
    }

    @ParameterizedTest
    @CsvSource({
        "0x10, false, false, false",
        "0x12, true, false, false",
        "0x14, false, true, false",
        "0x17, true, true, false",
        "0x18, false, false, true",
        "0x1e, true, true, true",
        "0x00, false, false, false",
        "0x0e, true, true, true",
    })
    void rightsAreTheBitsOfThePcf(String pcf, boolean privileged, boolean readOnly, boolean noAtomics) {
        long pte = 1 | Long.decode(pcf) << 3;
        assertThat(GmmuV3.pteIsPrivileged(pte)).isEqualTo(privileged);
        assertThat(GmmuV3.pteIsReadOnly(pte)).isEqualTo(readOnly);
        assertThat(GmmuV3.pteForbidsAtomics(pte)).isEqualTo(noAtomics);
        assertThat(GmmuV3.pteIsSparse(pte)).isFalse();
        assertThat(GmmuV3.pteForbidsSmallTable(pte)).isFalse();
    }

    @Test
    void entriesThatMapNothingSayWhatKindOfNothing() {
        assertThat(GmmuV3.pteIsSparse(GmmuV3.INVALID)).isFalse();
        assertThat(GmmuV3.pteForbidsSmallTable(GmmuV3.INVALID)).isFalse();
        assertThat(GmmuV3.SPARSE).isEqualTo(8);
        assertThat(GmmuV3.pteIsSparse(8)).isTrue();
        assertThat(GmmuV3.pteForbidsSmallTable(8)).isTrue();
        assertThat(GmmuV3.NO_SMALL_TABLE).isEqualTo(0x18);
        assertThat(GmmuV3.pteIsSparse(0x18)).isFalse();
        assertThat(GmmuV3.pteForbidsSmallTable(0x18)).isTrue();
        // Directories: sparse with and without translation by the host; an empty one; one with a table is neither.
        assertThat(GmmuV3.pdeIsSparse(0x08)).isTrue();
        assertThat(GmmuV3.pdeIsSparse(0x18)).isTrue();
        assertThat(GmmuV3.pdeIsSparse(0x10)).isFalse();
        assertThat(GmmuV3.pdeIsSparse(0)).isFalse();
        assertThat(GmmuV3.pdeIsSparse(GmmuV3.pde(Aperture.SYSTEM_COHERENT, 0, true)))
                .isFalse();
    }

    @Test
    void randomEntriesRoundTrip() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            Aperture aperture = APERTURES.get(random.nextInt(APERTURES.size()));
            boolean isVolatile = random.nextBoolean();
            boolean readOnly = random.nextBoolean();
            int kind = random.nextInt(16);
            int bits = aperture == Aperture.VIDEO ? 40 : 52;
            long address = random.nextLong() & ((1L << bits) - 1) & -4096L;
            long pte = GmmuV3.pte(aperture, address, isVolatile, readOnly, kind);
            assertThat(GmmuV3.pteIsValid(pte)).as("seed %d", seed).isTrue();
            assertThat(GmmuV3.pteAperture(pte)).isEqualTo(aperture);
            assertThat(GmmuV3.pteAddress(pte)).isEqualTo(address);
            assertThat(GmmuV3.pteIsVolatile(pte)).isEqualTo(isVolatile);
            assertThat(GmmuV3.pteIsReadOnly(pte)).isEqualTo(readOnly);
            assertThat(GmmuV3.pteKind(pte)).isEqualTo(kind);
            if (aperture != Aperture.PEER) {
                long pde = GmmuV3.pde(aperture, address, isVolatile);
                assertThat(GmmuV3.pdeAperture(pde)).isEqualTo(aperture);
                assertThat(GmmuV3.pdeAddress(pde)).isEqualTo(address);
                assertThat(GmmuV3.pdeIsPage(pde)).isFalse();
                long big = GmmuV3.bigTable(aperture, address + 0x300, isVolatile);
                assertThat(GmmuV3.bigTableAperture(big)).isEqualTo(aperture);
                assertThat(GmmuV3.bigTableAddress(big)).isEqualTo(address + 0x300);
                assertThat(GmmuV3.dualIsPage(big)).isFalse();
            }
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> GmmuV3.pde(Aperture.VIDEO, 0x1001, false)).hasMessageContaining("not aligned");
        assertThatThrownBy(() -> GmmuV3.pde(Aperture.PEER, 0x1000, false)).hasMessageContaining("peer");
        assertThatThrownBy(() -> GmmuV3.pte(Aperture.VIDEO, 1L << 40, false, false, 0))
                .hasMessageContaining("does not fit");
        assertThatThrownBy(() -> GmmuV3.pte(Aperture.VIDEO, 0, false, false, 16))
                .hasMessageContaining("Kind 16");
    }

    /** What both formats share is declared in the one place that walkers use. */
    @Test
    void bothFormatsEndAlike() {
        for (int[] ends : new int[][] {
            {
                GmmuV2.Level.PD0.shift(),
                GmmuV2.Level.PD0.entryCount(),
                GmmuV2.Level.PD0.entryBytes(),
                GmmuV2.Level.BIG_TABLE.shift(),
                GmmuV2.Level.BIG_TABLE.entryCount(),
                GmmuV2.Level.SMALL_TABLE.shift(),
                GmmuV2.Level.SMALL_TABLE.entryCount()
            },
            {
                Level.PD0.shift(),
                Level.PD0.entryCount(),
                Level.PD0.entryBytes(),
                Level.BIG_TABLE.shift(),
                Level.BIG_TABLE.entryCount(),
                Level.SMALL_TABLE.shift(),
                Level.SMALL_TABLE.entryCount()
            }
        }) {
            assertThat(ends)
                    .containsExactly(
                            GmmuFormat.DUAL_SHIFT,
                            GmmuFormat.DUAL_ENTRIES,
                            GmmuFormat.DUAL_BYTES,
                            GmmuFormat.BIG_SHIFT,
                            GmmuFormat.BIG_ENTRIES,
                            GmmuFormat.SMALL_SHIFT,
                            GmmuFormat.SMALL_ENTRIES);
        }
        long address = 0x1_5a5a_5a5a_5a5aL;
        assertThat(GmmuFormat.dualOffset(address)).isEqualTo(Level.PD0.entryOffset(address));
        assertThat(GmmuFormat.bigOffset(address)).isEqualTo(Level.BIG_TABLE.entryOffset(address));
        assertThat(GmmuFormat.smallIndex(address)).isEqualTo(Level.SMALL_TABLE.index(address));
    }

    @Test
    void aFormatKnowsItsUpperDirectories() {
        assertThat(GmmuV2.FORMAT.upperDirectories()).isEqualTo(3);
        assertThat(GmmuV2.FORMAT.upperShift(0)).isEqualTo(47);
        assertThat(GmmuV2.FORMAT.upperEntries(0)).isEqualTo(4);
        assertThat(GmmuV3.FORMAT.upperDirectories()).isEqualTo(4);
        assertThat(GmmuV3.FORMAT.upperShift(0)).isEqualTo(56);
        assertThat(GmmuV3.FORMAT.upperEntries(0)).isEqualTo(2);
        assertThat(GmmuV3.FORMAT.isVirtualAddress((1L << 57) - 1)).isTrue();
        assertThat(GmmuV3.FORMAT.isVirtualAddress(1L << 57)).isFalse();
        assertThat(GmmuV2.FORMAT.isVirtualAddress(1L << 49)).isFalse();
        assertThat(GmmuV3.FORMAT.upperIsPage(3, 1)).isTrue();
        assertThat(GmmuV3.FORMAT.upperIsPage(2, 1)).isFalse();
        assertThat(GmmuV2.FORMAT.upperIsPage(2, 1)).isFalse();
    }
}
