// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV2.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tables below one entry of the last directory as engines want them: not a page at a time but as far as pages follow one another in
 * memory. Each entry is read once. Nothing is kept and nothing allocated.
 */
final class LeafRuns implements FbSegment.Location {
    private static final ValueLayout.OfLong ENTRY = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PAGE_BYTES = 1 << 12;
    private static final int SMALL_IN_BIG = 16;

    private final FbSegment fb;
    private final Tables tables;
    private @Nullable MemorySegment located;
    private long locatedAt;
    private long lengthBytes;
    private boolean ended;

    LeafRuns(FbSegment fb, Tables tables) {
        this.fb = fb;
        this.tables = tables;
    }

    /** How far the last {@link #find} goes, in bytes from its address on: at least to the end of its page. */
    long lengthBytes() {
        return lengthBytes;
    }

    /** Whether the page behind the last run was looked at and does not follow it. */
    boolean hasEnded() {
        return ended;
    }

    /** The walk ended above: what it found holds for all that the directory's entry covers. */
    long above(long translation, long address, int shift) {
        return page(translation, address, shift);
    }

    /**
     * Translates.
     *
     * @param low first word of the directory's entry
     * @param high second word
     * @param maxBytes how far to look
     * @return the {@link Translation} of the address's own page
     */
    long find(long low, long high, long address, long maxBytes) {
        if (GmmuV2.dualIsPage(low)) {
            return page(Gmmu.page(low, Level.PD0), address, Level.PD0.shift());
        }
        Aperture big = GmmuV2.bigTableAperture(low);
        if (big != null) {
            long at = GmmuV2.bigTableAddress(low) + Level.BIG_TABLE.entryOffset(address);
            long entry = tables.canRead(big, at) ? tables.readEntry(big, at) : GmmuV2.NO_SMALL_TABLE;
            if (GmmuV2.pteIsValid(entry)) {
                return page(Gmmu.page(entry, Level.BIG_TABLE), address, Level.BIG_TABLE.shift());
            }
            if (GmmuV2.pteForbidsSmallTable(entry)) {
                return page(Gmmu.empty(GmmuV2.pteIsSparse(entry)), address, Level.BIG_TABLE.shift());
            }
        }
        Aperture small = GmmuV2.pdeAperture(high);
        if (small == null) {
            boolean sparse = big == null && (GmmuV2.pdeIsSparse(low) || GmmuV2.pdeIsSparse(high));
            return page(Gmmu.empty(sparse), address, big == null ? Level.PD0.shift() : Level.BIG_TABLE.shift());
        }
        return small(small, GmmuV2.pdeAddress(high), address, maxBytes, big == null);
    }

    /** The same translation for a whole page of that size. */
    private long page(long translation, long address, int shift) {
        long bytes = 1L << shift;
        lengthBytes = bytes - (address & bytes - 1);
        ended = false;
        return translation;
    }

    private long small(Aperture aperture, long table, long address, long maxBytes, boolean alone) {
        int index = Level.SMALL_TABLE.index(address);
        long at = table + 8L * index;
        long entry = tables.canRead(aperture, at) ? tables.readEntry(aperture, at) : GmmuV2.INVALID;
        long first = translation(entry);
        page(first, address, Level.SMALL_TABLE.shift());
        int target = Translation.target(first);
        if (target == Translation.VRAM || target == Translation.SYSMEM) {
            // Where there is a table of larger pages too, its next entry has the say over the next 16.
            int end = alone ? Level.SMALL_TABLE.entryCount() : (index | SMALL_IN_BIG - 1) + 1;
            long wanted = Math.ceilDiv(maxBytes - lengthBytes, (long) PAGE_BYTES);
            extend(aperture, at + 8, first, (int) Math.min(end - index - 1, wanted));
        }
        return first;
    }

    private static long translation(long entry) {
        return GmmuV2.pteIsValid(entry) ? Gmmu.page(entry, Level.SMALL_TABLE) : Gmmu.empty(GmmuV2.pteIsSparse(entry));
    }

    /** Goes on over at most so many entries. */
    private void extend(Aperture aperture, long at, long first, int entries) {
        long expected = first;
        if (entries <= 0) {
            return;
        }
        long bytes = aperture == Aperture.VIDEO ? fb.locate(at, 8L * entries, this) : 0;
        MemorySegment memory = located;
        if (memory == null || bytes != 8L * entries) {
            for (int i = 0; i < entries && !ended; i++) {
                expected += PAGE_BYTES;
                long entry = tables.canRead(aperture, at + 8L * i)
                        ? tables.readEntry(aperture, at + 8L * i)
                        : GmmuV2.INVALID;
                follow(entry, expected);
            }
            return;
        }
        long from = locatedAt;
        for (int i = 0; i < entries && !ended; i++) {
            expected += PAGE_BYTES;
            follow(memory.get(ENTRY, from + 8L * i), expected);
        }
    }

    private void follow(long entry, long expected) {
        if (translation(entry) == expected) {
            lengthBytes += PAGE_BYTES;
        } else {
            ended = true;
        }
    }

    @Override
    public void set(MemorySegment memory, long offset) {
        located = memory;
        locatedAt = offset;
    }
}
