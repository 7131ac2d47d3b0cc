// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import static io.lamella.hw.gsp.GspQueue.ELEMENT_CHECKSUM;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_PAGES;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_SEQUENCE;
import static io.lamella.hw.gsp.GspQueue.MAX_PAYLOAD_BYTES;
import static io.lamella.hw.gsp.GspQueue.RPC_FUNCTION;
import static io.lamella.hw.gsp.GspQueue.RPC_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.RPC_LENGTH;
import static io.lamella.hw.gsp.GspQueue.RPC_RESULT;
import static io.lamella.hw.gsp.GspQueue.RPC_RESULT_PRIVATE;
import static io.lamella.hw.gsp.GspQueue.RPC_SEQUENCE;
import static io.lamella.hw.gsp.GspQueue.RPC_SIGNATURE;
import static io.lamella.hw.gsp.GspQueue.RPC_VERSION;
import static io.lamella.hw.gsp.GspQueue.TRANSPORT_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.TX_ENTRY_OFFSET;
import static io.lamella.hw.gsp.GspQueue.TX_FLAGS;
import static io.lamella.hw.gsp.GspQueue.TX_MESSAGE_COUNT;
import static io.lamella.hw.gsp.GspQueue.TX_MESSAGE_SIZE;
import static io.lamella.hw.gsp.GspQueue.TX_RX_OFFSET;
import static io.lamella.hw.gsp.GspQueue.TX_SIZE;
import static io.lamella.hw.gsp.GspQueue.TX_WRITE_POINTER;

import io.lamella.hw.gsp.GspQueue;
import io.lamella.pci.DmaFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The two rings between a driver and its GSP, in the driver's memory. Each has a header page and then entries of one page; a message takes as
 * many entries as it needs and may wrap. A ring's producer keeps its write index in its own header, and the index that it has read of
 * the other ring in its own header too: the read index of the command ring lies in the status ring and the other way round.
 *
 * <p>Nothing that the driver wrote is believed: each value is read once, checked, and the copy is used.
 */
final class MessageQueues {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int QUEUE_HEADER_BYTES = 32;

    private final SharedRegion region;
    private final long commandQueue;
    private final long statusQueue;
    private final int entryOffset;
    private final int entryCount;
    private final int readOffset;
    private int commandRead;
    private int statusWrite;
    private int nextSequence;

    private MessageQueues(SharedRegion region, long commandQueue, long statusQueue, Geometry geometry) {
        this.region = region;
        this.commandQueue = commandQueue;
        this.statusQueue = statusQueue;
        this.entryOffset = geometry.entryOffset;
        this.entryCount = geometry.entryCount;
        this.readOffset = geometry.readOffset;
    }

    private record Geometry(int sizeBytes, int entryOffset, int entryCount, int readOffset) {}

    /** Takes the rings over: reads the shape of the command ring and writes the header of the status ring, which has the same shape. */
    static MessageQueues open(SharedRegion region, long commandQueue, long statusQueue) throws GspFault {
        Geometry shape = readShape(region, commandQueue, "command");
        if (!isPage(statusQueue)
                || statusQueue > region.sizeBytes() - shape.sizeBytes
                || overlap(commandQueue, statusQueue, shape.sizeBytes)) {
            throw new GspFault("The status queue at 0x" + Long.toHexString(statusQueue)
                    + " leaves the queues' memory, overlaps the command queue or does not begin a page.");
        }
        try {
            region.writeInt(statusQueue, 0);
            region.writeInt(statusQueue + TX_SIZE, shape.sizeBytes);
            region.writeInt(statusQueue + TX_MESSAGE_SIZE, SharedRegion.PAGE_BYTES);
            region.writeInt(statusQueue + TX_MESSAGE_COUNT, shape.entryCount);
            region.writeInt(statusQueue + TX_WRITE_POINTER, 0);
            region.writeInt(statusQueue + TX_FLAGS, 1);
            region.writeInt(statusQueue + TX_RX_OFFSET, shape.readOffset);
            region.writeInt(statusQueue + TX_ENTRY_OFFSET, shape.entryOffset);
            region.writeInt(statusQueue + shape.readOffset, 0);
        } catch (DmaFaultException e) {
            throw new GspFault("The status queue cannot be written: " + e.getMessage());
        }
        return new MessageQueues(region, commandQueue, statusQueue, shape);
    }

    private static Geometry readShape(SharedRegion region, long queue, String what) throws GspFault {
        if (!isPage(queue) || queue > region.sizeBytes() - SharedRegion.PAGE_BYTES) {
            throw new GspFault("The " + what + " queue at 0x" + Long.toHexString(queue)
                    + " leaves the queues' memory or does not begin a page.");
        }
        int size;
        int messageSize;
        int count;
        int readOffset;
        int entryOffset;
        try {
            size = region.readInt(queue + TX_SIZE);
            messageSize = region.readInt(queue + TX_MESSAGE_SIZE);
            count = region.readInt(queue + TX_MESSAGE_COUNT);
            readOffset = region.readInt(queue + TX_RX_OFFSET);
            entryOffset = region.readInt(queue + TX_ENTRY_OFFSET);
        } catch (DmaFaultException e) {
            throw new GspFault("The " + what + " queue cannot be read: " + e.getMessage());
        }
        boolean sane = messageSize == SharedRegion.PAGE_BYTES
                && size > 0
                && queue <= region.sizeBytes() - size
                && entryOffset > 0
                && isPage(entryOffset)
                && count >= 2
                && (long) entryOffset + (long) count * messageSize <= size
                && readOffset >= QUEUE_HEADER_BYTES
                && readOffset <= SharedRegion.PAGE_BYTES - 4
                && (readOffset & 3) == 0;
        if (!sane) {
            throw new GspFault(
                    "The header of the %s queue makes no sense: size 0x%x, %d messages of 0x%x bytes from 0x%x on, read index at 0x%x."
                            .formatted(what, size, count, messageSize, entryOffset, readOffset));
        }
        return new Geometry(size, entryOffset, count, readOffset);
    }

    private static boolean isPage(long offset) {
        return offset >= 0 && (offset & SharedRegion.PAGE_BYTES - 1) == 0;
    }

    private static boolean overlap(long a, long b, int sizeBytes) {
        return a < b + sizeBytes && b < a + sizeBytes;
    }

    /** The next command, or null if there is none. Its entries are given back to the driver. */
    @Nullable
    RpcMessage next() throws GspFault {
        try {
            int write = region.readInt(commandQueue + TX_WRITE_POINTER);
            if (write == commandRead) {
                return null;
            }
            VarHandle.acquireFence();
            if (write < 0 || write >= entryCount) {
                throw new GspFault("The write index of the command queue is " + Integer.toUnsignedString(write)
                        + "; it has " + entryCount + " entries.");
            }
            int available = (write - commandRead + entryCount) % entryCount;
            RpcMessage message = readMessage(available);
            commandRead = (commandRead + message.entries()) % entryCount;
            region.writeInt(statusQueue + readOffset, commandRead);
            return message;
        } catch (DmaFaultException e) {
            throw new GspFault("The command queue cannot be used: " + e.getMessage());
        }
    }

    private RpcMessage readMessage(int available) throws GspFault {
        MemorySegment header = MemorySegment.ofArray(new byte[ELEMENT_HEADER_BYTES]);
        copyRing(commandQueue, commandRead, header, false);
        int length = header.get(INT, RPC_LENGTH);
        if (length < RPC_HEADER_BYTES || length > MAX_PAYLOAD_BYTES + RPC_HEADER_BYTES) {
            throw new GspFault("A command says that it is " + Integer.toUnsignedString(length) + " bytes long; "
                    + RPC_HEADER_BYTES + " to " + (MAX_PAYLOAD_BYTES + RPC_HEADER_BYTES) + " are possible.");
        }
        int bytes = TRANSPORT_HEADER_BYTES + length;
        int entries = Math.ceilDiv(bytes, SharedRegion.PAGE_BYTES);
        if (header.get(INT, ELEMENT_PAGES) != entries || entries > available) {
            throw new GspFault("A command of " + length + " bytes says that it takes "
                    + Integer.toUnsignedString(header.get(INT, ELEMENT_PAGES)) + " entries, needs " + entries
                    + " and has "
                    + available + ".");
        }
        MemorySegment whole = MemorySegment.ofArray(new byte[bytes]);
        copyRing(commandQueue, commandRead, whole, false);
        if (whole.get(INT, RPC_LENGTH) != length || GspQueue.checksum(whole, 0, bytes) != 0) {
            throw new GspFault("The checksum of a command is wrong.");
        }
        if (whole.get(INT, RPC_VERSION) != GspQueue.HEADER_VERSION
                || whole.get(INT, RPC_SIGNATURE) != GspQueue.SIGNATURE) {
            throw new GspFault("A command has no RPC header of version 3.0.");
        }
        return new RpcMessage(
                whole.get(INT, RPC_FUNCTION),
                whole.get(INT, RPC_SEQUENCE),
                entries,
                whole.asSlice(ELEMENT_HEADER_BYTES, bytes - ELEMENT_HEADER_BYTES));
    }

    /**
     * Sends a message of at most {@link GspQueue#MAX_PAYLOAD_BYTES}.
     *
     * @return false, with nothing done, if the driver has not made room yet
     */
    boolean send(int function, int sequence, int result, MemorySegment payload) throws GspFault {
        int length = RPC_HEADER_BYTES + Math.toIntExact(payload.byteSize());
        int bytes = TRANSPORT_HEADER_BYTES + length;
        int entries = Math.ceilDiv(bytes, SharedRegion.PAGE_BYTES);
        try {
            int read = region.readInt(commandQueue + readOffset);
            if (read < 0 || read >= entryCount) {
                throw new GspFault("The driver's read index of the status queue is " + Integer.toUnsignedString(read)
                        + "; it has " + entryCount + " entries.");
            }
            if (entries > (read - statusWrite - 1 + entryCount) % entryCount) {
                return false;
            }
            MemorySegment whole = MemorySegment.ofArray(new byte[bytes]);
            whole.set(INT, ELEMENT_SEQUENCE, nextSequence++);
            whole.set(INT, ELEMENT_PAGES, entries);
            whole.set(INT, RPC_VERSION, GspQueue.HEADER_VERSION);
            whole.set(INT, RPC_SIGNATURE, GspQueue.SIGNATURE);
            whole.set(INT, RPC_LENGTH, length);
            whole.set(INT, RPC_FUNCTION, function);
            whole.set(INT, RPC_RESULT, result);
            whole.set(INT, RPC_RESULT_PRIVATE, result);
            whole.set(INT, RPC_SEQUENCE, sequence);
            MemorySegment.copy(payload, 0, whole, ELEMENT_HEADER_BYTES, payload.byteSize());
            whole.set(INT, ELEMENT_CHECKSUM, GspQueue.checksum(whole, 0, bytes));
            copyRing(statusQueue, statusWrite, whole, true);
            VarHandle.releaseFence();
            statusWrite = (statusWrite + entries) % entryCount;
            region.writeInt(statusQueue + TX_WRITE_POINTER, statusWrite);
            return true;
        } catch (DmaFaultException e) {
            throw new GspFault("The status queue cannot be used: " + e.getMessage());
        }
    }

    private void copyRing(long queue, int firstEntry, MemorySegment local, boolean toRing) {
        long length = local.byteSize();
        int entry = firstEntry;
        for (long done = 0; done < length; done += SharedRegion.PAGE_BYTES) {
            MemorySegment piece = local.asSlice(done, Math.min(SharedRegion.PAGE_BYTES, length - done));
            long at = queue + entryOffset + (long) entry * SharedRegion.PAGE_BYTES;
            if (toRing) {
                region.write(at, piece);
            } else {
                region.read(at, piece);
            }
            entry = (entry + 1) % entryCount;
        }
    }
}
