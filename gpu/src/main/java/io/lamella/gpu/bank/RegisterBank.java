// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.bank;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A built register file. */
public final class RegisterBank {
    static final int PAGE_BYTES = 4096;
    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_WORDS = PAGE_BYTES / 4;

    private static final @Nullable Cell[] EMPTY_PAGE = new Cell[PAGE_WORDS];

    private final int sizeBytes;
    private final SortedMap<Integer, Cell> cells;
    private final @Nullable Cell[][] pages;
    private final UnknownAccesses unknown = new UnknownAccesses();

    /**
     * One register, for listings.
     *
     * @param offset from the start of the bank
     * @param sizeBytes 4, or a window's size
     * @param name the manual's name
     * @param kind constant, storage, hook, command, port or window
     * @param value what it holds now; 0 for windows
     */
    public record Entry(int offset, int sizeBytes, String name, String kind, int value) {
        @Override
        public String toString() {
            return "%06x %-36s %-8s %s"
                    .formatted(
                            offset, name, kind, kind.equals("window") ? sizeBytes + " bytes" : "%08x".formatted(value));
        }
    }

    RegisterBank(int sizeBytes, SortedMap<Integer, Cell> cells) {
        this.sizeBytes = sizeBytes;
        this.cells = new TreeMap<>(cells);
        this.pages = new Cell[sizeBytes / PAGE_BYTES][];
        Arrays.fill(pages, EMPTY_PAGE);
        for (Map.Entry<Integer, Cell> entry : cells.entrySet()) {
            place(entry.getKey(), entry.getValue());
        }
    }

    private void place(int offset, Cell cell) {
        int first = offset >> 2;
        int last = first + BankBuilder.length(cell) / 4;
        // A page that is one window in full shares one array with its neighbours.
        @Nullable Cell @Nullable [] whole = null;
        for (int word = first; word < last; ) {
            int page = word / PAGE_WORDS;
            int inPage = word % PAGE_WORDS;
            if (inPage == 0 && last - word >= PAGE_WORDS) {
                if (whole == null) {
                    whole = new Cell[PAGE_WORDS];
                    Arrays.fill(whole, cell);
                }
                pages[page] = whole;
                word += PAGE_WORDS;
                continue;
            }
            if (isEmpty(pages[page])) {
                pages[page] = new Cell[PAGE_WORDS];
            }
            pages[page][inPage] = cell;
            word++;
        }
    }

    @SuppressWarnings("ReferenceEquality") // The one array that stands for "no page".
    private static boolean isEmpty(@Nullable Cell[] page) {
        return page == EMPTY_PAGE;
    }

    public int sizeBytes() {
        return sizeBytes;
    }

    /** Reads 1, 2, 4 or 8 naturally aligned bytes inside the bank, zero-extended. */
    public long read(int offset, int accessBytes) {
        Cell cell = find(offset);
        if (cell instanceof Cell.Window window && offset - window.offset() <= window.sizeBytes() - accessBytes) {
            return window.target().read(offset - window.offset(), accessBytes);
        }
        if (accessBytes == 8) {
            return Integer.toUnsignedLong(read32(offset)) | ((long) read32(offset + 4) << 32);
        }
        int word = read32(offset & ~3);
        return switch (accessBytes) {
            case 1 -> (word >>> ((offset & 3) * 8)) & 0xff;
            case 2 -> (word >>> ((offset & 2) * 8)) & 0xffff;
            default -> Integer.toUnsignedLong(word);
        };
    }

    /** Writes 1, 2, 4 or 8 naturally aligned bytes inside the bank. */
    public void write(int offset, int accessBytes, long value) {
        Cell cell = find(offset);
        if (cell instanceof Cell.Window window && offset - window.offset() <= window.sizeBytes() - accessBytes) {
            window.target().write(offset - window.offset(), accessBytes, value);
            return;
        }
        switch (accessBytes) {
            case 1 -> {
                int shift = (offset & 3) * 8;
                write32(offset & ~3, (int) (value & 0xff) << shift, 0xff << shift);
            }
            case 2 -> {
                int shift = (offset & 2) * 8;
                write32(offset & ~3, (int) (value & 0xffff) << shift, 0xffff << shift);
            }
            case 8 -> {
                write32(offset, (int) value, -1);
                write32(offset + 4, (int) (value >>> 32), -1);
            }
            default -> write32(offset, (int) value, -1);
        }
    }

    private @Nullable Cell find(int offset) {
        return pages[offset >>> PAGE_SHIFT][(offset >>> 2) & (PAGE_WORDS - 1)];
    }

    private int read32(int offset) {
        Cell cell = find(offset);
        if (cell == null) {
            unknown.countRead(offset);
            return 0;
        }
        if (cell instanceof Cell.Window window) {
            return (int) window.target().read(offset - window.offset(), 4);
        }
        return cell.read();
    }

    private void write32(int offset, int value, int byteMask) {
        Cell cell = find(offset);
        if (cell == null) {
            unknown.countWrite(offset);
        } else if (cell instanceof Cell.Window window) {
            window.target().write(offset - window.offset(), 4, Integer.toUnsignedLong(value));
        } else {
            cell.write(value, byteMask);
        }
    }

    /** Puts every cell that holds its own value back to power-on; blocks behind hooks reset themselves. The counts stay. */
    public void reset() {
        for (Cell cell : cells.values()) {
            cell.reset();
        }
    }

    /** Accesses to offsets that nobody declared. */
    public UnknownAccesses unknown() {
        return unknown;
    }

    /** Every register, by offset, with its value now. */
    public List<Entry> entries() {
        List<Entry> list = new ArrayList<>(cells.size());
        cells.forEach((offset, cell) ->
                list.add(new Entry(offset, BankBuilder.length(cell), cell.name(), cell.kind(), cell.peek())));
        return list;
    }
}
