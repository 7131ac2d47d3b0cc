// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuFormat;
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
    private final GmmuFormat format;
    private final Tables tables;
    private @Nullable MemorySegment located;
    private long locatedAt;
    private long lengthBytes;
    private boolean ended;

    LeafRuns(FbSegment fb, GmmuFormat format, Tables tables) {
        this.fb = fb;
        this.format = format;
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
    long above(long translation, long address) {
        return page(translation, address, Translation.pageShift(translation));
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
        if (format.dualIsPage(low)) {
            return page(Gmmu.page(format, low, GmmuFormat.DUAL_SHIFT), address, GmmuFormat.DUAL_SHIFT);
        }
        Aperture big = format.bigTableAperture(low);
        if (big != null) {
            long at = format.bigTableAddress(low) + GmmuFormat.bigOffset(address);
            long entry = tables.canRead(big, at) ? tables.readEntry(big, at) : format.noSmallTable();
            if (format.pteIsValid(entry)) {
                return page(Gmmu.page(format, entry, GmmuFormat.BIG_SHIFT), address, GmmuFormat.BIG_SHIFT);
            }
            if (format.pteForbidsSmallTable(entry)) {
                return page(Gmmu.empty(format.pteIsSparse(entry)), address, GmmuFormat.BIG_SHIFT);
            }
        }
        Aperture small = format.pdeAperture(high);
        if (small == null) {
            boolean sparse = big == null && (format.pdeIsSparse(low) || format.pdeIsSparse(high));
            return page(Gmmu.empty(sparse), address, big == null ? GmmuFormat.DUAL_SHIFT : GmmuFormat.BIG_SHIFT);
        }
        return small(small, format.pdeAddress(high), address, maxBytes, big == null);
    }

    /** The same translation for a whole page of that size. */
    private long page(long translation, long address, int shift) {
        long bytes = 1L << shift;
        lengthBytes = bytes - (address & bytes - 1);
        ended = false;
        return translation;
    }

    private long small(Aperture aperture, long table, long address, long maxBytes, boolean alone) {
        int index = GmmuFormat.smallIndex(address);
        long at = table + 8L * index;
        long entry = tables.canRead(aperture, at) ? tables.readEntry(aperture, at) : GmmuFormat.INVALID;
        long first = translation(entry);
        page(first, address, GmmuFormat.SMALL_SHIFT);
        int target = Translation.target(first);
        if (target == Translation.VRAM || target == Translation.SYSMEM) {
            // Where there is a table of larger pages too, its next entry has the say over the next 16.
            int end = alone ? GmmuFormat.SMALL_ENTRIES : (index | SMALL_IN_BIG - 1) + 1;
            long wanted = Math.ceilDiv(maxBytes - lengthBytes, (long) PAGE_BYTES);
            extend(aperture, at + 8, first, (int) Math.min(end - index - 1, wanted));
        }
        return first;
    }

    private long translation(long entry) {
        return format.pteIsValid(entry)
                ? Gmmu.page(format, entry, GmmuFormat.SMALL_SHIFT)
                : Gmmu.empty(format.pteIsSparse(entry));
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
                        : GmmuFormat.INVALID;
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
