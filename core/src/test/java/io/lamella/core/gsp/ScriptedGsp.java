// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import static io.lamella.hw.gsp.GspQueue.COMMAND_QUEUE_OFFSET;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_BYTES;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_COUNT;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.RX_READ_POINTER;
import static io.lamella.hw.gsp.GspQueue.STATUS_QUEUE_OFFSET;
import static io.lamella.hw.gsp.GspQueue.TX_WRITE_POINTER;

import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.GspQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The firmware's end of the rings, driven by hand from the doorbell: written apart from the code it tests. */
final class ScriptedGsp {
    record Received(int function, int sequence, MemorySegment payload, int transportSequence) {}

    final MemorySegment shared = MemorySegment.ofArray(new long[GspQueue.REGION_BYTES / 8]);
    final List<Received> received = new ArrayList<>();
    private int sequence;

    /** Where the firmware has read to and written to. */
    private int read;

    private int write;

    void startAt(int slot) {
        read = slot;
        write = slot;
        shared.set(Bytes.INT, COMMAND_QUEUE_OFFSET + TX_WRITE_POINTER, slot);
        shared.set(Bytes.INT, COMMAND_QUEUE_OFFSET + RX_READ_POINTER, slot);
        publish();
    }

    /** Takes every element that is there. */
    void takeAll() {
        while (read != shared.get(Bytes.INT, COMMAND_QUEUE_OFFSET + TX_WRITE_POINTER)) {
            byte[] first = slot(COMMAND_QUEUE_OFFSET, read);
            MemorySegment header = MemorySegment.ofArray(first);
            int length = header.get(Bytes.INT, GspQueue.RPC_LENGTH);
            int total = 48 + length;
            int pages = (total + ELEMENT_BYTES - 1) / ELEMENT_BYTES;
            byte[] element = new byte[pages * ELEMENT_BYTES];
            for (int page = 0; page < pages; page++) {
                System.arraycopy(
                        slot(COMMAND_QUEUE_OFFSET, (read + page) % ELEMENT_COUNT),
                        0,
                        element,
                        page * ELEMENT_BYTES,
                        ELEMENT_BYTES);
            }
            long sum = 0;
            MemorySegment whole = MemorySegment.ofArray(element);
            for (int at = 0; at < element.length; at += 8) {
                sum ^= whole.get(Bytes.LONG, at);
            }
            if (((int) sum ^ (int) (sum >>> 32)) != 0) {
                throw new AssertionError("The command's checksum is wrong.");
            }
            if (header.get(Bytes.INT, 40) != pages) {
                throw new AssertionError("The command's page count is wrong.");
            }
            byte[] payload = new byte[length - 32];
            System.arraycopy(element, ELEMENT_HEADER_BYTES, payload, 0, payload.length);
            received.add(new Received(
                    header.get(Bytes.INT, 60),
                    header.get(Bytes.INT, 72),
                    MemorySegment.ofArray(payload),
                    header.get(Bytes.INT, 36)));
            read = (read + pages) % ELEMENT_COUNT;
            publish();
        }
    }

    /** Sends an element with everything right. */
    void send(int function, int messageSequence, byte[] payload) {
        byte[] element = element(function, messageSequence, payload);
        sendRaw(element);
    }

    byte[] element(int function, int messageSequence, byte[] payload) {
        int total = ELEMENT_HEADER_BYTES + payload.length;
        byte[] element = new byte[(total + 7) / 8 * 8];
        MemorySegment view = MemorySegment.ofArray(element);
        view.set(Bytes.INT, 36, sequence++);
        view.set(Bytes.INT, 40, (total + ELEMENT_BYTES - 1) / ELEMENT_BYTES);
        view.set(Bytes.INT, 48, 0x03000000);
        view.set(Bytes.INT, 52, 0x43505256);
        view.set(Bytes.INT, 56, 32 + payload.length);
        view.set(Bytes.INT, 60, function);
        view.set(Bytes.INT, 72, messageSequence);
        MemorySegment.copy(payload, 0, view, ValueLayout.JAVA_BYTE, ELEMENT_HEADER_BYTES, payload.length);
        long sum = 0;
        for (int at = 0; at < element.length; at += 8) {
            sum ^= view.get(Bytes.LONG, at);
        }
        view.set(Bytes.INT, 32, (int) sum ^ (int) (sum >>> 32));
        return element;
    }

    void sendRaw(byte[] element) {
        int pages = (element.length + ELEMENT_BYTES - 1) / ELEMENT_BYTES;
        for (int page = 0; page < pages; page++) {
            int length = Math.min(ELEMENT_BYTES, element.length - page * ELEMENT_BYTES);
            MemorySegment.copy(
                    element,
                    page * ELEMENT_BYTES,
                    shared,
                    ValueLayout.JAVA_BYTE,
                    STATUS_QUEUE_OFFSET + (1L + (write + page) % ELEMENT_COUNT) * ELEMENT_BYTES,
                    length);
        }
        write = (write + pages) % ELEMENT_COUNT;
        publish();
    }

    void setWritePointer(int value) {
        shared.set(Bytes.INT, STATUS_QUEUE_OFFSET + TX_WRITE_POINTER, value);
    }

    private void publish() {
        shared.set(Bytes.INT, STATUS_QUEUE_OFFSET + TX_WRITE_POINTER, write);
        shared.set(Bytes.INT, STATUS_QUEUE_OFFSET + RX_READ_POINTER, read);
    }

    private byte[] slot(int ring, int index) {
        return shared.asSlice(ring + (1L + index) * ELEMENT_BYTES, ELEMENT_BYTES)
                .toArray(ValueLayout.JAVA_BYTE);
    }
}
