// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.falcon;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.FalconMem;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.Pmc;
import io.lamella.hw.reg.RiscV;
import io.lamella.pci.DmaBuffer;
import java.lang.foreign.MemorySegment;

/** One falcon of the GPU: reset, load by DMA, start, and the choice between its two cores. GA102 and AD102 generation. */
public final class FalconUnit {
    private static final int BLOCK_BYTES = 256;
    private static final int CORE_SELECT_TIMEOUT_MILLIS = 10;
    private static final int SCRUB_TIMEOUT_MILLIS = 20;
    private static final int DMA_TIMEOUT_MILLIS = 2_000;
    private static final int RUN_TIMEOUT_MILLIS = 2_000;
    private static final int RISCV_SELECT_VALID_FETCH = 0x111;
    private static final int COHERENT_SYSTEM_MEMORY = 1;
    private static final int RSA3K = 1;

    private final Device device;
    private final Falcons unit;

    public FalconUnit(Device device, Falcons unit) {
        this.device = device;
        this.unit = unit;
    }

    /** A register of the falcon block. */
    public <R extends Reg32> R read(Loc.Relative<R> register) {
        return register.type().apply(device.read(unit.falcon().offset() + register.offset()));
    }

    public void write(Loc.Relative<?> register, int value) {
        device.write(unit.falcon().offset() + register.offset(), value);
    }

    /** A register of the RISC-V block. */
    public <R extends Reg32> R readRiscV(Loc.Relative<R> register) {
        return register.type().apply(device.read(unit.riscv().offset() + register.offset()));
    }

    private void writeRiscV(Loc.Relative<?> register, int value) {
        device.write(unit.riscv().offset() + register.offset(), value);
    }

    /** Resets the unit and leaves its falcon core selected. */
    public void reset() {
        selectFalconCore();
        write(Falcon.ITFEN, read(Falcon.ITFEN).raw() & ~0x3);
        write(Falcon.IRQMCLR, -1);
        resetEngine();
        selectFalconCore();
        awaitScrubbed();
        write(Falcon.RM, device.read(Pmc.BOOT_0).raw());
    }

    /** Resets the unit and selects its RISC-V core, which a booter will start. */
    public void resetToRiscV() {
        resetEngine();
        writeRiscV(RiscV.BCR_CTRL, readRiscV(RiscV.BCR_CTRL).raw() | RISCV_SELECT_VALID_FETCH);
    }

    /** Whether the RISC-V core runs. */
    public boolean isRiscVActive() {
        return readRiscV(RiscV.CPUCTL).active();
    }

    /** Whether the RISC-V core has stopped. */
    public boolean isRiscVHalted() {
        return readRiscV(RiscV.CPUCTL).halted();
    }

    private void selectFalconCore() {
        if (readRiscV(RiscV.BCR_CTRL).riscvSelected()) {
            writeRiscV(RiscV.BCR_CTRL, 0);
            device.await(
                    "switch the core of " + unit.name(),
                    CORE_SELECT_TIMEOUT_MILLIS,
                    () -> readRiscV(RiscV.BCR_CTRL).valid());
        }
    }

    private void resetEngine() {
        // Readiness is advice: nouveau, too, goes on without it after 150 us.
        read(Falcon.HWCFG2);
        for (int i = 0; i < 15 && !read(Falcon.HWCFG2).resetReady(); i++) {
            device.clock().sleepNanos(10_000);
        }
        write(Falcon.ENGINE, read(Falcon.ENGINE).withReset(true).raw());
        device.clock().sleepNanos(10_000);
        write(Falcon.ENGINE, read(Falcon.ENGINE).withReset(false).raw());
        awaitScrubbed();
    }

    private void awaitScrubbed() {
        device.await(
                "clear the memory of " + unit.name(),
                SCRUB_TIMEOUT_MILLIS,
                () -> !read(Falcon.HWCFG2).memScrubbing());
    }

    /**
     * Resets the unit, loads a program and runs it to its end.
     *
     * @throws CoreException {@code TIMED_OUT} if it does not end, {@code DEVICE_FAULT} if it leaves anything but 0 in the first mailbox
     */
    public void run(FalconProgram program, int mailbox0, int mailbox1) {
        reset();
        try (DmaBuffer image = device.memory().allocate(program.image().byteSize())) {
            MemorySegment.copy(
                    program.image(), 0, image.memory(), 0, program.image().byteSize());
            load(program, image.iova());
        }
        writeRiscV(RiscV.BROM_PARAADDR, program.signatureAddress());
        writeRiscV(RiscV.BROM_ENGIDMASK, program.engineIdMask());
        writeRiscV(RiscV.BROM_CURR_UCODE_ID, program.ucodeId());
        writeRiscV(RiscV.MOD_SEL, RSA3K);
        write(Falcon.MAILBOX0, mailbox0);
        write(Falcon.MAILBOX1, mailbox1);
        write(Falcon.BOOTVEC, program.bootAddress());
        start();
        awaitHalt(program.name());
        int result = read(Falcon.MAILBOX0).raw();
        if (result != 0) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    String.format("%s ended on %s with error 0x%x.", program.name(), unit.name(), result));
        }
    }

    /** Starts whatever is loaded. */
    public void start() {
        if (read(Falcon.CPUCTL).aliasEnabled()) {
            write(Falcon.CPUCTL_ALIAS, new Falcon.CpuctlAlias(0).withStart(true).raw());
        } else {
            write(Falcon.CPUCTL, new Falcon.Cpuctl(0).withStart(true).raw());
        }
    }

    /** Waits until the falcon core has halted. */
    public void awaitHalt(String program) {
        device.await(
                "finish " + program + " on " + unit.name(),
                RUN_TIMEOUT_MILLIS,
                () -> read(Falcon.CPUCTL).halted());
    }

    /** Lets the unit reach memory without a context, as {@code CORE_RESET} of the sequencer and every load want it. */
    public void allowPhysicalDma() {
        write(Fbif.CTL, read(Fbif.CTL).withAllowPhysicalWithoutContext(true).raw());
        write(FalconMem.DMACTL, 0);
    }

    private void load(FalconProgram program, long iova) {
        allowPhysicalDma();
        int transcfg = unit.falcon().offset() + Fbif.TRANSCFG.offset();
        device.write(
                transcfg,
                new Fbif.Transcfg(device.read(transcfg))
                        .withEngineIdFlag(false)
                        .withPhysical(true)
                        .withTarget(COHERENT_SYSTEM_MEMORY)
                        .raw());
        // Code is addressed from the start of the image, so that its blocks keep their tags; data from its own start.
        FalconMem.Dmatrfcmd block = new FalconMem.Dmatrfcmd(0).withSize(6);
        transfer(
                iova,
                program.codeOffset(),
                program.codeAddress(),
                program.codeBytes(),
                block.withImem(true).withSecurity(1));
        transfer(iova + program.dataOffset(), 0, program.dataAddress(), program.dataBytes(), block);
    }

    private void transfer(long base, int source, int destination, int lengthBytes, FalconMem.Dmatrfcmd command) {
        if (base % BLOCK_BYTES != 0 || lengthBytes % BLOCK_BYTES != 0 || lengthBytes == 0) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "A falcon loads whole blocks of 256 bytes; " + lengthBytes + " bytes at " + Long.toHexString(base)
                            + " are none.");
        }
        write(FalconMem.DMATRFBASE, (int) (base >>> 8));
        write(FalconMem.DMATRFBASE1, (int) (base >>> 40));
        for (int done = 0; done < lengthBytes; done += BLOCK_BYTES) {
            write(FalconMem.DMATRFMOFFS, destination + done);
            write(FalconMem.DMATRFFBOFFS, source + done);
            write(FalconMem.DMATRFCMD, command.raw());
            device.await(
                    "load " + unit.name(),
                    DMA_TIMEOUT_MILLIS,
                    () -> read(FalconMem.DMATRFCMD).idle());
        }
    }

    /** Puts a 64-bit address into the mailboxes. */
    public void writeMailboxes(long address) {
        write(Falcon.MAILBOX0, (int) address);
        write(Falcon.MAILBOX1, (int) (address >>> 32));
    }

    /** Copies a signature into a program's image. */
    public static void sign(MemorySegment image, long offset, Bytes signature) {
        MemorySegment.copy(signature.memory(), 0, image, offset, signature.sizeBytes());
    }
}
