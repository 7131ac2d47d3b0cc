// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.core.device.Device;
import io.lamella.hw.Architecture;
import io.lamella.hw.reg.Vfn;

/** What all page tables of a GPU share: their format, the way to write them, memory for them, and the TLB that has to forget them. */
public final class Mmu {
    private static final int TLB_TIMEOUT_MILLIS = 2_000;

    private final Device device;
    private final PageFormat format;
    private final TableMemory memory;
    private final Pramin pramin;

    public Mmu(Device device, Architecture architecture, TableMemory memory) {
        this.device = device;
        this.format = new PageFormat(architecture.pageTables());
        this.memory = memory;
        this.pramin = new Pramin(device, architecture.praminWindow());
    }

    public PageFormat format() {
        return format;
    }

    TableMemory memory() {
        return memory;
    }

    Pramin pramin() {
        return pramin;
    }

    /**
     * Drops the translations that the GPU keeps of a tree, once what was written of it can be seen. One at a time: whoever finds another
     * under way waits, without a lock.
     *
     * @param hubOnly whether nothing but the hub uses the tree, as with BAR1
     */
    void invalidate(long root, boolean hubOnly) {
        pramin.flush();
        device.await("take a TLB invalidation", TLB_TIMEOUT_MILLIS, () -> tryInvalidate(root, hubOnly));
        device.await(
                "finish a TLB invalidation",
                TLB_TIMEOUT_MILLIS,
                () -> !device.read(Vfn.TLB_INVALIDATE).trigger());
    }

    private synchronized boolean tryInvalidate(long root, boolean hubOnly) {
        if (device.read(Vfn.TLB_INVALIDATE).trigger()) {
            return false;
        }
        device.write(Vfn.TLB_PDB, (int) (root >>> 8));
        device.write(Vfn.TLB_PDB_HI, (int) (root >>> 40));
        device.write(
                Vfn.TLB_INVALIDATE,
                new Vfn.TlbInvalidate(0).withTrigger(true).withAllVa(true).withHubOnly(hubOnly));
        return true;
    }
}
