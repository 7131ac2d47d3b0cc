// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What {@link PageTree} asks of a version of the page-table format: which levels a tree has and what its entries look like. Tables are in
 * frame buffer.
 *
 * <p>Every known version ends alike: an entry of the last directory covers 2 MiB and has two words. The first is a page of 2 MiB, or
 * leads to a table of 64 KiB pages; the second leads to a table of 4 KiB pages. An entry that is 0 maps nothing.
 */
public final class PageFormat {
    /**
     * A directory.
     *
     * @param shift lowest bit of a virtual address that selects an entry
     * @param entryCount how many there are
     * @param entryBytes 8, or 16 in the last directory
     */
    public record Directory(int shift, int entryCount, int entryBytes) {
        /** Where the entry for an address is, from the start of the directory. */
        int entryOffset(long virtualAddress) {
            return index(virtualAddress) * entryBytes;
        }

        int index(long virtualAddress) {
            return (int) (virtualAddress >>> shift) & (entryCount - 1);
        }
    }

    /** Where a page is. */
    public enum Memory {
        FRAME_BUFFER,
        /** The host's, kept coherent with its caches. */
        HOST
    }

    private final GmmuFormat format;
    private final List<Directory> directories;

    PageFormat(GmmuFormat format) {
        this.format = format;
        Stream<Directory> upper = IntStream.range(0, format.upperDirectories())
                .mapToObj(at -> new Directory(format.upperShift(at), format.upperEntries(at), GmmuFormat.ENTRY_BYTES));
        Directory last = new Directory(GmmuFormat.DUAL_SHIFT, GmmuFormat.DUAL_ENTRIES, GmmuFormat.DUAL_BYTES);
        directories = Stream.concat(upper, Stream.of(last)).toList();
    }

    /** From the root down. */
    public List<Directory> directories() {
        return directories;
    }

    /** A directory's entry that leads to the next directory, or the second word of the last one's that leads to a table of 4 KiB pages. */
    long directoryEntry(long tableAddress) {
        return format.pde(Aperture.VIDEO, tableAddress, false);
    }

    /** The first word of the last directory's entry that leads to a table of 64 KiB pages. */
    long bigTableEntry(long tableAddress) {
        return format.bigTable(Aperture.VIDEO, tableAddress, false);
    }

    /** An entry that maps a page, of any size. */
    long pageEntry(Memory memory, long address, boolean readOnly) {
        return switch (memory) {
            case FRAME_BUFFER -> format.pte(Aperture.VIDEO, address, false, readOnly, GmmuFormat.KIND_PITCH);
            // The GPU's caches must not keep what the host may change.
            case HOST -> format.pte(Aperture.SYSTEM_COHERENT, address, true, readOnly, GmmuFormat.KIND_PITCH);
        };
    }
}
