// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.gpu.host.EngineThread;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.FunctionTasks;
import io.lamella.gpu.port.GspHost;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.gpu.trace.FunctionTrace;
import io.lamella.pci.DmaSpace;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The function around a GSP under test. */
public final class FakeHost implements GspHost {
    private final int gfid;
    private final FunctionShape shape;
    private final DmaSpace dma;
    private final MemoryPort memory;
    private final @Nullable VirtualFunctionControl virtualFunctions;
    private final FunctionTasks tasks;
    private final EngineThread engines = new EngineThread("test", System::nanoTime);
    private final int[] mailboxes = new int[2];
    private final FunctionTrace trace = new FunctionTrace(System::nanoTime);
    private final AtomicInteger interrupts = new AtomicInteger();
    private volatile boolean riscvActive;

    public FakeHost(
            int gfid,
            FunctionShape shape,
            DmaSpace dma,
            MemoryPort memory,
            @Nullable VirtualFunctionControl virtualFunctions) {
        this.gfid = gfid;
        this.shape = shape;
        this.dma = dma;
        this.memory = memory;
        this.virtualFunctions = virtualFunctions;
        tasks = new FunctionTasks("test " + gfid);
    }

    @Override
    public String name() {
        return "test " + gfid;
    }

    @Override
    public int gfid() {
        return gfid;
    }

    @Override
    public FunctionShape shape() {
        return shape;
    }

    @Override
    public DmaSpace dma() {
        return dma;
    }

    @Override
    public MemoryPort memory() {
        return memory;
    }

    @Override
    public FunctionTasks tasks() {
        return tasks;
    }

    @Override
    public LongSupplier nanos() {
        return System::nanoTime;
    }

    @Override
    public long timerNanos() {
        return System.nanoTime();
    }

    @Override
    public FunctionTrace trace() {
        return trace;
    }

    @Override
    public EngineThread engines() {
        return engines;
    }

    @Override
    public void raiseGspInterrupt() {
        interrupts.incrementAndGet();
    }

    @Override
    public void raise(int vector) {}

    @Override
    public synchronized int mailbox(int index) {
        return mailboxes[index];
    }

    @Override
    public synchronized void setMailbox(int index, int value) {
        mailboxes[index] = value;
    }

    @Override
    public void setRiscvActive(boolean active) {
        riscvActive = active;
    }

    @Override
    public VirtualFunctionControl virtualFunctions() {
        if (virtualFunctions == null) {
            throw new IllegalStateException("A VF has no VFs.");
        }
        return virtualFunctions;
    }

    /** How often the driver was interrupted. */
    public int interrupts() {
        return interrupts.get();
    }

    public boolean isRiscvActive() {
        return riscvActive;
    }

    /** Returns when the function's tasks have nothing to do. */
    public void awaitIdle() {
        try {
            tasks.awaitIdle();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
