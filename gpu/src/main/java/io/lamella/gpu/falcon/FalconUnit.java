// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.gpu.trace.BootStep;
import io.lamella.hw.Loc;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.RiscV;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The registers and memories of one falcon. */
public final class FalconUnit {
    /** Mailbox 0 after a program that could not be run because too much waits. */
    static final int ERROR_BUSY = 0x0b;

    private static final int MEMORY_BLOCKS = LocalMemory.SIZE_BYTES / LocalMemory.BLOCK_BYTES;
    private static final int CORE_REVISION = 6;
    private static final int SECURITY_MODEL = 2;
    private static final int BCR_WRITABLE = 0x111;

    // Words that drivers poll are made once.
    private static final int HALTED = new Falcon.Cpuctl(0).withHalted(true).raw();
    private static final int OPEN =
            new Falcon.Hwcfg2(0).withResetReady(true).withRiscv(true).raw();
    private static final int LOCKED = new Falcon.Hwcfg2(OPEN).withLockdown(true).raw();
    private static final int IRQ_HALT = new Falcon.Irq(0).withHalt(true).raw();
    private static final int RISCV_ACTIVE = new RiscV.Cpuctl(0).withActive(true).raw();
    private static final int RISCV_HALTED = new RiscV.Cpuctl(0).withHalted(true).raw();

    private final FalconHost host;
    private final String name;
    private final Cell.Storage bootVector;
    private final FalconDma dma;
    private final LocalMemory imem = new LocalMemory();
    private final LocalMemory dmem = new LocalMemory();
    private final AtomicInteger irqStatus = new AtomicInteger();
    private final AtomicInteger irqMask = new AtomicInteger();
    private final Cell.Storage[] mailboxes = new Cell.Storage[2];
    private final Cell.Storage riscvIrqMask;
    private final Runnable onReset;
    private @Nullable FalconProgram program;
    private volatile boolean codeLoaded;
    private volatile boolean halted = true;
    private volatile boolean riscvActive;
    private volatile boolean riscvHalted;
    private volatile boolean lockdown;
    private boolean riscvHaltsAtPowerOn;
    private final AtomicInteger generation = new AtomicInteger();
    private int bcr = new RiscV.BcrCtrl(0).withValid(true).raw();
    private boolean inReset;

    /**
     * Adds the falcon's registers to the bank.
     *
     * @param onReset run when the driver resets the unit, on the serving thread
     */
    public FalconUnit(Falcons unit, FalconHost host, BankBuilder bank, Runnable onReset) {
        this.host = host;
        name = unit.name();
        this.onReset = onReset;
        Loc.Base at = unit.falcon();
        dma = new FalconDma(this, host, bank, at);
        FalconPorts.addRegisters(this, bank, at);
        bank.command(Falcon.IRQSSET.in(at), () -> 0, this::setPending);
        bank.command(Falcon.IRQSCLR.in(at), () -> 0, bits -> irqStatus.getAndAccumulate(~bits, FalconUnit::and));
        bank.readOnly(Falcon.IRQSTAT.in(at), irqStatus::get);
        bank.command(Falcon.IRQMSET.in(at), irqMask::get, bits -> irqMask.getAndAccumulate(bits, FalconUnit::or));
        bank.command(Falcon.IRQMCLR.in(at), irqMask::get, bits -> irqMask.getAndAccumulate(~bits, FalconUnit::and));
        bank.readOnly(Falcon.IRQMASK.in(at), irqMask::get);
        bank.storage(Falcon.IRQDEST.in(at));
        mailboxes[0] = bank.storage(Falcon.MAILBOX0.in(at));
        mailboxes[1] = bank.storage(Falcon.MAILBOX1.in(at));
        bank.storage(Falcon.ITFEN.in(at));
        bank.readOnly(Falcon.IDLESTATE.in(at), () -> halted ? 0 : 1);
        bank.storage(Falcon.OS.in(at));
        bank.storage(Falcon.RM.in(at));
        bank.readOnly(Falcon.HWCFG2.in(at), () -> lockdown ? LOCKED : OPEN);
        bank.command(Falcon.CPUCTL.in(at), this::cpuctl, this::writeCpuctl);
        bootVector = bank.storage(Falcon.BOOTVEC.in(at));
        bank.constant(
                Falcon.HWCFG.in(at),
                new Falcon.Hwcfg(0)
                        .withImemBlocks(MEMORY_BLOCKS)
                        .withDmemBlocks(MEMORY_BLOCKS)
                        .raw());
        bank.constant(
                Falcon.HWCFG1.in(at),
                new Falcon.Hwcfg1(0)
                        .withCoreRevision(CORE_REVISION)
                        .withSecurityModel(SECURITY_MODEL)
                        .raw());
        // The alias only works where CPUCTL says so, and here it never does.
        bank.constant(Falcon.CPUCTL_ALIAS.in(at), 0);
        bank.hook(Falcon.ENGINE.in(at), () -> inReset ? 1 : 0, this::writeEngine);

        Loc.Base riscv = unit.riscv();
        bank.storage(RiscV.MOD_SEL.in(riscv));
        bank.storage(RiscV.BROM_CURR_UCODE_ID.in(riscv));
        bank.storage(RiscV.BROM_ENGIDMASK.in(riscv));
        bank.storage(RiscV.BROM_PARAADDR.in(riscv));
        bank.readOnly(RiscV.CPUCTL.in(riscv), this::riscvCpuctl);
        riscvIrqMask = bank.storage(RiscV.IRQMASK.in(riscv), 0, 0);
        bank.storage(RiscV.IRQDEST.in(riscv));
        bank.hook(RiscV.BCR_CTRL.in(riscv), () -> bcr, this::writeBcr);
    }

    /** Sets what a start runs once code was loaded; without code the core just halts again. */
    void program(FalconProgram newProgram) {
        program = newProgram;
    }

    LocalMemory imem() {
        return imem;
    }

    LocalMemory dmem() {
        return dmem;
    }

    /** Changes with every reset; a task that began before one compares and does nothing. */
    int generation() {
        return generation.get();
    }

    void codeLoaded() {
        codeLoaded = true;
    }

    /** Transfers that moved nothing. */
    public long dmaFaults() {
        return dma.faults();
    }

    public int mailbox(int index) {
        return mailboxes[index].peek();
    }

    /** The two mailboxes as one address, the first the lower half. */
    public long mailboxAddress() {
        return Integer.toUnsignedLong(mailbox(0)) | ((long) mailbox(1) << 32);
    }

    public void setMailbox(int index, int value) {
        mailboxes[index].set(value);
    }

    /** Shows the RISC-V core as running or not, and lets its messages interrupt while it runs. */
    public void setRiscvActive(boolean active) {
        riscvIrqMask.set(active ? new Falcon.Irq(0).withSwgen0(true).raw() : 0);
        riscvHalted = !active;
        riscvActive = active;
    }

    /** Shows the registers as closed to the driver, or open. */
    void setLockdown(boolean closed) {
        lockdown = closed;
    }

    /** From power-on on the RISC-V core shows that it has halted. */
    void haltRiscvAtPowerOn() {
        riscvHaltsAtPowerOn = true;
        riscvHalted = true;
    }

    public boolean isRiscvActive() {
        return riscvActive;
    }

    /** Sets bits of IRQSTAT. */
    public void setPending(int bits) {
        irqStatus.getAndAccumulate(bits, FalconUnit::or);
    }

    /** Whether an interrupt that the RISC-V core lets through is pending. */
    public boolean hasPending() {
        return (irqStatus.get() & riscvIrqMask.peek()) != 0;
    }

    /** The state of power-on. Registers that are plain storage are the bank's to reset; no task may run. */
    public void reset() {
        resetCore();
        dma.cancelled();
        irqMask.set(0);
        riscvHalted = riscvHaltsAtPowerOn;
        lockdown = false;
        bcr = new RiscV.BcrCtrl(0).withValid(true).raw();
        inReset = false;
    }

    private void resetCore() {
        generation.incrementAndGet();
        codeLoaded = false;
        halted = true;
        imem.clear();
        dmem.clear();
        irqStatus.set(0);
        setRiscvActive(false);
    }

    private static int and(int a, int b) {
        return a & b;
    }

    private static int or(int a, int b) {
        return a | b;
    }

    private int cpuctl() {
        return halted ? HALTED : 0;
    }

    private int riscvCpuctl() {
        return (riscvActive ? RISCV_ACTIVE : 0) | (riscvHalted ? RISCV_HALTED : 0);
    }

    private void writeEngine(int raw) {
        boolean reset = new Falcon.Engine(raw).reset();
        if (reset && !inReset) {
            resetCore();
            onReset.run();
        }
        inReset = reset;
    }

    private void writeBcr(int raw) {
        bcr = new RiscV.BcrCtrl(raw & BCR_WRITABLE).withValid(true).raw();
    }

    private void writeCpuctl(int raw) {
        if (!new Falcon.Cpuctl(raw).start() || !halted || inReset) {
            return;
        }
        trace(BootStep.FALCON_START, bootVector.peek(), 0);
        FalconProgram what = program;
        if (what == null || !codeLoaded) {
            halt();
            return;
        }
        halted = false;
        if (!what.usesDma() && dma.isIdle()) {
            what.run(this);
            halt();
            return;
        }
        int started = generation.get();
        try {
            host.tasks().execute(() -> runAsTask(what, started));
        } catch (RejectedExecutionException e) {
            setMailbox(0, ERROR_BUSY);
            halt();
        }
    }

    private void runAsTask(FalconProgram what, int started) {
        if (started != generation.get()) {
            return;
        }
        what.run(this);
        if (started == generation.get()) {
            halt();
        }
    }

    /** Says what the core does. */
    void trace(BootStep step, long argument, long result) {
        host.trace().boot(step, name, argument, result);
    }

    private void halt() {
        setPending(IRQ_HALT);
        halted = true;
    }

    /** Whether the core has halted. */
    public boolean isHalted() {
        return halted;
    }
}
