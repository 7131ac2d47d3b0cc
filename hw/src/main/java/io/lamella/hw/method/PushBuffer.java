// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

import static io.lamella.hw.Field.bits;

import io.lamella.hw.Field;

/** The words of a push buffer: a header, then its data (clc56f.h, DMA_*). All on raw words: a fetch allocates nothing. */
public final class PushBuffer {
    private static final Field ADDRESS = bits(11, 0);
    private static final Field ADDRESS_OLD = bits(12, 2);
    private static final Field SUBCHANNEL = bits(15, 13);
    private static final Field TERT_OP = bits(17, 16);
    private static final Field COUNT = bits(28, 16);
    private static final Field COUNT_OLD = bits(28, 18);
    private static final Field SEC_OP = bits(31, 29);

    private PushBuffer() {}

    /** What a header announces. */
    public enum Op {
        /** Data words go to rising methods. */
        INCREMENTING,
        /** Data words go to one method. */
        NON_INCREMENTING,
        /** The first data word goes to the method, the rest to the next. */
        INCREMENT_ONCE,
        /** The header's own 13 bits are the data. */
        IMMEDIATE,
        /** The older header with rising methods; its method and count have other places. */
        INCREMENTING_OLD,
        /** The older header with one method. */
        NON_INCREMENTING_OLD,
        /** No data, no effect: subdevice masks, which a single GPU ignores. */
        SUBDEVICE_MASK,
        /** The rest of the segment is not looked at. */
        END_SEGMENT,
        /** Stops the channel. */
        INVALID
    }

    /** What kind of header it is. A word of zero is an older header with no data, that is, nothing. */
    public static Op op(int header) {
        return switch (SEC_OP.get(header)) {
            case 0 -> TERT_OP.get(header) == 0 ? Op.INCREMENTING_OLD : Op.SUBDEVICE_MASK;
            case 1 -> Op.INCREMENTING;
            case 2 -> TERT_OP.get(header) == 0 ? Op.NON_INCREMENTING_OLD : Op.INVALID;
            case 3 -> Op.NON_INCREMENTING;
            case 4 -> Op.IMMEDIATE;
            case 5 -> Op.INCREMENT_ONCE;
            case 7 -> Op.END_SEGMENT;
            default -> Op.INVALID;
        };
    }

    /** Byte offset of the (first) method. */
    public static int methodOffset(int header) {
        return isOld(header) ? ADDRESS_OLD.get(header) << 2 : ADDRESS.get(header) << 2;
    }

    /** 0 to 7. */
    public static int subchannel(int header) {
        return SUBCHANNEL.get(header);
    }

    /** How many data words follow; 0 for those that have none. */
    public static int dataWords(int header) {
        return switch (op(header)) {
            case INCREMENTING, NON_INCREMENTING, INCREMENT_ONCE -> COUNT.get(header);
            case INCREMENTING_OLD, NON_INCREMENTING_OLD -> COUNT_OLD.get(header);
            case IMMEDIATE, SUBDEVICE_MASK, END_SEGMENT, INVALID -> 0;
        };
    }

    /** The data of an {@link Op#IMMEDIATE} header. */
    public static int immediateData(int header) {
        return COUNT.get(header);
    }

    /** A header with {@link Op#INCREMENTING}. */
    public static int incrementing(int subchannel, int methodOffset, int dataWords) {
        return header(1, subchannel, methodOffset, dataWords);
    }

    /** A header with {@link Op#NON_INCREMENTING}. */
    public static int nonIncrementing(int subchannel, int methodOffset, int dataWords) {
        return header(3, subchannel, methodOffset, dataWords);
    }

    /** A header with {@link Op#INCREMENT_ONCE}. */
    public static int incrementOnce(int subchannel, int methodOffset, int dataWords) {
        return header(5, subchannel, methodOffset, dataWords);
    }

    /** A header with {@link Op#IMMEDIATE}. */
    public static int immediate(int subchannel, int methodOffset, int data) {
        return header(4, subchannel, methodOffset, data);
    }

    private static int header(int secOp, int subchannel, int methodOffset, int countOrData) {
        int header = ADDRESS.with(0, methodOffset >>> 2);
        header = SUBCHANNEL.with(header, subchannel);
        header = COUNT.with(header, countOrData);
        return header | secOp << 29;
    }

    private static boolean isOld(int header) {
        int secOp = SEC_OP.get(header);
        return secOp == 0 || secOp == 2;
    }
}
