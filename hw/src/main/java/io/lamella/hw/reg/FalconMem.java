// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Memories of a falcon: the DMA engine that loads them, and the ports that a CPU may use instead. Offsets are from the unit's base; see {@link Falcons}.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/falcon, open-gpu-kernel-modules dev_falcon_v4.h.
 */
public final class FalconMem {
    /** State of the DMA engine. */
    public static final Loc.Relative<Dmactl> DMACTL = Loc.relative("DMACTL", 0x10c, Dmactl::new);

    /** Bits 39:8 of the address that transfers start from. */
    public static final Loc.Relative<Word> DMATRFBASE = Loc.relative("DMATRFBASE", 0x110, Word::new);

    /** Offset in the falcon's memory. */
    public static final Loc.Relative<Dmatrfmoffs> DMATRFMOFFS = Loc.relative("DMATRFMOFFS", 0x114, Dmatrfmoffs::new);

    /** Starts a transfer; reads its state. */
    public static final Loc.Relative<Dmatrfcmd> DMATRFCMD = Loc.relative("DMATRFCMD", 0x118, Dmatrfcmd::new);

    /** Offset from the base address. */
    public static final Loc.Relative<Word> DMATRFFBOFFS = Loc.relative("DMATRFFBOFFS", 0x11c, Word::new);

    /** The rest of the base address. */
    public static final Loc.Relative<Dmatrfbase1> DMATRFBASE1 = Loc.relative("DMATRFBASE1", 0x128, Dmatrfbase1::new);

    /** Port to code memory: address. */
    public static final Loc.RelativeArray<Imemc> IMEMC = Loc.relativeArray("IMEMC", 0x180, 4, 16, Imemc::new);

    /** Port to code memory: data. */
    public static final Loc.RelativeArray<Word> IMEMD = Loc.relativeArray("IMEMD", 0x184, 4, 16, Word::new);

    /** Port to code memory: tag. */
    public static final Loc.RelativeArray<Imemt> IMEMT = Loc.relativeArray("IMEMT", 0x188, 4, 16, Imemt::new);

    /** Port to data memory: address. */
    public static final Loc.RelativeArray<Dmemc> DMEMC = Loc.relativeArray("DMEMC", 0x1c0, 8, 8, Dmemc::new);

    /** Port to data memory: data. */
    public static final Loc.RelativeArray<Word> DMEMD = Loc.relativeArray("DMEMD", 0x1c4, 8, 8, Word::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(
            DMACTL, DMATRFBASE, DMATRFMOFFS, DMATRFCMD, DMATRFFBOFFS, DMATRFBASE1, IMEMC, IMEMD, IMEMT, DMEMC, DMEMD);

    private FalconMem() {}

    /**
     * State of the DMA engine.
     *
     * @param raw the word
     */
    public record Dmactl(int raw) implements Reg32 {
        private static final Field SECURE_STAT = Field.bit(7);
        private static final Field QUEUE_DEPTH = Field.bits(6, 3);
        private static final Field IMEM_SCRUBBING = Field.bit(2);
        private static final Field DMEM_SCRUBBING = Field.bit(1);
        private static final Field REQUIRE_CONTEXT = Field.bit(0);

        /** Bit 7: runs in secure mode. */
        public boolean secureStat() {
            return SECURE_STAT.isSet(raw);
        }

        public Dmactl withSecureStat(boolean value) {
            return new Dmactl(SECURE_STAT.with(raw, value));
        }

        /** Bits 6:3: requests waiting. */
        public int queueDepth() {
            return QUEUE_DEPTH.get(raw);
        }

        public Dmactl withQueueDepth(int value) {
            return new Dmactl(QUEUE_DEPTH.with(raw, value));
        }

        /** Bit 2: code memory is being cleared. */
        public boolean imemScrubbing() {
            return IMEM_SCRUBBING.isSet(raw);
        }

        public Dmactl withImemScrubbing(boolean value) {
            return new Dmactl(IMEM_SCRUBBING.with(raw, value));
        }

        /** Bit 1: data memory is being cleared. */
        public boolean dmemScrubbing() {
            return DMEM_SCRUBBING.isSet(raw);
        }

        public Dmactl withDmemScrubbing(boolean value) {
            return new Dmactl(DMEM_SCRUBBING.with(raw, value));
        }

        /** Bit 0: DMA needs a context. */
        public boolean requireContext() {
            return REQUIRE_CONTEXT.isSet(raw);
        }

        public Dmactl withRequireContext(boolean value) {
            return new Dmactl(REQUIRE_CONTEXT.with(raw, value));
        }
    }

    /**
     * Offset in the falcon's memory.
     *
     * @param raw the word
     */
    public record Dmatrfmoffs(int raw) implements Reg32 {
        private static final Field OFFSET = Field.bits(23, 0);

        /** Bits 23:0: bytes. */
        public int offset() {
            return OFFSET.get(raw);
        }

        public Dmatrfmoffs withOffset(int value) {
            return new Dmatrfmoffs(OFFSET.with(raw, value));
        }
    }

    /**
     * Starts a transfer; reads its state.
     *
     * @param raw the word
     */
    public record Dmatrfcmd(int raw) implements Reg32 {
        private static final Field SET_TAG = Field.bit(16);
        private static final Field CONTEXT = Field.bits(14, 12);
        private static final Field SIZE = Field.bits(10, 8);
        private static final Field WRITE = Field.bit(5);
        private static final Field IMEM = Field.bit(4);
        private static final Field SECURITY = Field.bits(3, 2);
        private static final Field IDLE = Field.bit(1);
        private static final Field FULL = Field.bit(0);

        /** Bit 16: tag the code loaded. */
        public boolean setTag() {
            return SET_TAG.isSet(raw);
        }

        public Dmatrfcmd withSetTag(boolean value) {
            return new Dmatrfcmd(SET_TAG.with(raw, value));
        }

        /** Bits 14:12: which aperture of FBIF. */
        public int context() {
            return CONTEXT.get(raw);
        }

        public Dmatrfcmd withContext(int value) {
            return new Dmatrfcmd(CONTEXT.with(raw, value));
        }

        /** Bits 10:8: power of two, less two, in bytes: 6 is 256. */
        public int size() {
            return SIZE.get(raw);
        }

        public Dmatrfcmd withSize(int value) {
            return new Dmatrfcmd(SIZE.with(raw, value));
        }

        /** Bit 5: from the falcon to memory. */
        public boolean write() {
            return WRITE.isSet(raw);
        }

        public Dmatrfcmd withWrite(boolean value) {
            return new Dmatrfcmd(WRITE.with(raw, value));
        }

        /** Bit 4: code memory, not data memory. */
        public boolean imem() {
            return IMEM.isSet(raw);
        }

        public Dmatrfcmd withImem(boolean value) {
            return new Dmatrfcmd(IMEM.with(raw, value));
        }

        /** Bits 3:2: 1 for secure code. */
        public int security() {
            return SECURITY.get(raw);
        }

        public Dmatrfcmd withSecurity(int value) {
            return new Dmatrfcmd(SECURITY.with(raw, value));
        }

        /** Bit 1: nothing is under way. */
        public boolean idle() {
            return IDLE.isSet(raw);
        }

        public Dmatrfcmd withIdle(boolean value) {
            return new Dmatrfcmd(IDLE.with(raw, value));
        }

        /** Bit 0: no request can be taken. */
        public boolean full() {
            return FULL.isSet(raw);
        }

        public Dmatrfcmd withFull(boolean value) {
            return new Dmatrfcmd(FULL.with(raw, value));
        }
    }

    /**
     * The rest of the base address.
     *
     * @param raw the word
     */
    public record Dmatrfbase1(int raw) implements Reg32 {
        private static final Field BASE = Field.bits(8, 0);

        /** Bits 8:0: bits 48:40. */
        public int base() {
            return BASE.get(raw);
        }

        public Dmatrfbase1 withBase(int value) {
            return new Dmatrfbase1(BASE.with(raw, value));
        }
    }

    /**
     * Port to code memory: address.
     *
     * @param raw the word
     */
    public record Imemc(int raw) implements Reg32 {
        private static final Field SECURE = Field.bit(28);
        private static final Field AUTO_INCREMENT_READ = Field.bit(25);
        private static final Field AUTO_INCREMENT_WRITE = Field.bit(24);
        private static final Field BLOCK = Field.bits(15, 8);
        private static final Field OFFSET = Field.bits(7, 2);

        /** Bit 28: code is secure. */
        public boolean secure() {
            return SECURE.isSet(raw);
        }

        public Imemc withSecure(boolean value) {
            return new Imemc(SECURE.with(raw, value));
        }

        /** Bit 25: move on after a read. */
        public boolean autoIncrementRead() {
            return AUTO_INCREMENT_READ.isSet(raw);
        }

        public Imemc withAutoIncrementRead(boolean value) {
            return new Imemc(AUTO_INCREMENT_READ.with(raw, value));
        }

        /** Bit 24: move on after a write. */
        public boolean autoIncrementWrite() {
            return AUTO_INCREMENT_WRITE.isSet(raw);
        }

        public Imemc withAutoIncrementWrite(boolean value) {
            return new Imemc(AUTO_INCREMENT_WRITE.with(raw, value));
        }

        /** Bits 15:8: units of 256 bytes. */
        public int block() {
            return BLOCK.get(raw);
        }

        public Imemc withBlock(int value) {
            return new Imemc(BLOCK.with(raw, value));
        }

        /** Bits 7:2: words. */
        public int offset() {
            return OFFSET.get(raw);
        }

        public Imemc withOffset(int value) {
            return new Imemc(OFFSET.with(raw, value));
        }
    }

    /**
     * Port to code memory: tag.
     *
     * @param raw the word
     */
    public record Imemt(int raw) implements Reg32 {
        private static final Field TAG = Field.bits(15, 0);

        /** Bits 15:0: virtual block. */
        public int tag() {
            return TAG.get(raw);
        }

        public Imemt withTag(int value) {
            return new Imemt(TAG.with(raw, value));
        }
    }

    /**
     * Port to data memory: address.
     *
     * @param raw the word
     */
    public record Dmemc(int raw) implements Reg32 {
        private static final Field AUTO_INCREMENT_READ = Field.bit(25);
        private static final Field AUTO_INCREMENT_WRITE = Field.bit(24);
        private static final Field BLOCK = Field.bits(15, 8);
        private static final Field OFFSET = Field.bits(7, 2);

        /** Bit 25: move on after a read. */
        public boolean autoIncrementRead() {
            return AUTO_INCREMENT_READ.isSet(raw);
        }

        public Dmemc withAutoIncrementRead(boolean value) {
            return new Dmemc(AUTO_INCREMENT_READ.with(raw, value));
        }

        /** Bit 24: move on after a write. */
        public boolean autoIncrementWrite() {
            return AUTO_INCREMENT_WRITE.isSet(raw);
        }

        public Dmemc withAutoIncrementWrite(boolean value) {
            return new Dmemc(AUTO_INCREMENT_WRITE.with(raw, value));
        }

        /** Bits 15:8: units of 256 bytes. */
        public int block() {
            return BLOCK.get(raw);
        }

        public Dmemc withBlock(int value) {
            return new Dmemc(BLOCK.with(raw, value));
        }

        /** Bits 7:2: words. */
        public int offset() {
            return OFFSET.get(raw);
        }

        public Dmemc withOffset(int value) {
            return new Dmemc(OFFSET.with(raw, value));
        }
    }
}
