// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.mmu.PageFormat.Directory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page tables of one address space, in frame buffer. Their contents are known here, so they are never read back. Tables are made when
 * first needed and freed when they have become empty.
 *
 * <p>Not thread-safe: the address space's owner has a lock. Which addresses are mapped is the owner's to know; what is mapped twice or
 * unmapped without having been mapped makes the counts wrong.
 */
public final class PageTree {
    private static final int SMALL_SHIFT = 12;
    private static final int BIG_SHIFT = 16;
    private static final int LARGE_SHIFT = 21;
    private static final long BIG_BYTES = 1L << BIG_SHIFT;
    private static final long LARGE_BYTES = 1L << LARGE_SHIFT;
    private static final int SECOND_WORD = Long.BYTES;

    /** A directory or a table, and how many of its entries are in use. */
    private static final class Table {
        final long address;
        /** What the directory's entries lead to, by the entry's offset. */
        final Map<Integer, Table> below = new HashMap<>();

        int used;

        Table(long address) {
            this.address = address;
        }
    }

    private final Mmu mmu;
    private final List<Directory> directories;
    private final boolean hubOnly;
    private final boolean ownsRoot;
    private final Table root;

    private PageTree(Mmu mmu, long root, boolean ownsRoot, boolean hubOnly) {
        this.mmu = mmu;
        this.directories = mmu.format().directories();
        this.root = new Table(root);
        this.ownsRoot = ownsRoot;
        this.hubOnly = hubOnly;
    }

    /** An empty tree. */
    public static PageTree create(Mmu mmu) {
        long root = mmu.memory().take();
        try {
            mmu.pramin().zero(root, TableMemory.PAGE_BYTES);
            mmu.pramin().flush();
        } catch (RuntimeException failure) {
            mmu.memory().give(root);
            throw failure;
        }
        return new PageTree(mmu, root, true, false);
    }

    /** A tree below a root of the firmware's, for the aperture alone. */
    static PageTree below(Mmu mmu, long root) {
        return new PageTree(mmu, root, false, true);
    }

    /** Address of the root in frame buffer. */
    public long root() {
        return root.address;
    }

    /**
     * Maps memory, with the largest pages that fit. If it throws nothing of it is mapped.
     *
     * @param address virtual; like the others a multiple of 4 KiB
     * @param target the memory's address
     */
    public void map(long address, PageFormat.Memory memory, long target, long sizeBytes, boolean readOnly) {
        long done = 0;
        try {
            while (done < sizeBytes) {
                done += mapSome(address + done, memory, target + done, sizeBytes - done, readOnly);
            }
        } catch (RuntimeException failure) {
            undo(address, target, done, sizeBytes, failure);
            throw failure;
        }
        mmu.invalidate(root.address, hubOnly);
    }

    private void undo(long address, long target, long done, long sizeBytes, RuntimeException failure) {
        try {
            // Pages were chosen by what was left of the whole.
            unmap(address, target, done, sizeBytes);
        } catch (RuntimeException another) {
            failure.addSuppressed(another);
        }
    }

    /** Maps pages of one size, at most as many as one table has. Returns the bytes. */
    private long mapSome(long address, PageFormat.Memory memory, long target, long leftBytes, boolean readOnly) {
        int shift = pageShift(address, target, leftBytes);
        Table last = directory(address);
        int entry = directories.getLast().entryOffset(address);
        if (shift == LARGE_SHIFT) {
            write(last, entry, mmu.format().pageEntry(memory, target, readOnly));
            last.used++;
            return LARGE_BYTES;
        }
        Table table = shift == BIG_SHIFT ? below(last, entry, true) : below(last, entry + SECOND_WORD, false);
        long pageBytes = 1L << shift;
        long done = 0;
        do {
            write(table, offsetIn(address + done, shift), mmu.format().pageEntry(memory, target + done, readOnly));
            table.used++;
            done += pageBytes;
        } while (done < leftBytes
                && (address + done) % LARGE_BYTES != 0
                && pageShift(address + done, target + done, leftBytes - done) == shift);
        return done;
    }

    /** What {@link #map} chooses; a function of these three alone, so that unmapping finds the same pages. */
    private static int pageShift(long address, long target, long leftBytes) {
        long both = address | target;
        if (both % LARGE_BYTES == 0 && leftBytes >= LARGE_BYTES) {
            return LARGE_SHIFT;
        }
        return both % BIG_BYTES == 0 && leftBytes >= BIG_BYTES ? BIG_SHIFT : SMALL_SHIFT;
    }

    private static int offsetIn(long address, int shift) {
        return (int) (address % LARGE_BYTES >>> shift) * Long.BYTES;
    }

    /** Unmaps what one call of {@link #map} mapped. When it returns the GPU no longer uses it. */
    public void unmap(long address, long target, long sizeBytes) {
        unmap(address, target, sizeBytes, sizeBytes);
    }

    private void unmap(long address, long target, long sizeBytes, long mappedBytes) {
        List<Table> empty = new ArrayList<>();
        for (long done = 0; done < sizeBytes; ) {
            done += unmapSome(address + done, target + done, mappedBytes - done, sizeBytes - done, empty);
        }
        mmu.invalidate(root.address, hubOnly);
        empty.forEach(table -> mmu.memory().give(table.address));
    }

    private long unmapSome(long address, long target, long leftOfMapped, long leftBytes, List<Table> empty) {
        int shift = pageShift(address, target, leftOfMapped);
        Table last = directory(address);
        int entry = directories.getLast().entryOffset(address);
        if (shift == LARGE_SHIFT) {
            write(last, entry, 0);
            release(last, 1, address, empty);
            return LARGE_BYTES;
        }
        int word = shift == BIG_SHIFT ? entry : entry + SECOND_WORD;
        Table table = below(last, word, shift == BIG_SHIFT);
        long done = 0;
        do {
            write(table, offsetIn(address + done, shift), 0);
            table.used--;
            done += 1L << shift;
        } while (done < leftBytes
                && (address + done) % LARGE_BYTES != 0
                && pageShift(address + done, target + done, leftOfMapped - done) == shift);
        if (table.used == 0) {
            write(last, word, 0);
            last.below.remove(word);
            empty.add(table);
            release(last, 1, address, empty);
        }
        return done;
    }

    /** Counts entries of the last directory that are no longer in use, and takes directories out that have become empty. */
    private void release(Table last, int entries, long address, List<Table> empty) {
        List<Table> path = path(address);
        last.used -= entries;
        for (int level = path.size() - 1; level > 0 && path.get(level).used == 0; level--) {
            Table parent = path.get(level - 1);
            int entry = directories.get(level - 1).entryOffset(address);
            write(parent, entry, 0);
            parent.below.remove(entry);
            parent.used--;
            empty.add(path.get(level));
        }
    }

    /** The directories that an address goes through, as far as they are there. */
    private List<Table> path(long address) {
        List<Table> path = new ArrayList<>();
        @Nullable Table table = root;
        for (int level = 0; table != null && level < directories.size(); level++) {
            path.add(table);
            table = table.below.get(directories.get(level).entryOffset(address));
        }
        return path;
    }

    /** The last directory that an address goes through; made if it is not there yet. */
    private Table directory(long address) {
        Table table = root;
        for (Directory level : directories.subList(0, directories.size() - 1)) {
            table = below(table, level.entryOffset(address), false);
        }
        return table;
    }

    private Table below(Table parent, int entry, boolean big) {
        Table known = parent.below.get(entry);
        if (known != null) {
            return known;
        }
        long memory = mmu.memory().take();
        try {
            mmu.pramin().zero(memory, TableMemory.PAGE_BYTES);
            PageFormat format = mmu.format();
            write(parent, entry, big ? format.bigTableEntry(memory) : format.directoryEntry(memory));
        } catch (RuntimeException failure) {
            mmu.memory().give(memory);
            throw failure;
        }
        Table table = new Table(memory);
        parent.below.put(entry, table);
        parent.used++;
        return table;
    }

    private void write(Table table, int offset, long entry) {
        mmu.pramin().write(table.address + offset, entry);
    }

    /** Frees all tables. The GPU must have been told to forget the tree. */
    public void free() {
        freeBelow(root);
        if (ownsRoot) {
            mmu.memory().give(root.address);
        }
    }

    private void freeBelow(Table table) {
        for (Table lower : table.below.values()) {
            freeBelow(lower);
            mmu.memory().give(lower.address);
        }
        table.below.clear();
        table.used = 0;
    }
}
