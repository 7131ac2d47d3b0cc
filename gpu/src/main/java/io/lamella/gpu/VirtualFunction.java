// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.gpu.pci.FunctionPci;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.GspFactory;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A virtual function. Without a vGPU it reads as ones and is this one small object; with one it is a complete function.
 *
 * <p>Its serving thread and the PF's tasks, which give it a vGPU and take it away, meet here. An access marks itself as under way, which
 * costs two volatile writes; whoever takes the vGPU away first unpublishes it and then waits for the access to end.
 */
final class VirtualFunction implements PciFunction {
    private static final long ACCESS_POLL_NANOS = 10_000;

    private final int index;
    private final SoftwareGpu gpu;
    private volatile @Nullable FunctionCore core;
    private volatile boolean accessing;
    // Guarded by this: the other side, kept for a vGPU that comes later.
    private @Nullable DmaSpace dma;
    private @Nullable InterruptSink sink;
    private @Nullable Runnable gone;

    VirtualFunction(SoftwareGpu gpu, int index) {
        this.gpu = gpu;
        this.index = index;
    }

    int gfid() {
        return index + 1;
    }

    boolean isActive() {
        return core != null;
    }

    /** The function behind it, or null while there is no vGPU. */
    @Nullable
    FunctionCore core() {
        return core;
    }

    synchronized void activate(FunctionShape shape, MemoryPort memory, GspFactory gsp, Runnable whenGone) {
        if (core != null) {
            throw new IllegalStateException("VF " + index + " has a vGPU already; deactivate it first.");
        }
        FunctionCore made = new FunctionCore(
                new FunctionCore.Parts(
                        gpu.name() + " VF " + index,
                        gfid(),
                        shape,
                        memory,
                        gsp,
                        gpu.vbios(),
                        gpu.nanos(),
                        gpu.engines(),
                        null),
                FunctionPci.virtual(shape, new FunctionPci.Events() {
                    @Override
                    public void functionLevelReset() {
                        // Inside an access already, so the function cannot be closed under this.
                        FunctionCore now = core;
                        if (now != null) {
                            now.reset();
                        }
                    }

                    @Override
                    public void virtualFunctionsChanged() {}
                }));
        if (dma != null && sink != null) {
            made.connect(dma, sink);
        }
        gone = whenGone;
        core = made;
    }

    /**
     * Takes the vGPU away, if there is one.
     *
     * @param tell whether to run what was given to {@link #activate} for that
     */
    synchronized void deactivate(boolean tell) {
        FunctionCore old = core;
        if (old == null) {
            return;
        }
        core = null;
        // An access that waits for its VM's memory may take as long as that VM's client likes, page after page: nobody
        // else waits for more
        // than one of them.
        old.pci().disconnect();
        // The serving thread of another function is in here for one register access at the most, or for its own reset.
        while (accessing) {
            LockSupport.parkNanos(ACCESS_POLL_NANOS);
        }
        old.close();
        Runnable whenGone = gone;
        gone = null;
        if (tell && whenGone != null) {
            whenGone.run();
        }
    }

    // Accesses. Each takes the core once and shows that it is using it.

    private @Nullable FunctionCore enter() {
        accessing = true;
        FunctionCore now = core;
        if (now == null) {
            accessing = false;
        }
        return now;
    }

    private void leave() {
        accessing = false;
    }

    @Override
    public int configSizeBytes() {
        return 4096;
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        FunctionCore now = enter();
        if (now == null) {
            return UnusualAccess.ones(sizeBytes);
        }
        try {
            return now.readConfig(offset, sizeBytes);
        } finally {
            leave();
        }
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        FunctionCore now = enter();
        if (now == null) {
            return;
        }
        try {
            now.writeConfig(offset, sizeBytes, value);
        } finally {
            leave();
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        FunctionCore now = core;
        return now == null ? BarLayout.ABSENT : now.pci().barLayout(bar);
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        FunctionCore now = enter();
        if (now == null) {
            return UnusualAccess.ones(sizeBytes);
        }
        try {
            return now.readBar(bar, offset, sizeBytes);
        } finally {
            leave();
        }
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        FunctionCore now = enter();
        if (now == null) {
            return;
        }
        try {
            now.writeBar(bar, offset, sizeBytes, value);
        } finally {
            leave();
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        FunctionCore now = enter();
        if (now == null) {
            destination.fill((byte) -1);
            return;
        }
        try {
            if (now.isBulk(bar, offset, destination.byteSize())) {
                now.readBulk(bar, offset, destination);
                return;
            }
        } finally {
            leave();
        }
        PciFunction.super.readBar(bar, offset, destination);
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        FunctionCore now = enter();
        if (now == null) {
            return;
        }
        try {
            if (now.isBulk(bar, offset, source.byteSize())) {
                now.writeBulk(bar, offset, source);
                return;
            }
        } finally {
            leave();
        }
        PciFunction.super.writeBar(bar, offset, source);
    }

    @Override
    public List<BarWindow> barWindows(int bar) {
        FunctionCore now = core;
        return now == null ? List.of() : now.barWindows(bar);
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return FunctionPci.interruptCount(kind);
    }

    @Override
    public synchronized void connect(DmaSpace newDma, InterruptSink interrupts) {
        if (dma != null) {
            throw new IllegalStateException("VF " + index + " is connected already; disconnect it first.");
        }
        dma = newDma;
        sink = interrupts;
        FunctionCore now = core;
        if (now != null) {
            now.connect(newDma, interrupts);
        }
    }

    @Override
    public synchronized void disconnect() {
        dma = null;
        sink = null;
        FunctionCore now = core;
        if (now != null) {
            now.disconnect();
        }
    }

    @Override
    public void reset() {
        FunctionCore now = enter();
        if (now == null) {
            return;
        }
        try {
            now.reset();
        } finally {
            leave();
        }
    }
}
