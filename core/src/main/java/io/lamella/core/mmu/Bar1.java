// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.device.Device;
import io.lamella.core.pool.RangePool;
import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV2.Level;
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
    private static final int TLB_TIMEOUT_MILLIS = 2_000;

    private record Table(Level level, long index) {}

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
                long entry = valid ? GmmuV2.pte(Aperture.VIDEO, from, false, false, GmmuV2.KIND_PITCH) : GmmuV2.INVALID;
                if (large) {
                    pramin.write(entryOf(Level.PD0, at), entry);
                    done += LARGE_PAGE_BYTES;
                } else {
                    pramin.write(entryOf(Level.SMALL_TABLE, at), entry);
                    done += PAGE_BYTES;
                }
            }
        }
        pramin.flush();
        invalidate();
    }

    /** Where the entry of a level is that an address goes through. */
    private long entryOf(Level level, long address) {
        return table(level, address) + level.entryOffset(address);
    }

    /** The table of a level that an address goes through; made and linked if it is not there yet. */
    private long table(Level level, long address) {
        return switch (level) {
            case PD3 -> root;
            case PD2 -> below(Level.PD3, level, address, 0);
            case PD1 -> below(Level.PD2, level, address, 0);
            case PD0 -> below(Level.PD1, level, address, 0);
            // The second half of a double entry leads to the table of 4 KiB pages.
            case SMALL_TABLE -> below(Level.PD0, level, address, Long.BYTES);
            case BIG_TABLE -> throw new IllegalArgumentException("There are no tables of 64 KiB pages here.");
        };
    }

    private long below(Level parent, Level level, long address, int half) {
        Table key = new Table(level, address >>> parent.shift());
        Long known = tables.get(key);
        return known != null ? known : link(key, entryOf(parent, address) + half);
    }

    private long link(Table key, long entry) {
        long memory = tableMemory.getAsLong();
        pramin.zero(memory, GmmuV2.TABLE_ALIGNMENT_BYTES);
        pramin.write(entry, GmmuV2.pde(Aperture.VIDEO, memory, false));
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
