// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.vfiouser.wire.Command;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.MessageOutput;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * DMA by messages, for memory that has no descriptor. Any thread may wait for a reply except the session's own, which receives it: while
 * that one executes a command, the client may be waiting for it and deaf to ours.
 *
 * <p>Pieces are of 64 KiB, and no more than two are under way: QEMU sends replies on a socket that does not wait and loses what does not fit.
 */
final class MessageDma {
    private static final int PIECE_BYTES = 64 << 10;
    private static final int MAX_PIECES = 2;

    /** A message that was sent and not answered yet. The fields change under the lock. */
    private static final class Request {
        final int command;
        final long iova;
        // What was read. The waiting thread copies it on: its memory may be its own alone.
        byte[] data = {};
        final int sizeBytes;
        boolean done;
        int error;

        Request(int command, long iova, int sizeBytes) {
            this.command = command;
            this.iova = iova;
            this.sizeBytes = sizeBytes;
        }
    }

    private final MessageOutput output;
    private final Counters counters;
    private final long sessionThreadId;
    private final long timeoutNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Integer, Request> outstanding = new HashMap<>();
    private int nextId;
    private int pieceBytes = PIECE_BYTES;
    // QEMU up to 10.2 has a count of 32 bits, which a reply to a read tells.
    private boolean shortCount;
    private boolean closed;

    MessageDma(MessageOutput output, Counters counters, Thread sessionThread, long timeoutMillis) {
        this.output = output;
        this.counters = counters;
        this.sessionThreadId = sessionThread.threadId();
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    /** What the client takes in one message. */
    void setMaxDataBytes(int bytes) {
        pieceBytes = Math.min(PIECE_BYTES, bytes);
    }

    void read(long iova, MemorySegment destination) {
        transfer(Command.DMA_READ, DmaAccess.READ, iova, destination);
    }

    void write(long iova, MemorySegment source) {
        transfer(Command.DMA_WRITE, DmaAccess.WRITE, iova, source);
    }

    private void transfer(int command, DmaAccess access, long iova, MemorySegment local) {
        if (Thread.currentThread().threadId() == sessionThreadId) {
            throw new DmaFaultException(
                    iova,
                    local.byteSize(),
                    access,
                    "the region has no shared memory, and a message for it cannot be waited for inside of a client's"
                            + " command; do it from another thread, or share the memory (share=on in QEMU)");
        }
        // What is sent must be native memory.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(HEADER_BYTES + Wire.DMA_ACCESS_BYTES, 8);
            boolean staged = command == Command.DMA_WRITE && !local.isNative();
            MemorySegment body = staged ? arena.allocate(Math.min(pieceBytes, local.byteSize()), 8) : local;
            long deadline = System.nanoTime() + timeoutNanos;
            ArrayDeque<Request> under = new ArrayDeque<>();
            long length = local.byteSize();
            for (long done = 0; done < length; ) {
                int piece = (int) Math.min(pieceBytes, length - done);
                Request request = new Request(command, iova + done, piece);
                int id = enlist(request, access, deadline);
                under.add(request);
                if (staged) {
                    MemorySegment.copy(local, done, body, 0, piece);
                }
                send(id, request, head, body, staged ? 0 : done, access);
                done += piece;
                if (under.size() == MAX_PIECES) {
                    finish(under.remove(), access, deadline, iova, local);
                }
            }
            while (!under.isEmpty()) {
                finish(under.remove(), access, deadline, iova, local);
            }
        }
    }

    private void finish(Request request, DmaAccess access, long deadline, long iova, MemorySegment local) {
        await(request, access, deadline);
        if (request.command == Command.DMA_READ) {
            MemorySegment.copy(request.data, 0, local, Wire.U8, request.iova - iova, request.sizeBytes);
        }
    }

    private int enlist(Request request, DmaAccess access, long deadline) {
        lock.lock();
        try {
            while (!closed && outstanding.size() >= MAX_PIECES) {
                if (!waitUntil(deadline)) {
                    throw fault(request, access, "other messages have not been answered in time");
                }
            }
            if (closed) {
                throw fault(request, access, "the client has gone");
            }
            while (outstanding.containsKey(nextId)) {
                nextId = (nextId + 1) & 0xffff;
            }
            int id = nextId;
            nextId = (nextId + 1) & 0xffff;
            outstanding.put(id, request);
            return id;
        } finally {
            lock.unlock();
        }
    }

    private void send(
            int id, Request request, MemorySegment head, MemorySegment body, long bodyOffset, DmaAccess access) {
        boolean writes = request.command == Command.DMA_WRITE;
        int fixed = writes && shortCount ? Wire.DMA_ACCESS_SHORT_BYTES : Wire.DMA_ACCESS_BYTES;
        int data = writes ? request.sizeBytes : 0;
        Wire.header(head, 0, id, request.command, HEADER_BYTES + fixed + data, Wire.TYPE_COMMAND, 0);
        head.set(Wire.U64, HEADER_BYTES, request.iova);
        head.set(Wire.U64, HEADER_BYTES + Wire.DMA_ACCESS_COUNT, request.sizeBytes);
        counters.addShared(Counters.DMA_MESSAGES, 1);
        if (!output.send(
                head, HEADER_BYTES + fixed, writes ? body : MemorySegment.NULL, writes ? bodyOffset : 0, data)) {
            throw fault(request, access, "the message could not be sent");
        }
    }

    private void await(Request request, DmaAccess access, long deadline) {
        lock.lock();
        try {
            while (!request.done) {
                if (closed) {
                    throw fault(request, access, "the client has gone");
                }
                if (!waitUntil(deadline)) {
                    throw fault(request, access, "the client has not answered in time");
                }
            }
            if (request.error != 0) {
                throw fault(request, access, "the client refused it: " + Errno.describe(request.error));
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // Every caller is the loop.
    private boolean waitUntil(long deadline) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        try {
            changed.awaitNanos(left);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static DmaFaultException fault(Request request, DmaAccess access, String reason) {
        return new DmaFaultException(request.iova, request.sizeBytes, access, reason);
    }

    /** The session's thread has received a reply. @return false if it is none of ours */
    boolean reply(MessageInput input) {
        lock.lock();
        try {
            Request request = outstanding.get(input.id());
            if (request == null || request.command != input.command()) {
                return false;
            }
            outstanding.remove(input.id());
            request.error = (input.flags() & Wire.FLAG_ERROR) != 0
                    ? (input.error() == 0 ? Errno.EIO.number() : input.error())
                    : take(request, input);
            request.done = true;
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private int take(Request request, MessageInput input) {
        if (request.command == Command.DMA_WRITE) {
            return 0;
        }
        int before = input.sizeBytes() - request.sizeBytes;
        if (before != HEADER_BYTES + Wire.DMA_ACCESS_BYTES && before != HEADER_BYTES + Wire.DMA_ACCESS_SHORT_BYTES) {
            return Errno.EPROTO.number();
        }
        shortCount = before == HEADER_BYTES + Wire.DMA_ACCESS_SHORT_BYTES;
        request.data = new byte[request.sizeBytes];
        MemorySegment.copy(input.buffer(), Wire.U8, input.at() + before, request.data, 0, request.sizeBytes);
        return 0;
    }

    /** Wakes everybody who waits; they fault. */
    void close() {
        lock.lock();
        try {
            closed = true;
            outstanding.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
