// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.port.GspBoot;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A driver reduced to its queues, in nouveau's order: it fills the memory that a GSP starts with, sends commands and reads what comes back,
 * strictly.
 */
public final class ScriptedDriver {
    public static final long IOVA = 0x4000_0000L;
    public static final int QUEUES = 0x2000;
    private static final int LIBOS = 0;
    private static final int ARGUMENTS = 0x1000;
    private static final int MEMORY_BYTES = QUEUES + GspQueue.REGION_BYTES;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final GspAbi abi;
    private final DmaMap dma;
    private final long fbBytes;
    private final GspInstance gsp;
    private final FakeHost host;
    private final MemorySegment memory = MemorySegment.ofArray(new byte[MEMORY_BYTES]);
    private final ArrayDeque<Message> setAside = new ArrayDeque<>();
    private int sequence;
    private int expectedSequence;

    /** A message from the GSP. */
    public record Message(int function, int result, MemorySegment payload) {}

    public ScriptedDriver(GspAbi abi, DmaMap dma, long fbBytes, GspInstance gsp, FakeHost host) {
        this.abi = abi;
        this.dma = dma;
        this.fbBytes = fbBytes;
        this.gsp = gsp;
        this.host = host;
        dma.map(DmaRegion.of(IOVA, memory, DmaAccess.READ_WRITE));
        prepare();
    }

    /** Its memory; offset 0 is at {@link #IOVA}. */
    public MemorySegment memory() {
        return memory;
    }

    public GspAbi abi() {
        return abi;
    }

    /** Unmaps its memory. */
    public void close() {
        dma.unmap(IOVA, MEMORY_BYTES);
    }

    /** Fills what the GSP reads before the first command. */
    public void prepare() {
        memory.fill((byte) 0);
        setAside.clear();
        sequence = 0;
        expectedSequence = 0;
        Struct region = abi.libosRegion();
        String[] names = {"LOGINIT", "LOGINTR", "LOGRM", "RMARGS"};
        for (int i = 0; i < names.length; i++) {
            long at = LIBOS + (long) i * region.sizeBytes();
            region.u64("id8").set(memory, at, BootStructs.libosId(names[i]));
            region.u64("pa").set(memory, at, IOVA + (names[i].equals("RMARGS") ? ARGUMENTS : 0x1800));
        }
        Struct arguments = abi.arguments();
        String queues = "messageQueueInitArguments.";
        arguments.u64(queues + "sharedMemPhysAddr").set(memory, ARGUMENTS, IOVA + QUEUES);
        arguments.u32(queues + "pageTableEntryCount").set(memory, ARGUMENTS, GspQueue.PAGE_TABLE_ENTRIES);
        arguments.u64(queues + "cmdQueueOffset").set(memory, ARGUMENTS, GspQueue.COMMAND_QUEUE_OFFSET);
        arguments.u64(queues + "statQueueOffset").set(memory, ARGUMENTS, GspQueue.STATUS_QUEUE_OFFSET);
        for (int i = 0; i < GspQueue.PAGE_TABLE_ENTRIES; i++) {
            memory.set(ValueLayout.JAVA_LONG_UNALIGNED, QUEUES + 8L * i, IOVA + QUEUES + 4096L * i);
        }
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_SIZE, GspQueue.QUEUE_BYTES);
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_MESSAGE_SIZE, GspQueue.ELEMENT_BYTES);
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_MESSAGE_COUNT, GspQueue.ELEMENT_COUNT);
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_FLAGS, 1);
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_RX_OFFSET, GspQueue.RX_READ_POINTER);
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_ENTRY_OFFSET, GspQueue.ENTRY_OFFSET);
    }

    /** Has the arguments of the resource manager say that it is to go on after a sleep, or not. */
    public void setResuming(boolean resuming) {
        abi.arguments().u8("srInitArguments.bInPMTransition").set(memory, ARGUMENTS, resuming);
    }

    /** What booter hands to the GSP: the firmware's memory begins 200 MiB below the top, or half-way where there is less. */
    public GspBoot bootArguments() {
        long end = fbBytes - Math.min(200L << 20, fbBytes / 2);
        return new GspBoot(IOVA + LIBOS, IOVA, IOVA, 4096, end, end + (1 << 20), fbBytes, fbBytes, fbBytes, 0, 0, true);
    }

    public int queueField(long queue, int field) {
        return memory.get(INT, QUEUES + queue + field);
    }

    public void setQueueField(long queue, int field, int value) {
        memory.set(INT, QUEUES + queue + field, value);
    }

    /** Puts a message into the command queue without ringing. */
    public void push(int function, MemorySegment payload) {
        int length = (int) payload.byteSize();
        int first = Math.min(length, GspQueue.MAX_PAYLOAD_BYTES);
        pushElement(function, payload.asSlice(0, first));
        for (int at = first; at < length; at += GspQueue.MAX_PAYLOAD_BYTES) {
            pushElement(
                    GspFunction.CONTINUATION_RECORD.number(),
                    payload.asSlice(at, Math.min(length - at, GspQueue.MAX_PAYLOAD_BYTES)));
        }
    }

    private void pushElement(int function, MemorySegment payload) {
        int bytes = GspQueue.ELEMENT_HEADER_BYTES + (int) payload.byteSize();
        MemorySegment element = MemorySegment.ofArray(new byte[bytes]);
        element.set(INT, GspQueue.ELEMENT_SEQUENCE, sequence);
        element.set(INT, GspQueue.ELEMENT_PAGES, GspQueue.elementsFor((int) payload.byteSize()));
        element.set(INT, GspQueue.RPC_VERSION, GspQueue.HEADER_VERSION);
        element.set(INT, GspQueue.RPC_SIGNATURE, GspQueue.SIGNATURE);
        element.set(INT, GspQueue.RPC_LENGTH, GspQueue.RPC_HEADER_BYTES + (int) payload.byteSize());
        element.set(INT, GspQueue.RPC_FUNCTION, function);
        element.set(INT, GspQueue.RPC_RESULT, GspQueue.RESULT_PENDING);
        element.set(INT, GspQueue.RPC_RESULT_PRIVATE, GspQueue.RESULT_PENDING);
        element.set(INT, GspQueue.RPC_SEQUENCE, sequence++);
        MemorySegment.copy(payload, 0, element, GspQueue.ELEMENT_HEADER_BYTES, payload.byteSize());
        element.set(INT, GspQueue.ELEMENT_CHECKSUM, GspQueue.checksum(element, 0, bytes));
        int write = queueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_WRITE_POINTER);
        int read = queueField(GspQueue.STATUS_QUEUE_OFFSET, GspQueue.RX_READ_POINTER);
        int free = (read - write - 1 + GspQueue.ELEMENT_COUNT) % GspQueue.ELEMENT_COUNT;
        if (free < GspQueue.elementsFor((int) payload.byteSize())) {
            gsp.doorbell();
            host.awaitIdle();
        }
        for (long done = 0; done < bytes; done += 4096) {
            long at = QUEUES + GspQueue.COMMAND_QUEUE_OFFSET + GspQueue.ENTRY_OFFSET + 4096L * write;
            MemorySegment.copy(element, done, memory, at, Math.min(4096, bytes - done));
            write = (write + 1) % GspQueue.ELEMENT_COUNT;
        }
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.TX_WRITE_POINTER, write);
    }

    /** Takes the next message out of the status queue, or null. Every field of its headers is checked. */
    public @Nullable Message poll() {
        Message event = setAside.poll();
        return event == null ? receive() : event;
    }

    private @Nullable Message receive() {
        int write = queueField(GspQueue.STATUS_QUEUE_OFFSET, GspQueue.TX_WRITE_POINTER);
        int read = queueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.RX_READ_POINTER);
        if (read == write) {
            return null;
        }
        MemorySegment header = element(read, GspQueue.ELEMENT_HEADER_BYTES);
        int length = header.get(INT, GspQueue.RPC_LENGTH);
        int bytes = GspQueue.TRANSPORT_HEADER_BYTES + length;
        MemorySegment whole = element(read, bytes);
        assertThat(GspQueue.checksum(whole, 0, bytes)).as("checksum").isZero();
        assertThat(header.get(INT, GspQueue.RPC_VERSION)).isEqualTo(GspQueue.HEADER_VERSION);
        assertThat(header.get(INT, GspQueue.RPC_SIGNATURE)).isEqualTo(GspQueue.SIGNATURE);
        assertThat(header.get(INT, GspQueue.ELEMENT_SEQUENCE)).isEqualTo(expectedSequence++);
        int elements = GspQueue.elementsFor(length - GspQueue.RPC_HEADER_BYTES);
        assertThat(header.get(INT, GspQueue.ELEMENT_PAGES)).isEqualTo(elements);
        int next = (read + elements) % GspQueue.ELEMENT_COUNT;
        setQueueField(GspQueue.COMMAND_QUEUE_OFFSET, GspQueue.RX_READ_POINTER, next);
        return new Message(
                whole.get(INT, GspQueue.RPC_FUNCTION),
                whole.get(INT, GspQueue.RPC_RESULT),
                whole.asSlice(GspQueue.ELEMENT_HEADER_BYTES));
    }

    private MemorySegment element(int first, int bytes) {
        MemorySegment whole = MemorySegment.ofArray(new byte[bytes]);
        int index = first;
        for (int done = 0; done < bytes; done += 4096) {
            long at = QUEUES + GspQueue.STATUS_QUEUE_OFFSET + GspQueue.ENTRY_OFFSET + 4096L * index;
            MemorySegment.copy(memory, at, whole, done, Math.min(4096, bytes - done));
            index = (index + 1) % GspQueue.ELEMENT_COUNT;
        }
        return whole;
    }

    /** Queues what nouveau queues before the GSP runs. */
    public void pushSystemInfoAndRegistry() {
        push(
                GspFunction.GSP_SET_SYSTEM_INFO.number(),
                MemorySegment.ofArray(new byte[abi.systemInfo().sizeBytes()]));
        push(GspFunction.SET_REGISTRY.number(), registry("RMSecBusResetEnable", "RMForcePcieConfigSave"));
    }

    private MemorySegment registry(String... keys) {
        Struct table = abi.struct("PACKED_REGISTRY_TABLE");
        Struct entry = abi.struct("PACKED_REGISTRY_ENTRY");
        int namesAt = table.sizeBytes() + keys.length * entry.sizeBytes();
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        MemorySegment fixed = MemorySegment.ofArray(new byte[namesAt]);
        table.u32("numEntries").set(fixed, 0, keys.length);
        for (int i = 0; i < keys.length; i++) {
            long at = table.sizeBytes() + (long) i * entry.sizeBytes();
            entry.u32("nameOffset").set(fixed, at, namesAt + names.size());
            entry.u8("type").set(fixed, at, 1);
            entry.u32("data").set(fixed, at, 1);
            entry.u32("length").set(fixed, at, 4);
            names.writeBytes((keys[i] + '\0').getBytes(StandardCharsets.US_ASCII));
        }
        MemorySegment whole = MemorySegment.ofArray(new byte[namesAt + names.size()]);
        MemorySegment.copy(fixed, 0, whole, 0, namesAt);
        MemorySegment.copy(MemorySegment.ofArray(names.toByteArray()), 0, whole, namesAt, names.size());
        table.u32("size").set(whole, 0, (int) whole.byteSize());
        return whole;
    }

    /** The next message that is no event; events that come before it are for {@link #poll}. */
    private @Nullable Message receiveAnswer() {
        Message message = receive();
        while (message != null && message.function >= GspEvent.GSP_INIT_DONE.number()) {
            setAside.add(message);
            message = receive();
        }
        return message;
    }

    private Message requireAnswer() {
        Message answer = receiveAnswer();
        if (answer == null) {
            // It may have waited for room.
            gsp.doorbell();
            host.awaitIdle();
            answer = receiveAnswer();
        }
        if (answer == null) {
            throw new AssertionError("The GSP is silent: " + gsp.status());
        }
        return answer;
    }

    private Message require(@Nullable Message message) {
        if (message == null) {
            // It may have waited for room.
            gsp.doorbell();
            host.awaitIdle();
            Message late = poll();
            if (late == null) {
                throw new AssertionError("The GSP is silent: " + gsp.status());
            }
            return late;
        }
        return message;
    }

    /** Sends, rings, and reads the answer, its continuation records too. */
    public Message call(GspFunction function, MemorySegment payload) {
        push(function.number(), payload);
        gsp.doorbell();
        host.awaitIdle();
        Message first = requireAnswer();
        assertThat(first.function).isEqualTo(function.number());
        MemorySegment whole = MemorySegment.ofArray(new byte[(int) payload.byteSize()]);
        if (first.payload.byteSize() < GspQueue.MAX_PAYLOAD_BYTES) {
            return first;
        }
        long filled = first.payload.byteSize();
        MemorySegment.copy(first.payload, 0, whole, 0, filled);
        while (filled < whole.byteSize()) {
            Message more = requireAnswer();
            assertThat(more.function).isEqualTo(GspFunction.CONTINUATION_RECORD.number());
            MemorySegment.copy(more.payload, 0, whole, filled, more.payload.byteSize());
            filled += more.payload.byteSize();
        }
        return new Message(first.function, first.result, whole);
    }

    /** Boots like nouveau: the first two messages wait before the GSP starts. */
    public ScriptedDriver boot() {
        pushSystemInfoAndRegistry();
        gsp.doorbell();
        host.tasks().execute(() -> gsp.start(bootArguments()));
        host.awaitIdle();
        Message first = require(poll());
        Message second = require(poll());
        assertThat(first.function).isEqualTo(GspEvent.GSP_RUN_CPU_SEQUENCER.number());
        assertThat(first.payload.byteSize()).isEqualTo(40);
        assertThat(second.function).isEqualTo(GspEvent.GSP_INIT_DONE.number());
        assertThat(poll()).as("a third message at boot").isNull();
        return this;
    }

    /** Allocates with parameters; the status. */
    public int alloc(int client, int parent, int object, RmClass type, MemorySegment params) {
        Struct envelope = abi.allocEnvelope();
        MemorySegment payload = MemorySegment.ofArray(new byte[envelope.sizeBytes() + (int) params.byteSize()]);
        envelope.u32("hClient").set(payload, 0, client);
        envelope.u32("hParent").set(payload, 0, parent);
        envelope.u32("hObject").set(payload, 0, object);
        envelope.u32("hClass").set(payload, 0, type.number());
        envelope.u32("paramsSize").set(payload, 0, (int) params.byteSize());
        MemorySegment.copy(params, 0, payload, envelope.sizeBytes(), params.byteSize());
        Message answer = call(GspFunction.GSP_RM_ALLOC, payload);
        assertThat(answer.result).isZero();
        assertThat(answer.payload.byteSize()).isEqualTo(payload.byteSize());
        return envelope.u32("status").get(answer.payload, 0);
    }

    /** Allocates with zero parameters of the class's own size; the status. */
    public int alloc(int client, int parent, int object, RmClass type) {
        int bytes = abi.allocation(type).map(Struct::sizeBytes).orElse(0);
        return alloc(client, parent, object, type, MemorySegment.ofArray(new byte[bytes]));
    }

    /** Frees; the status. */
    public int free(int client, int object) {
        Struct layout = abi.freeEnvelope();
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u32("hRoot").set(payload, 0, client);
        layout.u32("hObjectOld").set(payload, 0, object);
        return layout.u32("status").get(call(GspFunction.FREE, payload).payload, 0);
    }

    /** Parameters of a control, zero. */
    public MemorySegment params(RmControl control) {
        return MemorySegment.ofArray(new byte[abi.control(control).sizeBytes()]);
    }

    /** Sends a control to the firmware's own subdevice; the parameters become the answer's. */
    public int control(RmControl control, MemorySegment params) {
        return control(0xc2000001, 0x5d1d0001, abi.number(control), params);
    }

    /** Sends a control by number; the status. */
    public int control(int client, int object, int number, MemorySegment params) {
        Struct envelope = abi.controlEnvelope();
        MemorySegment payload = MemorySegment.ofArray(new byte[envelope.sizeBytes() + (int) params.byteSize()]);
        envelope.u32("hClient").set(payload, 0, client);
        envelope.u32("hObject").set(payload, 0, object);
        envelope.u32("cmd").set(payload, 0, number);
        envelope.u32("paramsSize").set(payload, 0, (int) params.byteSize());
        MemorySegment.copy(params, 0, payload, envelope.sizeBytes(), params.byteSize());
        Message answer = call(GspFunction.GSP_RM_CONTROL, payload);
        assertThat(answer.result).isZero();
        assertThat(answer.payload.byteSize()).isEqualTo(payload.byteSize());
        MemorySegment.copy(answer.payload, envelope.sizeBytes(), params, 0, params.byteSize());
        return envelope.u32("status").get(answer.payload, 0);
    }
}
