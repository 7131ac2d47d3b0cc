// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import java.util.List;

/**
 * A version of the page-table format: which levels a tree has and what its entries look like. One class per version; {@link PageTree} does
 * what all have in common.
 *
 * <p>Every known version ends alike: an entry of the last directory covers 2 MiB and has two words. The first is a page of 2 MiB, or
 * leads to a table of 64 KiB pages; the second leads to a table of 4 KiB pages. An entry that is 0 maps nothing.
 */
public interface PageFormat {
    /**
     * A directory.
     *
     * @param shift lowest bit of a virtual address that selects an entry
     * @param entryCount how many there are
     * @param entryBytes 8, or 16 in the last directory
     */
    record Directory(int shift, int entryCount, int entryBytes) {
        /** Where the entry for an address is, from the start of the directory. */
        int entryOffset(long virtualAddress) {
            return index(virtualAddress) * entryBytes;
        }

        int index(long virtualAddress) {
            return (int) (virtualAddress >>> shift) & (entryCount - 1);
        }
    }

    /** Where a page is. */
    enum Memory {
        FRAME_BUFFER,
        /** The host's, kept coherent with its caches. */
        HOST
    }

    /** From the root down. */
    List<Directory> directories();

    /** A directory's entry that leads to the next directory, or the second word of the last one's that leads to a table of 4 KiB pages. */
    long directoryEntry(long tableAddress);

    /** The first word of the last directory's entry that leads to a table of 64 KiB pages. */
    long bigTableEntry(long tableAddress);

    /** An entry that maps a page, of any size. */
    long pageEntry(Memory memory, long address, boolean readOnly);
}
