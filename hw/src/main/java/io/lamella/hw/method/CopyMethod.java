// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

import static io.lamella.hw.Field.bit;
import static io.lamella.hw.Field.bits;

import io.lamella.hw.Field;
import io.lamella.hw.Reg32;

/** Methods of the copy engine: class AMPERE_DMA_COPY_B (clc7b5.h). {@link #LAUNCH_DMA} acts; the rest are its parameters. */
public enum CopyMethod implements ClassMethod {
    NOP(0x100),
    PM_TRIGGER(0x140),
    SET_MONITORED_FENCE_TYPE(0x21c),
    SET_MONITORED_FENCE_SIGNAL_ADDR_BASE_UPPER(0x220),
    SET_MONITORED_FENCE_SIGNAL_ADDR_BASE_LOWER(0x224),
    /** Upper address bits 48:32 of the launch's semaphore. */
    SET_SEMAPHORE_A(0x240),
    SET_SEMAPHORE_B(0x244),
    SET_SEMAPHORE_PAYLOAD(0x248),
    SET_SEMAPHORE_PAYLOAD_UPPER(0x24c),
    SET_RENDER_ENABLE_A(0x254),
    SET_RENDER_ENABLE_B(0x258),
    SET_RENDER_ENABLE_C(0x25c),
    /** {@link PhysMode}. */
    SET_SRC_PHYS_MODE(0x260),
    /** {@link PhysMode}. */
    SET_DST_PHYS_MODE(0x264),
    /** {@link LaunchDma}. */
    LAUNCH_DMA(0x300),
    OFFSET_IN_UPPER(0x400),
    OFFSET_IN_LOWER(0x404),
    OFFSET_OUT_UPPER(0x408),
    OFFSET_OUT_LOWER(0x40c),
    PITCH_IN(0x410),
    PITCH_OUT(0x414),
    LINE_LENGTH_IN(0x418),
    LINE_COUNT(0x41c),
    SET_REMAP_CONST_A(0x700),
    SET_REMAP_CONST_B(0x704),
    /** {@link RemapComponents}. */
    SET_REMAP_COMPONENTS(0x708),
    /** {@link BlockSize}. */
    SET_DST_BLOCK_SIZE(0x70c),
    SET_DST_WIDTH(0x710),
    SET_DST_HEIGHT(0x714),
    SET_DST_DEPTH(0x718),
    SET_DST_LAYER(0x71c),
    /** {@link Origin}. */
    SET_DST_ORIGIN(0x720),
    /** {@link BlockSize}. */
    SET_SRC_BLOCK_SIZE(0x728),
    SET_SRC_WIDTH(0x72c),
    SET_SRC_HEIGHT(0x730),
    SET_SRC_DEPTH(0x734),
    SET_SRC_LAYER(0x738),
    /** {@link Origin}. */
    SET_SRC_ORIGIN(0x73c),
    SRC_ORIGIN_X(0x744),
    SRC_ORIGIN_Y(0x748),
    DST_ORIGIN_X(0x74c),
    DST_ORIGIN_Y(0x750),
    /** How a prefetch treats the cache. Of {@link #BLACKWELL_CLASS_ID} alone. */
    REQ_ATTR(0x754),
    PM_TRIGGER_END(0x1114);

    /** The class on Ada. */
    public static final int CLASS_ID = 0xc7b5;

    /** The class on GB20x: the same methods and {@link #REQ_ATTR}, with addresses of 57 bits. */
    public static final int BLACKWELL_CLASS_ID = 0xcab5;

    private final int offset;

    CopyMethod(int offset) {
        this.offset = offset;
    }

    @Override
    public int offset() {
        return offset;
    }

    /** Data of {@link #LAUNCH_DMA}. */
    public record LaunchDma(int raw) implements Reg32 {
        public static final int TRANSFER_NONE = 0;
        public static final int TRANSFER_PIPELINED = 1;
        public static final int TRANSFER_NON_PIPELINED = 2;
        /** Reads the source into the cache and writes nothing. Of {@link #BLACKWELL_CLASS_ID} alone. */
        public static final int TRANSFER_PREFETCH = 3;

        public static final int SEMAPHORE_NONE = 0;
        /** The payload alone. */
        public static final int SEMAPHORE_ONE_WORD = 1;
        /** The payload and a time stamp. */
        public static final int SEMAPHORE_FOUR_WORDS = 2;
        /** An interrupt that depends on the semaphore's memory. */
        public static final int SEMAPHORE_CONDITIONAL_INTERRUPT = 3;

        public static final int INTERRUPT_NONE = 0;
        public static final int INTERRUPT_BLOCKING = 1;
        public static final int INTERRUPT_NON_BLOCKING = 2;

        private static final Field DATA_TRANSFER_TYPE = bits(1, 0);
        private static final Field FLUSH_ENABLE = bit(2);
        private static final Field SEMAPHORE_TYPE = bits(4, 3);
        private static final Field INTERRUPT_TYPE = bits(6, 5);
        private static final Field SRC_MEMORY_LAYOUT = bit(7);
        private static final Field DST_MEMORY_LAYOUT = bit(8);
        private static final Field MULTI_LINE_ENABLE = bit(9);
        private static final Field REMAP_ENABLE = bit(10);
        private static final Field SRC_TYPE = bit(12);
        private static final Field DST_TYPE = bit(13);
        private static final Field SEMAPHORE_REDUCTION = bits(17, 14);
        private static final Field SEMAPHORE_REDUCTION_SIGN = bit(18);
        private static final Field SEMAPHORE_REDUCTION_ENABLE = bit(19);
        private static final Field SEMAPHORE_PAYLOAD_SIZE = bit(27);

        public int transferType() {
            return DATA_TRANSFER_TYPE.get(raw);
        }

        public boolean flushes() {
            return FLUSH_ENABLE.isSet(raw);
        }

        public int semaphoreType() {
            return SEMAPHORE_TYPE.get(raw);
        }

        public int interruptType() {
            return INTERRUPT_TYPE.get(raw);
        }

        /** Whether the source is in lines of a pitch; else block-linear. */
        public boolean isSourcePitch() {
            return SRC_MEMORY_LAYOUT.isSet(raw);
        }

        public boolean isDestinationPitch() {
            return DST_MEMORY_LAYOUT.isSet(raw);
        }

        public boolean isMultiLine() {
            return MULTI_LINE_ENABLE.isSet(raw);
        }

        public boolean remaps() {
            return REMAP_ENABLE.isSet(raw);
        }

        public boolean isSourcePhysical() {
            return SRC_TYPE.isSet(raw);
        }

        public boolean isDestinationPhysical() {
            return DST_TYPE.isSet(raw);
        }

        public boolean reduces() {
            return SEMAPHORE_REDUCTION_ENABLE.isSet(raw);
        }

        public Reduction reduction() {
            return Reduction.of(SEMAPHORE_REDUCTION.get(raw));
        }

        public boolean isReductionUnsigned() {
            return SEMAPHORE_REDUCTION_SIGN.isSet(raw);
        }

        /** Whether the semaphore's payload has two words. */
        public boolean isPayload64Bit() {
            return SEMAPHORE_PAYLOAD_SIZE.isSet(raw);
        }
    }

    /** Data of {@link #SET_SRC_PHYS_MODE} and {@link #SET_DST_PHYS_MODE}. */
    public record PhysMode(int raw) implements Reg32 {
        public static final int LOCAL_FB = 0;
        public static final int COHERENT_SYSMEM = 1;
        public static final int NONCOHERENT_SYSMEM = 2;
        public static final int PEERMEM = 3;

        private static final Field TARGET = bits(1, 0);

        public int target() {
            return TARGET.get(raw);
        }
    }

    /** Data of {@link #SET_REMAP_COMPONENTS}: what each component of the destination is made of. */
    public record RemapComponents(int raw) implements Reg32 {
        /** 0 to 3 take the source's component x, y, z, w. */
        public static final int CONST_A = 4;

        public static final int CONST_B = 5;
        public static final int NO_WRITE = 6;

        private static final Field COMPONENT_SIZE = bits(17, 16);
        private static final Field NUM_SRC_COMPONENTS = bits(21, 20);
        private static final Field NUM_DST_COMPONENTS = bits(25, 24);

        /** What component {@code index} (0 x to 3 w) of the destination takes. */
        public int destination(int index) {
            return (raw >>> (4 * index)) & 7;
        }

        /** 1 to 4. */
        public int componentSizeBytes() {
            return COMPONENT_SIZE.get(raw) + 1;
        }

        /** 1 to 4. */
        public int sourceComponents() {
            return NUM_SRC_COMPONENTS.get(raw) + 1;
        }

        /** 1 to 4. */
        public int destinationComponents() {
            return NUM_DST_COMPONENTS.get(raw) + 1;
        }
    }

    /** Data of {@link #SET_SRC_BLOCK_SIZE} and {@link #SET_DST_BLOCK_SIZE}; sizes as powers of two of a GOB of 64 bytes by 8 lines. */
    public record BlockSize(int raw) implements Reg32 {
        private static final Field WIDTH = bits(3, 0);
        private static final Field HEIGHT = bits(7, 4);
        private static final Field DEPTH = bits(11, 8);
        private static final Field GOB_HEIGHT = bits(15, 12);

        public int widthLog2Gobs() {
            return WIDTH.get(raw);
        }

        public int heightLog2Gobs() {
            return HEIGHT.get(raw);
        }

        public int depthLog2() {
            return DEPTH.get(raw);
        }

        /** Whether the GOB has 8 lines, the only height the class defines. */
        public boolean isGobHeightFermi() {
            return GOB_HEIGHT.get(raw) == 1;
        }
    }

    /** Data of {@link #SET_SRC_ORIGIN} and {@link #SET_DST_ORIGIN}: x in bytes, y in lines. */
    public record Origin(int raw) implements Reg32 {
        private static final Field X = bits(15, 0);
        private static final Field Y = bits(31, 16);

        public int x() {
            return X.get(raw);
        }

        public int y() {
            return Y.get(raw);
        }
    }
}
