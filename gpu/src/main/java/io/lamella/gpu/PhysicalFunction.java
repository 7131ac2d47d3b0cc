// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.gpu.pci.FunctionPci;
import io.lamella.gpu.pci.SriovShape;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.GspFactory;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciPhysicalFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/** The physical function, with the VFs that its SR-IOV capability switches on and off. */
final class PhysicalFunction implements PciPhysicalFunction {
    private final FunctionCore core;
    private final VirtualFunction[] virtualFunctions;
    private final SriovShape sriov;
    private volatile int enabled;
    private volatile boolean removed;

    PhysicalFunction(SoftwareGpu gpu, FunctionShape shape, SriovShape sriov, MemoryPort memory, GspFactory gsp) {
        this.sriov = sriov;
        virtualFunctions = new VirtualFunction[sriov.totalFunctions()];
        for (int i = 0; i < virtualFunctions.length; i++) {
            virtualFunctions[i] = new VirtualFunction(gpu, i);
        }
        core = new FunctionCore(
                new FunctionCore.Parts(
                        gpu.name() + " PF",
                        0,
                        shape,
                        memory,
                        gsp,
                        gpu.vbios(),
                        gpu.nanos(),
                        gpu.engines(),
                        new Control()),
                FunctionPci.physical(shape, sriov, new FunctionPci.Events() {
                    @Override
                    public void functionLevelReset() {
                        reset();
                    }

                    @Override
                    public void virtualFunctionsChanged() {
                        updateVirtualFunctions();
                    }
                }));
    }

    FunctionCore core() {
        return core;
    }

    VirtualFunction virtualFunctionAt(int index) {
        return virtualFunctions[Objects.checkIndex(index, virtualFunctions.length)];
    }

    /** Follows the capability; VFs that were switched off lose their vGPU. */
    private void updateVirtualFunctions() {
        enabled = Math.min(core.pci().enabledVirtualFunctions(), virtualFunctions.length);
        for (int i = enabled; i < virtualFunctions.length; i++) {
            virtualFunctions[i].deactivate(true);
        }
    }

    /** The vGPU plugin's side. */
    private final class Control implements VirtualFunctionControl {
        private VirtualFunction at(int gfid) {
            return virtualFunctionAt(gfid - 1);
        }

        @Override
        public int total() {
            return virtualFunctions.length;
        }

        @Override
        public long barBytes(int bar) {
            return sriov.bars().get(bar).sizeBytes();
        }

        @Override
        public boolean isEnabled(int gfid) {
            return Objects.checkIndex(gfid - 1, virtualFunctions.length) < enabled;
        }

        @Override
        public boolean isActive(int gfid) {
            return at(gfid).isActive();
        }

        @Override
        public void activate(int gfid, FunctionShape shape, MemoryPort memory, GspFactory gsp, Runnable gone) {
            VirtualFunction function = at(gfid);
            if (!isEnabled(gfid)) {
                throw new IllegalStateException(
                        "VF " + (gfid - 1) + " is not enabled: SR-IOV has " + enabled + " VFs switched on.");
            }
            if (shape.bar1Bytes() > sriov.bar1Bytes() || shape.bar2Bytes() > sriov.bar2Bytes()) {
                throw new IllegalStateException("A vGPU with a BAR1 of " + shape.bar1Bytes() + " bytes and a BAR3 of "
                        + shape.bar2Bytes() + " does not fit a VF, which has " + sriov.bar1Bytes() + " and "
                        + sriov.bar2Bytes() + ".");
            }
            function.activate(shape, memory, gsp, gone);
            if (!isEnabled(gfid)) {
                // SR-IOV was switched off meanwhile and may have looked at the VF too early.
                function.deactivate(true);
            }
        }

        @Override
        public void deactivate(int gfid) {
            at(gfid).deactivate(false);
        }
    }

    @Override
    public int totalVirtualFunctions() {
        return virtualFunctions.length;
    }

    @Override
    public PciFunction virtualFunction(int index) {
        return virtualFunctionAt(index);
    }

    @Override
    public int configSizeBytes() {
        return core.pci().configSizeBytes();
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        if (removed) {
            return UnusualAccess.ones(sizeBytes);
        }
        return core.readConfig(offset, sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        if (!removed) {
            core.writeConfig(offset, sizeBytes, value);
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        return core.pci().barLayout(bar);
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        if (removed) {
            return UnusualAccess.ones(sizeBytes);
        }
        try {
            return core.readBar(bar, offset, sizeBytes);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            requireRemoved(e);
            return UnusualAccess.ones(sizeBytes);
        }
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        if (removed) {
            return;
        }
        try {
            core.writeBar(bar, offset, sizeBytes, value);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            requireRemoved(e);
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        if (removed || !core.isBulk(bar, offset, destination.byteSize())) {
            PciPhysicalFunction.super.readBar(bar, offset, destination);
            return;
        }
        try {
            core.readBulk(bar, offset, destination);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            requireRemoved(e);
            destination.fill((byte) -1);
        }
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        if (removed || !core.isBulk(bar, offset, source.byteSize())) {
            PciPhysicalFunction.super.writeBar(bar, offset, source);
            return;
        }
        try {
            core.writeBulk(bar, offset, source);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            requireRemoved(e);
        }
    }

    /** An access that was under way when the board went finds its memory revoked or unmapped, which is how it notices. */
    private void requireRemoved(RuntimeException failure) {
        if (!removed) {
            throw failure;
        }
    }

    @Override
    public List<BarWindow> barWindows(int bar) {
        return removed ? List.of() : core.barWindows(bar);
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return FunctionPci.interruptCount(kind);
    }

    @Override
    public void connect(DmaSpace dma, InterruptSink interrupts) {
        core.connect(dma, interrupts);
    }

    @Override
    public void disconnect() {
        core.disconnect();
    }

    /** Resets the PF. That clears VF Enable, so the VFs go too, as on hardware. */
    @Override
    public void reset() {
        if (removed) {
            return;
        }
        // The PF's tasks end first, so that its plugin is not in the middle of something when the VFs go.
        core.tasks().cancelAndWait();
        enabled = 0;
        for (VirtualFunction function : virtualFunctions) {
            function.deactivate(true);
        }
        core.reset();
    }

    /** Takes the board out of its slot, whoever uses it: from here on the function reads as ones and takes nothing. */
    void close() {
        removed = true;
        enabled = 0;
        core.pci().disconnect();
        core.tasks().cancelAndWait();
        for (VirtualFunction function : virtualFunctions) {
            function.deactivate(true);
        }
        core.close();
    }
}
