// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The two rings through which a driver and the GSP pass messages, in memory of the driver's side.
 *
 * <p>The region begins with a page of page addresses; then come the command queue (driver to GSP) and the status queue (GSP to driver). A
 * queue is a page of pointers and {@link #ELEMENT_COUNT} elements of 4 KiB. The write pointer of a queue is in its own page; its read
 * pointer is in the page of the other queue, because each side writes only its own. Equal pointers mean empty, so one element stays
 * unused. A message takes as many elements as it needs, one after another, and may wrap.
 */
public final class GspQueue {
    public static final int PAGE_BYTES = 0x1000;

    /** Bytes of one queue, its page of pointers included. */
    public static final int QUEUE_BYTES = 0x40000;

    /** Where the command queue begins in the region that nouveau and nova-core lay out. */
    public static final int COMMAND_QUEUE_OFFSET = 0x1000;

    /** Where the status queue begins in it. */
    public static final int STATUS_QUEUE_OFFSET = COMMAND_QUEUE_OFFSET + QUEUE_BYTES;

    /** Bytes of the region. */
    public static final int REGION_BYTES = STATUS_QUEUE_OFFSET + QUEUE_BYTES;

    /** Pages of the region, each with an entry in its first page. */
    public static final int PAGE_TABLE_ENTRIES = REGION_BYTES / PAGE_BYTES;

    public static final int ELEMENT_BYTES = 0x1000;
    public static final int ELEMENT_COUNT = 0x3f;

    /** Elements that may be in use at a time. */
    public static final int USABLE_ELEMENTS = ELEMENT_COUNT - 1;

    /** From the start of a queue to its first element. */
    public static final int ENTRY_OFFSET = 0x1000;

    /** Fields of the page of pointers, from the start of a queue. */
    public static final int TX_VERSION = 0;

    public static final int TX_SIZE = 4;
    public static final int TX_MESSAGE_SIZE = 8;
    public static final int TX_MESSAGE_COUNT = 12;
    public static final int TX_WRITE_POINTER = 16;
    public static final int TX_FLAGS = 20;
    public static final int TX_RX_OFFSET = 24;
    public static final int TX_ENTRY_OFFSET = 28;

    /** The read pointer of the other queue, from the start of a queue. */
    public static final int RX_READ_POINTER = 0x20;

    /** What is in front of the message header in an element. */
    public static final int TRANSPORT_HEADER_BYTES = 48;

    /** What is in front of the payload in an element: the transport's header and the message's. */
    public static final int ELEMENT_HEADER_BYTES = 80;

    /** The message's own header, which its length counts. */
    public static final int RPC_HEADER_BYTES = 32;

    /** Fields of an element. */
    public static final int ELEMENT_CHECKSUM = 32;

    public static final int ELEMENT_SEQUENCE = 36;
    public static final int ELEMENT_PAGES = 40;
    public static final int RPC_VERSION = 48;
    public static final int RPC_SIGNATURE = 52;
    public static final int RPC_LENGTH = 56;
    public static final int RPC_FUNCTION = 60;
    public static final int RPC_RESULT = 64;
    public static final int RPC_RESULT_PRIVATE = 68;
    public static final int RPC_SEQUENCE = 72;
    public static final int RPC_SPARE = 76;

    /** Version 3.0. */
    public static final int HEADER_VERSION = 0x03000000;

    /** "VRPC". */
    public static final int SIGNATURE = 0x43505256;

    /** Result in a message that has no result yet. */
    public static final int RESULT_PENDING = 0xffffffff;

    /** Pages of the largest message; a longer one goes on in continuation records. */
    public static final int MAX_MESSAGE_PAGES = 16;

    /** Payload of the largest message. */
    public static final int MAX_PAYLOAD_BYTES = MAX_MESSAGE_PAGES * ELEMENT_BYTES - ELEMENT_HEADER_BYTES;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private GspQueue() {}

    /** Elements that a message takes. */
    public static int elementsFor(int payloadBytes) {
        return (ELEMENT_HEADER_BYTES + payloadBytes + ELEMENT_BYTES - 1) / ELEMENT_BYTES;
    }

    /**
     * Exclusive or of a message's 64-bit words, as if zeroes filled up the last, folded to 32 bits. With the checksum field at 0 it is the
     * value to store there; with the field stored it is 0 when the message is intact.
     *
     * @param lengthBytes header and payload
     */
    public static int checksum(MemorySegment segment, long base, long lengthBytes) {
        return fold(words(segment, base, lengthBytes));
    }

    /**
     * Running exclusive or, for messages that wrap: combine the parts with {@code ^} and {@link #fold} the result. Every part but the last
     * must be a multiple of 8 bytes.
     */
    public static long words(MemorySegment segment, long base, long lengthBytes) {
        long sum = 0;
        long whole = lengthBytes & ~7;
        for (long i = 0; i < whole; i += 8) {
            sum ^= segment.get(LONG, base + i);
        }
        for (long i = whole; i < lengthBytes; i++) {
            sum ^= Byte.toUnsignedLong(segment.get(ValueLayout.JAVA_BYTE, base + i)) << (8 * (i - whole));
        }
        return sum;
    }

    /** Upper half exclusive-or lower half. */
    public static int fold(long words) {
        return (int) (words >>> 32) ^ (int) words;
    }
}
