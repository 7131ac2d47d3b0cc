// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import static io.lamella.hw.gsp.GspQueue.COMMAND_QUEUE_OFFSET;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_COUNT;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.MAX_PAYLOAD_BYTES;
import static io.lamella.hw.gsp.GspQueue.PAGE_BYTES;
import static io.lamella.hw.gsp.GspQueue.RX_READ_POINTER;
import static io.lamella.hw.gsp.GspQueue.STATUS_QUEUE_OFFSET;
import static io.lamella.hw.gsp.GspQueue.TX_WRITE_POINTER;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Deadline;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two rings between driver and firmware, and nothing of what travels on them.
 *
 * <p>A ring is a header page and 63 pages for elements. Each side writes the pages and the write pointer of its own ring, and, in its own
 * ring's header too, how far it has read the other's. An element is complete before the pointer that shows it moves. What the firmware
 * writes is checked before it is used: pointers, lengths, checksum. After something that makes no sense the status ring is emptied, so that
 * a later call starts afresh.
 *
 * <p>A call holds the lock from sending to the reply, so there is one at a time; messages that are no reply go to {@code events}, on the
 * thread that met them, under the lock.
 */
final class CommandQueue {
    private static final int SPINS = 100;
    private static final long SHORTEST_PAUSE_NANOS = 5_000;
    private static final long LONGEST_PAUSE_NANOS = 200_000;
    private static final int MOST_ABANDONED = 64;

    private final MemorySegment shared;
    private final CoreClock clock;
    private final Runnable doorbell;
    private final Runnable liveness;
    private final Consumer<GspMessage> events;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Integer> abandoned = new HashSet<>();
    private int transportSequence;
    private int messageSequence;
    private volatile @Nullable Thread waiting;

    /**
     * @param shared {@link GspQueue#REGION_BYTES}, zeroed
     * @param iova where the firmware finds it
     * @param doorbell tells the firmware of a new command
     * @param liveness throws if waiting makes no sense any more
     * @param events gets what is no reply
     */
    CommandQueue(
            MemorySegment shared,
            long iova,
            CoreClock clock,
            Runnable doorbell,
            Runnable liveness,
            Consumer<GspMessage> events) {
        this.shared = shared;
        this.clock = clock;
        this.doorbell = doorbell;
        this.liveness = liveness;
        this.events = events;
        for (int page = 0; page < GspQueue.PAGE_TABLE_ENTRIES; page++) {
            shared.set(Bytes.LONG, page * 8L, iova + (long) page * PAGE_BYTES);
        }
        int[] header = {0, GspQueue.QUEUE_BYTES, PAGE_BYTES, ELEMENT_COUNT, 0, 1, RX_READ_POINTER, GspQueue.ENTRY_OFFSET
        };
        for (int i = 0; i < header.length; i++) {
            shared.set(Bytes.INT, COMMAND_QUEUE_OFFSET + i * 4L, header[i]);
        }
    }

    /** Sends a command that gets no reply. */
    void post(int function, MemorySegment payload, int timeoutMillis) {
        lock.lock();
        try {
            send(function, 0, payload, new Deadline(clock, timeoutMillis), timeoutMillis);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param what finishes the sentence "The GSP did not ..."
     * @param replyBytes the least that the reply has; more than one element's worth arrives in several
     * @throws CoreException {@code TIMED_OUT}, {@code DEVICE_FAULT} for a reply that makes no sense
     */
    GspMessage call(String what, int function, MemorySegment payload, int replyBytes, int timeoutMillis) {
        lock.lock();
        try {
            Deadline deadline = new Deadline(clock, timeoutMillis);
            int sequence = ++messageSequence;
            send(function, sequence, payload, deadline, timeoutMillis);
            try {
                while (true) {
                    GspMessage message = receive(deadline, what, timeoutMillis, replyBytes);
                    if (message.function() == function && !abandoned.remove(message.sequence())) {
                        return message;
                    }
                    if (message.function() != function) {
                        events.accept(message);
                    }
                }
            } catch (CoreException failure) {
                if (failure.error() == CoreError.TIMED_OUT && abandoned.size() < MOST_ABANDONED) {
                    abandoned.add(sequence);
                }
                throw failure;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an event; those that come before it go to {@code events}. */
    GspMessage awaitEvent(String what, int function, int timeoutMillis) {
        lock.lock();
        try {
            Deadline deadline = new Deadline(clock, timeoutMillis);
            while (true) {
                GspMessage message = receive(deadline, what, timeoutMillis, 0);
                if (message.function() == function) {
                    return message;
                }
                events.accept(message);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Hands over every event that is there. Does nothing while a call is under way, as that hands them over itself. */
    void drain(int timeoutMillis) {
        if (lock.tryLock()) {
            try {
                while (available() > 0) {
                    events.accept(receive(new Deadline(clock, timeoutMillis), "finish a message", timeoutMillis, 0));
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** Something may have arrived. */
    void wake() {
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    private void send(int function, int sequence, MemorySegment payload, Deadline deadline, int timeoutMillis) {
        long sent = 0;
        do {
            long part = Math.min(payload.byteSize() - sent, MAX_PAYLOAD_BYTES);
            push(
                    Element.encode(
                            sent == 0 ? function : GspFunction.CONTINUATION_RECORD.number(),
                            sequence,
                            transportSequence++,
                            payload.asSlice(sent, part)),
                    deadline,
                    timeoutMillis);
            sent += part;
        } while (sent < payload.byteSize());
    }

    private void push(MemorySegment element, Deadline deadline, int timeoutMillis) {
        int pages = (int) (element.byteSize() / PAGE_BYTES);
        int write = shared.get(Bytes.INT, COMMAND_QUEUE_OFFSET + TX_WRITE_POINTER);
        pause(
                () -> (pointer(STATUS_QUEUE_OFFSET + RX_READ_POINTER) + ELEMENT_COUNT - write - 1) % ELEMENT_COUNT
                        >= pages,
                deadline,
                "make room for a command",
                timeoutMillis);
        copy(element, COMMAND_QUEUE_OFFSET, write, true);
        VarHandle.releaseFence();
        shared.set(Bytes.INT, COMMAND_QUEUE_OFFSET + TX_WRITE_POINTER, (write + pages) % ELEMENT_COUNT);
        VarHandle.fullFence();
        doorbell.run();
    }

    private GspMessage receive(Deadline deadline, String what, int timeoutMillis, int expectedBytes) {
        GspMessage first = receiveElement(deadline, what, timeoutMillis);
        int have = (int) first.payload().sizeBytes();
        if (have != MAX_PAYLOAD_BYTES || expectedBytes <= have) {
            return first;
        }
        MemorySegment whole = first.payload().copy(expectedBytes);
        while (have < expectedBytes) {
            GspMessage next = receiveElement(deadline, what, timeoutMillis);
            if (next.function() != GspFunction.CONTINUATION_RECORD.number()) {
                throw garbled("a message of " + expectedBytes + " bytes breaks off after " + have);
            }
            int part = (int) Math.min(next.payload().sizeBytes(), expectedBytes - have);
            if (part == 0) {
                throw garbled("the continuation of a message is empty");
            }
            MemorySegment.copy(next.payload().memory(), 0, whole, have, part);
            have += part;
        }
        return new GspMessage(
                first.function(),
                first.sequence(),
                first.result(),
                new Bytes(first.payload().name(), whole));
    }

    private GspMessage receiveElement(Deadline deadline, String what, int timeoutMillis) {
        pause(() -> available() > 0, deadline, what, timeoutMillis);
        int read = shared.get(Bytes.INT, COMMAND_QUEUE_OFFSET + RX_READ_POINTER);
        MemorySegment header = MemorySegment.ofArray(new byte[ELEMENT_HEADER_BYTES]);
        copy(header, STATUS_QUEUE_OFFSET, read, false);
        Optional<String> defect = Element.defect(header);
        if (defect.isPresent()) {
            throw garbled(defect.get());
        }
        int length = header.get(Bytes.INT, GspQueue.RPC_LENGTH);
        int total = GspQueue.TRANSPORT_HEADER_BYTES + length;
        int pages = (total + PAGE_BYTES - 1) / PAGE_BYTES;
        pause(() -> available() >= pages, deadline, what, timeoutMillis);
        // The header is copied again with the rest: the length above is what is used, whatever it says by now.
        MemorySegment element = MemorySegment.ofArray(new byte[total]);
        copy(element, STATUS_QUEUE_OFFSET, read, false);
        if (GspQueue.checksum(element, 0, total) != 0) {
            throw garbled("its checksum is wrong");
        }
        VarHandle.fullFence();
        shared.set(Bytes.INT, COMMAND_QUEUE_OFFSET + RX_READ_POINTER, (read + pages) % ELEMENT_COUNT);
        int function = element.get(Bytes.INT, GspQueue.RPC_FUNCTION);
        return new GspMessage(
                function,
                element.get(Bytes.INT, GspQueue.RPC_SEQUENCE),
                element.get(Bytes.INT, GspQueue.RPC_RESULT),
                new Bytes(
                        "GSP message " + Integer.toUnsignedString(function),
                        element.asSlice(ELEMENT_HEADER_BYTES, total - ELEMENT_HEADER_BYTES)));
    }

    private int available() {
        int read = shared.get(Bytes.INT, COMMAND_QUEUE_OFFSET + RX_READ_POINTER);
        return (pointer(STATUS_QUEUE_OFFSET + TX_WRITE_POINTER) + ELEMENT_COUNT - read) % ELEMENT_COUNT;
    }

    /** A pointer of the firmware's. */
    private int pointer(int offset) {
        int value = shared.get(Bytes.INT, offset);
        VarHandle.acquireFence();
        if (value < 0 || value >= ELEMENT_COUNT) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The GSP's queue pointer is " + Integer.toUnsignedString(value) + "; it must be below "
                            + ELEMENT_COUNT + ".");
        }
        return value;
    }

    private CoreException garbled(String why) {
        shared.set(Bytes.INT, COMMAND_QUEUE_OFFSET + RX_READ_POINTER, pointer(STATUS_QUEUE_OFFSET + TX_WRITE_POINTER));
        return new CoreException(CoreError.DEVICE_FAULT, "A message of the GSP makes no sense: " + why + ".");
    }

    private void copy(MemorySegment element, int ring, int slot, boolean toRing) {
        long done = 0;
        long start = (long) slot * PAGE_BYTES;
        while (done < element.byteSize()) {
            long at = (start + done) % ((long) ELEMENT_COUNT * PAGE_BYTES);
            long part = Math.min(element.byteSize() - done, (long) ELEMENT_COUNT * PAGE_BYTES - at);
            if (toRing) {
                MemorySegment.copy(element, done, shared, ring + PAGE_BYTES + at, part);
            } else {
                MemorySegment.copy(shared, ring + PAGE_BYTES + at, element, done, part);
            }
            done += part;
        }
    }

    private void pause(BooleanSupplier done, Deadline deadline, String what, int timeoutMillis) {
        for (int i = 0; i < SPINS; i++) {
            if (done.getAsBoolean()) {
                return;
            }
            Thread.onSpinWait();
        }
        waiting = Thread.currentThread();
        try {
            long nanos = SHORTEST_PAUSE_NANOS;
            for (int i = 1; !done.getAsBoolean(); i++) {
                if (deadline.isOver()) {
                    liveness.run();
                    throw new CoreException(
                            CoreError.TIMED_OUT, "The GSP did not " + what + " within " + timeoutMillis + " ms.");
                }
                if (i % 32 == 0) {
                    liveness.run();
                }
                clock.sleepNanos(nanos);
                nanos = Math.min(nanos * 2, LONGEST_PAUSE_NANOS);
            }
        } finally {
            waiting = null;
        }
    }
}
