// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV2.Level;

/** Builds a GPU's page tables in its video memory, as a driver does. */
final class PageTableWriter {
    private static final Level[] DIRECTORIES = {Level.PD3, Level.PD2, Level.PD1};

    private final FbSegment fb;
    private final long root;
    private final long end;
    private long next;

    /** Tables in a range of video memory, of which the first page is the root. */
    PageTableWriter(FbSegment fb, long base, long sizeBytes) {
        this.fb = fb;
        root = base;
        end = base + sizeBytes;
        next = base;
        newTable();
    }

    long root() {
        return root;
    }

    private long newTable() {
        long table = next;
        next += GmmuV2.TABLE_ALIGNMENT_BYTES;
        if (next > end) {
            throw new BenchException("The page tables do not fit the memory that was set aside for them.");
        }
        fb.clear(table, GmmuV2.TABLE_ALIGNMENT_BYTES);
        return table;
    }

    private long dualEntry(long virtualAddress) {
        long table = root;
        for (Level level : DIRECTORIES) {
            long at = table + level.entryOffset(virtualAddress);
            long entry = fb.readLong(at);
            if (entry == GmmuV2.INVALID) {
                entry = GmmuV2.pde(Aperture.VIDEO, newTable(), false);
                fb.writeLong(at, entry);
            }
            table = GmmuV2.pdeAddress(entry);
        }
        return table + Level.PD0.entryOffset(virtualAddress);
    }

    /** A page of 2 MiB of video memory. */
    void mapLarge(long virtualAddress, long address) {
        fb.writeLong(dualEntry(virtualAddress), GmmuV2.pte(Aperture.VIDEO, address, false, false, GmmuV2.KIND_PITCH));
    }

    /** A page of 4 KiB. */
    void mapSmall(long virtualAddress, Aperture aperture, long address) {
        long high = dualEntry(virtualAddress) + 8;
        long entry = fb.readLong(high);
        if (entry == GmmuV2.INVALID) {
            entry = GmmuV2.pde(Aperture.VIDEO, newTable(), false);
            fb.writeLong(high, entry);
        }
        fb.writeLong(
                GmmuV2.pdeAddress(entry) + Level.SMALL_TABLE.entryOffset(virtualAddress),
                GmmuV2.pte(aperture, address, aperture.isSystem(), false, GmmuV2.KIND_PITCH));
    }
}
