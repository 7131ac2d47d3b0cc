// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * How a falcon reaches memory, and the queues that a CPU rings it with. Offsets are from the unit's base; see {@link Falcons}.
 *
 * <p>Facts: nova-core regs.rs, nouveau nvkm/falcon and nvkm/subdev/gsp, open-gpu-kernel-modules dev_fbif_v4.h.
 */
public final class Fbif {
    /** One aperture. */
    public static final Loc.RelativeArray<Transcfg> TRANSCFG =
            Loc.relativeArray("FBIF_TRANSCFG", 0x600, 8, 4, Transcfg::new);

    /** Access without a context. */
    public static final Loc.Relative<Ctl> CTL = Loc.relative("FBIF_CTL", 0x624, Ctl::new);

    /** Port to the shared memory: address. */
    public static final Loc.RelativeArray<Ememc> EMEMC = Loc.relativeArray("EMEMC", 0xac0, 8, 8, Ememc::new);

    /** Port to the shared memory: data. */
    public static final Loc.RelativeArray<Word> EMEMD = Loc.relativeArray("EMEMD", 0xac4, 8, 8, Word::new);

    /** Queue to the falcon: writing head 0 of GSP is the doorbell of its command queue. */
    public static final Loc.RelativeArray<Word> QUEUE_HEAD = Loc.relativeArray("QUEUE_HEAD", 0xc00, 8, 8, Word::new);

    /** Queue to the falcon: tail. */
    public static final Loc.RelativeArray<Word> QUEUE_TAIL = Loc.relativeArray("QUEUE_TAIL", 0xc04, 8, 8, Word::new);

    /** Queue from the falcon: head. */
    public static final Loc.RelativeArray<Word> MSGQ_HEAD = Loc.relativeArray("MSGQ_HEAD", 0xc80, 8, 8, Word::new);

    /** Queue from the falcon: tail. */
    public static final Loc.RelativeArray<Word> MSGQ_TAIL = Loc.relativeArray("MSGQ_TAIL", 0xc84, 8, 8, Word::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL =
            List.of(TRANSCFG, CTL, EMEMC, EMEMD, QUEUE_HEAD, QUEUE_TAIL, MSGQ_HEAD, MSGQ_TAIL);

    private Fbif() {}

    /**
     * One aperture.
     *
     * @param raw the word
     */
    public record Transcfg(int raw) implements Reg32 {
        private static final Field ENGINE_ID_FLAG = Field.bit(16);
        private static final Field PHYSICAL = Field.bit(2);
        private static final Field TARGET = Field.bits(1, 0);

        /** Bit 16: leave the choice of engine id to the unit. */
        public boolean engineIdFlag() {
            return ENGINE_ID_FLAG.isSet(raw);
        }

        public Transcfg withEngineIdFlag(boolean value) {
            return new Transcfg(ENGINE_ID_FLAG.with(raw, value));
        }

        /** Bit 2: addresses are physical. */
        public boolean physical() {
            return PHYSICAL.isSet(raw);
        }

        public Transcfg withPhysical(boolean value) {
            return new Transcfg(PHYSICAL.with(raw, value));
        }

        /** Bits 1:0: 0 video memory, 1 coherent system memory, 2 non-coherent. */
        public int target() {
            return TARGET.get(raw);
        }

        public Transcfg withTarget(int value) {
            return new Transcfg(TARGET.with(raw, value));
        }
    }

    /**
     * Access without a context.
     *
     * @param raw the word
     */
    public record Ctl(int raw) implements Reg32 {
        private static final Field ALLOW_PHYSICAL_WITHOUT_CONTEXT = Field.bit(7);

        /** Bit 7: allowed. */
        public boolean allowPhysicalWithoutContext() {
            return ALLOW_PHYSICAL_WITHOUT_CONTEXT.isSet(raw);
        }

        public Ctl withAllowPhysicalWithoutContext(boolean value) {
            return new Ctl(ALLOW_PHYSICAL_WITHOUT_CONTEXT.with(raw, value));
        }
    }

    /**
     * Port to the shared memory: address.
     *
     * @param raw the word
     */
    public record Ememc(int raw) implements Reg32 {
        private static final Field AUTO_INCREMENT_READ = Field.bit(25);
        private static final Field AUTO_INCREMENT_WRITE = Field.bit(24);
        private static final Field BLOCK = Field.bits(15, 8);
        private static final Field OFFSET = Field.bits(7, 2);

        /** Bit 25: move on after a read. */
        public boolean autoIncrementRead() {
            return AUTO_INCREMENT_READ.isSet(raw);
        }

        public Ememc withAutoIncrementRead(boolean value) {
            return new Ememc(AUTO_INCREMENT_READ.with(raw, value));
        }

        /** Bit 24: move on after a write. */
        public boolean autoIncrementWrite() {
            return AUTO_INCREMENT_WRITE.isSet(raw);
        }

        public Ememc withAutoIncrementWrite(boolean value) {
            return new Ememc(AUTO_INCREMENT_WRITE.with(raw, value));
        }

        /** Bits 15:8: units of 256 bytes. */
        public int block() {
            return BLOCK.get(raw);
        }

        public Ememc withBlock(int value) {
            return new Ememc(BLOCK.with(raw, value));
        }

        /** Bits 7:2: words. */
        public int offset() {
            return OFFSET.get(raw);
        }

        public Ememc withOffset(int value) {
            return new Ememc(OFFSET.with(raw, value));
        }
    }
}
