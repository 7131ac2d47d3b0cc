// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.RegisterBank;
import io.lamella.gpu.block.Identity;
import io.lamella.gpu.block.Wpr2;
import io.lamella.gpu.falcon.FalconHost;
import io.lamella.gpu.falcon.FalconUnit;
import io.lamella.gpu.falcon.SecureBoot;
import io.lamella.gpu.host.EngineThread;
import io.lamella.gpu.intr.InterruptTree;
import io.lamella.gpu.pci.FunctionPci;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.FunctionTasks;
import io.lamella.gpu.port.GspFactory;
import io.lamella.gpu.port.GspHost;
import io.lamella.gpu.port.GspPort;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.gpu.port.Vectors;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.gpu.timer.Timer;
import io.lamella.gpu.trace.FunctionTap;
import io.lamella.gpu.trace.FunctionTrace;
import io.lamella.gpu.trace.LifeStep;
import io.lamella.gpu.trace.TraceKind;
import io.lamella.gpu.trace.TraceRing;
import io.lamella.gpu.trace.TracedInterrupts;
import io.lamella.hw.Chip;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.Vfn;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptSink;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One complete function: its PCI side and everything behind its BARs. The PF is one; a VF is one while it has a vGPU. Owned by the serving
 * thread, except where {@link GspHost} and {@link FalconHost} say otherwise.
 */
final class FunctionCore implements FalconHost, FunctionTap, AutoCloseable {
    private static final SecureRandom SECRETS = new SecureRandom();
    private static final long SETTLE_PAUSE_NANOS = 20_000;
    private static final int BAR0 = 0;
    private static final int BAR1 = 1;
    private static final int BAR2 = 3;
    private static final int BANK_BYTES = 16 << 20;

    private final Parts parts;
    private final FunctionTrace trace;
    private final FunctionTasks tasks;
    private final FunctionPci pci;
    private final InterruptTree interrupts;
    private final Timer timer;
    private final FalconUnit gspFalcon;
    private final FalconUnit sec2Falcon;
    private final SecureBoot boot;
    private final RegisterBank bank;
    private final GspPort gsp;
    private volatile RandomGenerator random = SECRETS;
    private final AtomicLong workDoorbells = new AtomicLong();

    /**
     * What a function is made of.
     *
     * @param name for logs and threads
     * @param gfid 0 for the PF, otherwise a VF's number plus one
     * @param shape what its driver sees
     * @param memory its memory side; closed with the function
     * @param gsp makes its GSP
     * @param vbios what its ROM holds
     * @param nanos the GPU's time source
     * @param engines of the GPU
     * @param virtualFunctions the VFs, null on a VF
     */
    record Parts(
            String name,
            int gfid,
            FunctionShape shape,
            MemoryPort memory,
            GspFactory gsp,
            Vbios vbios,
            LongSupplier nanos,
            EngineThread engines,
            @Nullable VirtualFunctionControl virtualFunctions) {}

    /** The bytes of a VBIOS. */
    interface Vbios {
        byte[] bytes(FunctionShape shape);
    }

    /** @param pciSide makes the PCI side, of which there are two kinds */
    FunctionCore(Parts parts, FunctionPci pciSide) {
        this.parts = parts;
        this.pci = pciSide;
        trace = new FunctionTrace(parts.nanos);
        tasks = new FunctionTasks(parts.name);
        interrupts = new InterruptTree(pci.interruptOutput());
        timer = new Timer(parts.nanos);

        BankBuilder builder = new BankBuilder(BANK_BYTES);
        Identity.addRegisters(builder, parts.shape);
        Wpr2 wpr2 = new Wpr2(builder);
        pci.addRegisters(builder);
        interrupts.addRegisters(builder);
        timer.addRegisters(builder);
        parts.memory.addRegisters(builder);
        gspFalcon = new FalconUnit(Falcons.GSP, this, builder, this::gspWasReset);
        sec2Falcon = new FalconUnit(Falcons.SEC2, this, builder, () -> {});
        gsp = parts.gsp.create(new Host());
        boot = SecureBoot.create(new SecureBoot.Parts(
                this, builder, parts.shape, wpr2, gspFalcon, sec2Falcon, gsp, () -> parts.vbios.bytes(parts.shape)));
        addDoorbells(builder);
        bank = builder.build();
    }

    private void addDoorbells(BankBuilder builder) {
        for (Falcons unit : List.of(Falcons.GSP, Falcons.SEC2)) {
            for (int queue = 0; queue < Fbif.QUEUE_HEAD.count(); queue++) {
                var head = Fbif.QUEUE_HEAD.in(unit.falcon()).at(queue);
                if (unit.equals(Falcons.GSP) && queue == 0) {
                    builder.hook(head, () -> 0, ignored -> gsp.doorbell());
                } else {
                    builder.storage(head);
                }
                builder.storage(Fbif.QUEUE_TAIL.in(unit.falcon()).at(queue));
                builder.storage(Fbif.MSGQ_HEAD.in(unit.falcon()).at(queue));
                builder.storage(Fbif.MSGQ_TAIL.in(unit.falcon()).at(queue));
            }
        }
        for (int i = 0; i < Falcon.INTR_RETRIGGER.in(Falcons.GSP.falcon()).count(); i++) {
            builder.command(
                    Falcon.INTR_RETRIGGER.in(Falcons.GSP.falcon()).at(i),
                    () -> 0,
                    raw -> retrigger(new Falcon.IntrRetrigger(raw)));
            builder.storage(Falcon.INTR_RETRIGGER.in(Falcons.SEC2.falcon()).at(i));
        }
        builder.command(Vfn.DOORBELL, () -> 0, gsp::hostDoorbell);
        builder.command(Vfn.USER_DOORBELL, () -> 0, token -> {
            workDoorbells.incrementAndGet();
            gsp.workDoorbell(token);
        });
        for (int i = 0; i < Vfn.MAILBOX.count(); i++) {
            builder.storage(Vfn.MAILBOX.at(i));
        }
    }

    private void retrigger(Falcon.IntrRetrigger value) {
        if (value.trigger() && gspFalcon.hasPending()) {
            raiseVector(Vectors.GSP_STALL);
        }
    }

    private void raiseVector(int vector) {
        trace.vector(vector);
        interrupts.raise(vector);
    }

    private void gspWasReset() {
        gsp.stop();
        boot.firmwareEnded();
    }

    // The PCI function's methods.

    FunctionPci pci() {
        return pci;
    }

    long readBar(int bar, long offset, int sizeBytes) {
        BarLayout layout = pci.barLayout(bar);
        if (offset >= 0
                && offset <= layout.sizeBytes() - sizeBytes
                && (offset & (sizeBytes - 1)) == 0
                && pci.isMemoryEnabled()) {
            TraceRing ring = trace.ring();
            return ring == null || !ring.wants(bar, offset)
                    ? read(bar, offset, sizeBytes)
                    : readTraced(ring, bar, offset, sizeBytes);
        }
        return UnusualAccess.read(this, bar, offset, sizeBytes);
    }

    private long read(int bar, long offset, int sizeBytes) {
        return switch (bar) {
            case BAR0 -> bank.read((int) offset, sizeBytes);
            case BAR1 -> parts.memory.readBar1(offset, sizeBytes);
            default -> parts.memory.readBar2(offset, sizeBytes);
        };
    }

    private long readTraced(TraceRing ring, int bar, long offset, int sizeBytes) {
        long begun = ring.now();
        long value = read(bar, offset, sizeBytes);
        TraceKind kind = bar == BAR0 ? TraceKind.REGISTER_READ : TraceKind.MEMORY_READ;
        ring.put(kind, sizeBytes | bar << 8, offset, value, begun, ring.now() - begun);
        return value;
    }

    void writeBar(int bar, long offset, int sizeBytes, long value) {
        BarLayout layout = pci.barLayout(bar);
        if (offset >= 0
                && offset <= layout.sizeBytes() - sizeBytes
                && (offset & (sizeBytes - 1)) == 0
                && pci.isMemoryEnabled()) {
            TraceRing ring = trace.ring();
            if (ring == null || !ring.wants(bar, offset)) {
                write(bar, offset, sizeBytes, value);
            } else {
                writeTraced(ring, bar, offset, sizeBytes, value);
            }
            return;
        }
        UnusualAccess.write(this, bar, offset, sizeBytes, value);
    }

    private void write(int bar, long offset, int sizeBytes, long value) {
        switch (bar) {
            case BAR0 -> bank.write((int) offset, sizeBytes, value);
            case BAR1 -> parts.memory.writeBar1(offset, sizeBytes, value);
            default -> parts.memory.writeBar2(offset, sizeBytes, value);
        }
    }

    /** The record comes before what the write brings about, so it cannot say how long it took. */
    private void writeTraced(TraceRing ring, int bar, long offset, int sizeBytes, long value) {
        TraceKind kind = bar == BAR0 ? TraceKind.REGISTER_WRITE : TraceKind.MEMORY_WRITE;
        ring.put(kind, sizeBytes | bar << 8, offset, value, ring.now(), 0);
        write(bar, offset, sizeBytes, value);
    }

    long readConfig(int offset, int sizeBytes) {
        long value = pci.readConfig(offset, sizeBytes);
        TraceRing ring = trace.ring();
        if (ring != null) {
            ring.put(TraceKind.CONFIG_READ, sizeBytes, offset, value, ring.now(), 0);
        }
        return value;
    }

    void writeConfig(int offset, int sizeBytes, long value) {
        TraceRing ring = trace.ring();
        if (ring != null) {
            ring.put(TraceKind.CONFIG_WRITE, sizeBytes, offset, value, ring.now(), 0);
        }
        pci.writeConfig(offset, sizeBytes, value);
    }

    /** Whether a run of bytes is inside a memory-like BAR, so that it may go there in one piece. */
    boolean isBulk(int bar, long offset, long lengthBytes) {
        return (bar == BAR1 || bar == BAR2)
                && pci.isMemoryEnabled()
                && offset >= 0
                && offset <= pci.barLayout(bar).sizeBytes() - lengthBytes;
    }

    void readBulk(int bar, long offset, MemorySegment destination) {
        TraceRing ring = trace.ring();
        if (ring != null && ring.wants(bar, offset)) {
            ring.put(TraceKind.MEMORY_READ, bar << 8, offset, destination.byteSize(), ring.now(), 0);
        }
        if (bar == BAR1) {
            parts.memory.readBar1(offset, destination);
        } else {
            parts.memory.readBar2(offset, destination);
        }
    }

    void writeBulk(int bar, long offset, MemorySegment source) {
        TraceRing ring = trace.ring();
        if (ring != null && ring.wants(bar, offset)) {
            ring.put(TraceKind.MEMORY_WRITE, bar << 8, offset, source.byteSize(), ring.now(), 0);
        }
        if (bar == BAR1) {
            parts.memory.writeBar1(offset, source);
        } else {
            parts.memory.writeBar2(offset, source);
        }
    }

    List<BarWindow> barWindows(int bar) {
        return bar == BAR1 ? parts.memory.bar1Windows() : List.of();
    }

    void connect(DmaSpace dma, InterruptSink sink) {
        trace.life(LifeStep.CONNECTED);
        pci.connect(dma, new TracedInterrupts(trace, sink));
    }

    void disconnect() {
        trace.life(LifeStep.DISCONNECTED);
        pci.disconnect();
        // What waits meets faults now, so it ends soon, and nothing is left that believes it will still run.
        tasks.finish();
    }

    /** The state of power-on, of this function alone. */
    void reset() {
        trace.life(LifeStep.RESET);
        tasks.cancelAndWait();
        gspFalcon.reset();
        sec2Falcon.reset();
        boot.reset();
        gsp.reset();
        // Before configuration space chooses the pin again: a vector that waits for a message may not pull it.
        interrupts.reset();
        parts.memory.reset();
        bank.reset();
        timer.reset();
        pci.reset();
        workDoorbells.set(0);
    }

    @Override
    public void close() {
        pci.disconnect();
        tasks.cancelAndWait();
        gsp.close();
        parts.memory.close();
        trace.life(LifeStep.CLOSED);
    }

    // For tracing and recording.

    @Override
    public FunctionTrace trace() {
        return trace;
    }

    @Override
    public boolean settle(long timeoutNanos) {
        long begun = System.nanoTime();
        while (!(tasks.isIdle() && gsp.isQuiet() && tasks.isIdle())) {
            if (System.nanoTime() - begun > timeoutNanos) {
                return false;
            }
            LockSupport.parkNanos(SETTLE_PAUSE_NANOS);
        }
        return true;
    }

    @Override
    public Chip chip() {
        return parts.shape.chip();
    }

    @Override
    public long timerNanos() {
        return timer.nanos();
    }

    @Override
    public void useClock(LongSupplier clock, long timerNanos) {
        timer.useClock(clock, timerNanos);
    }

    @Override
    public void useRandom(RandomGenerator generator) {
        random = generator;
    }

    @Override
    public boolean hasVirtualFunctions() {
        VirtualFunctionControl control = parts.virtualFunctions;
        return control != null && control.total() > 0;
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    // For people and tests.

    RegisterBank bank() {
        return bank;
    }

    long workDoorbells() {
        return workDoorbells.get();
    }

    /** Why the last boot was refused, or null. */
    @Nullable
    String bootRefusal() {
        return boot.lastRefusal();
    }

    // What the falcons use.

    @Override
    public DmaSpace dma() {
        return pci.dma();
    }

    @Override
    public MemoryPort memory() {
        return parts.memory;
    }

    @Override
    public FunctionTasks tasks() {
        return tasks;
    }

    /** What the GSP uses. */
    private final class Host implements GspHost {
        @Override
        public String name() {
            return parts.name;
        }

        @Override
        public int gfid() {
            return parts.gfid;
        }

        @Override
        public FunctionShape shape() {
            return parts.shape;
        }

        @Override
        public DmaSpace dma() {
            return pci.dma();
        }

        @Override
        public MemoryPort memory() {
            return parts.memory;
        }

        @Override
        public FunctionTasks tasks() {
            return tasks;
        }

        @Override
        public LongSupplier nanos() {
            return parts.nanos;
        }

        @Override
        public long timerNanos() {
            return timer.nanos();
        }

        @Override
        public FunctionTrace trace() {
            return trace;
        }

        @Override
        public EngineThread engines() {
            return parts.engines;
        }

        @Override
        public void raiseGspInterrupt() {
            gspFalcon.setPending(new Falcon.Irq(0).withSwgen0(true).raw());
            if (gspFalcon.hasPending()) {
                raiseVector(Vectors.GSP_STALL);
            }
        }

        @Override
        public void raise(int vector) {
            raiseVector(vector);
        }

        @Override
        public int mailbox(int index) {
            return gspFalcon.mailbox(index);
        }

        @Override
        public void setMailbox(int index, int value) {
            gspFalcon.setMailbox(index, value);
        }

        @Override
        public void setRiscvActive(boolean active) {
            gspFalcon.setRiscvActive(active);
            if (!active) {
                boot.firmwareEnded();
            }
        }

        @Override
        public VirtualFunctionControl virtualFunctions() {
            VirtualFunctionControl control = parts.virtualFunctions;
            if (control == null) {
                throw new IllegalStateException(parts.name + " is a VF: only the PF has virtual functions.");
            }
            return control;
        }
    }
}
