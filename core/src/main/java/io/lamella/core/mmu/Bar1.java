// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.device.Device;
import io.lamella.core.pool.RangePool;
import io.lamella.hw.reg.Vfn;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The address space of BAR1 and its page tables in frame buffer, format version 2 (Pascal to Ada).
 *
 * <p>The firmware owns the root page; the driver hangs its tables into it. Tables are made when first needed and kept. Where both ends are
 * aligned to it a page has 2 MiB, otherwise 4 KiB.
 */
public final class Bar1 {
    /** The least that can be mapped. */
    public static final int PAGE_BYTES = 4096;

    private static final int LARGE_PAGE_BYTES = 2 << 20;
    private static final int TABLE_BYTES = 4096;
    private static final int TLB_TIMEOUT_MILLIS = 2_000;
    /** How far each level's index is up in an address, from the root down to the one whose entries are double. */
    private static final int[] LEVEL_SHIFTS = {47, 38, 29, 21};

    private static final int DOUBLE_LEVEL = LEVEL_SHIFTS.length - 1;
    private static final int PAGE_SHIFT = 12;
    private static final long TABLE_IN_VIDEO_MEMORY = 0x2;
    private static final long VALID = 0x1;

    private record Table(int level, long index) {}

    private final Device device;
    private final Pramin pramin;
    private final RangePool addresses;
    private final LongSupplier tableMemory;
    private final long root;
    private final Map<Table, Long> tables = new HashMap<>();

    /**
     * @param root the firmware's root page
     * @param tableMemory gives 4 KiB of frame buffer for a table
     */
    public Bar1(Device device, long root, LongSupplier tableMemory) {
        this.device = device;
        this.pramin = new Pramin(device);
        this.root = root;
        this.tableMemory = tableMemory;
        this.addresses = new RangePool("BAR1", "bytes", 0, device.barSizeBytes(Device.BAR1));
    }

    /**
     * Maps frame buffer.
     *
     * @param fbAddress a multiple of 4 KiB
     * @param sizeBytes a multiple of 4 KiB
     * @return where in BAR1
     */
    public long map(long fbAddress, long sizeBytes) {
        boolean large = fbAddress % LARGE_PAGE_BYTES == 0 && sizeBytes >= LARGE_PAGE_BYTES;
        long address = addresses.take(sizeBytes, large ? LARGE_PAGE_BYTES : PAGE_BYTES, RangePool.End.LOW);
        try {
            fill(address, fbAddress, sizeBytes, true);
        } catch (RuntimeException failure) {
            addresses.give(address, sizeBytes);
            throw failure;
        }
        return address;
    }

    /** Takes away what {@link #map} gave. */
    public void unmap(long address, long fbAddress, long sizeBytes) {
        fill(address, fbAddress, sizeBytes, false);
        addresses.give(address, sizeBytes);
    }

    private void fill(long address, long fbAddress, long sizeBytes, boolean valid) {
        synchronized (tables) {
            long done = 0;
            while (done < sizeBytes) {
                long at = address + done;
                long from = fbAddress + done;
                boolean large = at % LARGE_PAGE_BYTES == 0
                        && from % LARGE_PAGE_BYTES == 0
                        && sizeBytes - done >= LARGE_PAGE_BYTES;
                long entry = valid ? from >>> 4 | VALID : 0;
                if (large) {
                    pramin.write(doubleEntry(at), entry);
                    done += LARGE_PAGE_BYTES;
                } else {
                    pramin.write(smallTable(at) + (at >>> PAGE_SHIFT & 0x1ff) * 8, entry);
                    done += PAGE_BYTES;
                }
            }
        }
        pramin.flush();
        invalidate();
    }

    /** Where the entry for 2 MiB is: its first half is a large page, its second half a table of small ones. */
    private long doubleEntry(long address) {
        return table(DOUBLE_LEVEL, address) + (address >>> LEVEL_SHIFTS[DOUBLE_LEVEL] & 0xff) * 16;
    }

    private long smallTable(long address) {
        Table key = new Table(DOUBLE_LEVEL + 1, address >>> LEVEL_SHIFTS[DOUBLE_LEVEL]);
        Long known = tables.get(key);
        return known != null ? known : link(key, doubleEntry(address) + 8);
    }

    /** The table of a level that an address goes through. */
    private long table(int level, long address) {
        if (level == 0) {
            return root;
        }
        int shift = LEVEL_SHIFTS[level - 1];
        Table key = new Table(level, address >>> shift);
        Long known = tables.get(key);
        return known != null ? known : link(key, table(level - 1, address) + (address >>> shift & 0x1ff) * 8);
    }

    private long link(Table key, long entry) {
        long memory = tableMemory.getAsLong();
        pramin.zero(memory, TABLE_BYTES);
        pramin.write(entry, memory >>> 4 | TABLE_IN_VIDEO_MEMORY);
        tables.put(key, memory);
        return memory;
    }

    /** Drops the translations that the GPU keeps. One at a time: whoever finds another under way waits, without a lock. */
    private void invalidate() {
        device.await("take a TLB invalidation", TLB_TIMEOUT_MILLIS, this::tryInvalidate);
        device.await(
                "finish a TLB invalidation",
                TLB_TIMEOUT_MILLIS,
                () -> !device.read(Vfn.TLB_INVALIDATE).trigger());
    }

    private synchronized boolean tryInvalidate() {
        if (device.read(Vfn.TLB_INVALIDATE).trigger()) {
            return false;
        }
        device.write(Vfn.TLB_PDB, (int) (root >>> 8));
        device.write(Vfn.TLB_PDB_HI, (int) (root >>> 40));
        device.write(
                Vfn.TLB_INVALIDATE,
                new Vfn.TlbInvalidate(0).withTrigger(true).withAllVa(true).withHubOnly(true));
        return true;
    }
}
