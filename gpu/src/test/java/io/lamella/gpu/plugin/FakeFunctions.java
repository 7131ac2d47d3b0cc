// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.gsp.FakeHost;
import io.lamella.gpu.gsp.GspInstance;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.GspFactory;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.pci.DmaMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Virtual functions under a test: what a plugin does with them is kept to be looked at. */
final class FakeFunctions implements VirtualFunctionControl {
    private final int total;
    private volatile int enabled;
    private final Map<Integer, Active> active = new ConcurrentHashMap<>();

    /** A function with a vGPU. */
    record Active(
            FunctionShape shape, FunctionMemory memory, DmaMap dma, FakeHost host, GspInstance gsp, Runnable gone) {}

    FakeFunctions(int total) {
        this.total = total;
        enabled = total;
    }

    void enable(int count) {
        enabled = count;
    }

    Active at(int gfid) {
        Active found = active.get(gfid);
        if (found == null) {
            throw new AssertionError("GFID " + gfid + " has no vGPU.");
        }
        return found;
    }

    @Override
    public int total() {
        return total;
    }

    @Override
    public long barBytes(int bar) {
        return bar == 2 ? 0 : 16L << 20 << bar;
    }

    @Override
    public boolean isEnabled(int gfid) {
        return gfid <= enabled;
    }

    @Override
    public boolean isActive(int gfid) {
        return active.containsKey(gfid);
    }

    @Override
    public void activate(int gfid, FunctionShape shape, MemoryPort memory, GspFactory gsp, Runnable gone) {
        DmaMap dma = new DmaMap();
        FakeHost host = new FakeHost(gfid, shape, dma, memory, null);
        GspInstance made = (GspInstance) gsp.create(host);
        active.put(gfid, new Active(shape, (FunctionMemory) memory, dma, host, made, gone));
    }

    @Override
    public void deactivate(int gfid) {
        Active old = active.remove(gfid);
        if (old != null) {
            old.host().tasks().cancelAndWait();
            old.gsp().close();
            old.memory().close();
        }
    }
}
