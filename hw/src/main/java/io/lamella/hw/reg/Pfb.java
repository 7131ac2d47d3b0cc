// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Field;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import java.util.List;

/**
 * Frame buffer: the page for memory flushes and the write-protected region.
 *
 * <p>Facts: nova-core fb.rs and earlier regs.rs, nouveau nvkm/subdev/fb/ga102.c and gb202.c.
 */
public final class Pfb {
    /** Bits 39:8 of the address of the flush page. */
    public static final Loc.Fixed<Word> FLUSH_SYSMEM_ADDR = Loc.fixed("PFB.FLUSH_SYSMEM_ADDR", 0x100c10, Word::new);

    /** The rest of the address of the flush page. */
    public static final Loc.Fixed<FlushSysmemAddrHi> FLUSH_SYSMEM_ADDR_HI =
            Loc.fixed("PFB.FLUSH_SYSMEM_ADDR_HI", 0x100c40, FlushSysmemAddrHi::new);

    /** Size of video memory as the MMU has it. */
    public static final Loc.Fixed<LocalMemoryRange> LOCAL_MEMORY_RANGE =
            Loc.fixed("PFB.LOCAL_MEMORY_RANGE", 0x100ce0, LocalMemoryRange::new);

    /** Where the write-protected region begins. */
    public static final Loc.Fixed<Wpr2AddrLo> WPR2_ADDR_LO = Loc.fixed("PFB.WPR2_ADDR_LO", 0x1fa824, Wpr2AddrLo::new);

    /** Where the write-protected region ends. */
    public static final Loc.Fixed<Wpr2AddrHi> WPR2_ADDR_HI = Loc.fixed("PFB.WPR2_ADDR_HI", 0x1fa828, Wpr2AddrHi::new);

    /** Low half of the address of the flush page, as GB20x has it; bits 7:0 do not count. */
    public static final Loc.Fixed<Word> FBHUB0_FLUSH_SYSMEM_ADDR_LO =
            Loc.fixed("PFB.FBHUB0_FLUSH_SYSMEM_ADDR_LO", 0x8a1d58, Word::new);

    /** High half of it; written first. */
    public static final Loc.Fixed<Fbhub0FlushSysmemAddrHi> FBHUB0_FLUSH_SYSMEM_ADDR_HI =
            Loc.fixed("PFB.FBHUB0_FLUSH_SYSMEM_ADDR_HI", 0x8a1d5c, Fbhub0FlushSysmemAddrHi::new);

    /** Every register of the block. */
    public static final List<Loc<?>> ALL = List.of(
            FLUSH_SYSMEM_ADDR,
            FLUSH_SYSMEM_ADDR_HI,
            LOCAL_MEMORY_RANGE,
            WPR2_ADDR_LO,
            WPR2_ADDR_HI,
            FBHUB0_FLUSH_SYSMEM_ADDR_LO,
            FBHUB0_FLUSH_SYSMEM_ADDR_HI);

    private Pfb() {}

    /**
     * The rest of the address of the flush page.
     *
     * @param raw the word
     */
    public record FlushSysmemAddrHi(int raw) implements Reg32 {
        private static final Field ADDRESS = Field.bits(23, 0);

        /** Bits 23:0: bits 63:40. */
        public int address() {
            return ADDRESS.get(raw);
        }

        public FlushSysmemAddrHi withAddress(int value) {
            return new FlushSysmemAddrHi(ADDRESS.with(raw, value));
        }
    }

    /**
     * High half of the address of the flush page, as GB20x has it.
     *
     * @param raw the word
     */
    public record Fbhub0FlushSysmemAddrHi(int raw) implements Reg32 {
        private static final Field ADDRESS = Field.bits(19, 0);

        /** Bits 19:0: bits 51:32. */
        public int address() {
            return ADDRESS.get(raw);
        }

        public Fbhub0FlushSysmemAddrHi withAddress(int value) {
            return new Fbhub0FlushSysmemAddrHi(ADDRESS.with(raw, value));
        }
    }

    /**
     * Size of video memory as the MMU has it.
     *
     * @param raw the word
     */
    public record LocalMemoryRange(int raw) implements Reg32 {
        private static final Field ECC_ON = Field.bit(30);
        private static final Field MAGNITUDE = Field.bits(9, 4);
        private static final Field SCALE = Field.bits(3, 0);

        /** Bit 30: a sixteenth is used for ECC. */
        public boolean eccOn() {
            return ECC_ON.isSet(raw);
        }

        public LocalMemoryRange withEccOn(boolean value) {
            return new LocalMemoryRange(ECC_ON.with(raw, value));
        }

        /** Bits 9:4: factor. */
        public int magnitude() {
            return MAGNITUDE.get(raw);
        }

        public LocalMemoryRange withMagnitude(int value) {
            return new LocalMemoryRange(MAGNITUDE.with(raw, value));
        }

        /** Bits 3:0: power of two, in MiB. */
        public int scale() {
            return SCALE.get(raw);
        }

        public LocalMemoryRange withScale(int value) {
            return new LocalMemoryRange(SCALE.with(raw, value));
        }
    }

    /**
     * Where the write-protected region begins.
     *
     * @param raw the word
     */
    public record Wpr2AddrLo(int raw) implements Reg32 {
        private static final Field ADDRESS = Field.bits(31, 4);

        /** Bits 31:4: in units of 4 KiB; 0 when not set. */
        public int address() {
            return ADDRESS.get(raw);
        }

        public Wpr2AddrLo withAddress(int value) {
            return new Wpr2AddrLo(ADDRESS.with(raw, value));
        }
    }

    /**
     * Where the write-protected region ends.
     *
     * @param raw the word
     */
    public record Wpr2AddrHi(int raw) implements Reg32 {
        private static final Field ADDRESS = Field.bits(31, 4);

        /** Bits 31:4: in units of 4 KiB; 0 when not set. */
        public int address() {
            return ADDRESS.get(raw);
        }

        public Wpr2AddrHi withAddress(int value) {
            return new Wpr2AddrHi(ADDRESS.with(raw, value));
        }
    }
}
