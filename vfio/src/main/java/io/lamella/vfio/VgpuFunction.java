// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.vgpu.type.VgpuType.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A virtual function as the VM sees it: with the identity of the vGPU's type, and with someone watching its bus-master bit and its
 * resets. Everything else is the virtual function's own.
 *
 * <p>Called by the thread that serves the VM, one access at a time. Adds no allocation and no lock to an access.
 */
final class VgpuFunction implements PciFunction {
    private static final int VENDOR_ID = 0x00;
    private static final int COMMAND = 0x04;
    private static final int CLASS_CODE = 0x09;
    private static final int SUBSYSTEM_VENDOR_ID = 0x2c;
    private static final int BUS_MASTER = 1 << 2;

    private final PciFunction function;
    private final Watcher watcher;
    private final int ids;
    private final int subsystemIds;
    private final int classCode;
    private boolean busMaster;
    private volatile boolean unusable;

    /** Who watches. Called on the serving thread. */
    interface Watcher {
        /** The guest changed the bus-master bit. Must not wait. */
        void busMasterChanged(boolean enabled);

        /** The VM reset the function, which is done; what is behind it is next. */
        void functionReset();
    }

    VgpuFunction(PciFunction function, PciIdentity identity, Watcher watcher) {
        this.function = function;
        this.watcher = watcher;
        this.ids = identity.id().device() << 16 | identity.id().vendor();
        this.subsystemIds =
                identity.subsystem().device() << 16 | identity.subsystem().vendor();
        this.classCode = identity.classCode();
    }

    /** From here on everything reads as ones and nothing is written, as of a function that is gone; or not, again. */
    void setUnusable(boolean value) {
        unusable = value;
    }

    @Override
    public int configSizeBytes() {
        return function.configSizeBytes();
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        if (unusable) {
            return ones(sizeBytes);
        }
        long value = function.readConfig(offset, sizeBytes);
        if (offset < SUBSYSTEM_VENDOR_ID + 4 && !(value == ones(sizeBytes) && isGone())) {
            value = laidOver(value, offset, sizeBytes, VENDOR_ID, 4, ids);
            value = laidOver(value, offset, sizeBytes, CLASS_CODE, 3, classCode);
            value = laidOver(value, offset, sizeBytes, SUBSYSTEM_VENDOR_ID, 4, subsystemIds);
        }
        return value;
    }

    /** A function that is gone has no identity to lay ours over: drivers tell it by the ones. */
    private boolean isGone() {
        return function.readConfig(VENDOR_ID, 2) == 0xffff;
    }

    /** {@code value}, read at {@code offset}, with those of its bytes replaced that lie in the {@code length} bytes at {@code at}. */
    private static long laidOver(long value, int offset, int sizeBytes, int at, int length, int bytes) {
        if (offset < 0 || offset >= at + length || offset + sizeBytes <= at) {
            return value;
        }
        long result = value;
        for (int i = 0; i < sizeBytes; i++) {
            int index = offset + i - at;
            if (index >= 0 && index < length) {
                long mask = 0xffL << (8 * i);
                result = (result & ~mask) | ((long) (bytes >>> (8 * index) & 0xff) << (8 * i));
            }
        }
        return result;
    }

    private static long ones(int sizeBytes) {
        return sizeBytes >= 8 ? -1L : (1L << (8 * sizeBytes)) - 1;
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        if (unusable) {
            return;
        }
        function.writeConfig(offset, sizeBytes, value);
        if (offset < COMMAND + 2 && offset + sizeBytes > COMMAND) {
            boolean now = (function.readConfig(COMMAND, 2) & BUS_MASTER) != 0;
            if (now != busMaster) {
                busMaster = now;
                watcher.busMasterChanged(now);
            }
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        return function.barLayout(bar);
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        return unusable ? ones(sizeBytes) : function.readBar(bar, offset, sizeBytes);
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        if (!unusable) {
            function.writeBar(bar, offset, sizeBytes, value);
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        if (unusable) {
            destination.fill((byte) -1);
        } else {
            function.readBar(bar, offset, destination);
        }
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        if (!unusable) {
            function.writeBar(bar, offset, source);
        }
    }

    @Override
    public List<BarWindow> barWindows(int bar) {
        return function.barWindows(bar);
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return function.interruptCount(kind);
    }

    @Override
    public void connect(DmaSpace dma, InterruptSink interrupts) {
        function.connect(dma, interrupts);
    }

    @Override
    public void disconnect() {
        function.disconnect();
    }

    @Override
    public boolean isResettable() {
        return function.isResettable();
    }

    @Override
    public void reset() {
        function.reset();
        busMaster = (function.readConfig(COMMAND, 2) & BUS_MASTER) != 0 && !unusable;
        watcher.functionReset();
    }
}
