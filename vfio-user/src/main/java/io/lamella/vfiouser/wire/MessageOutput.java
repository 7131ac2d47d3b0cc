// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

import io.lamella.linux.MappedMemory;
import io.lamella.linux.MessageSender;
import io.lamella.linux.UnixSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends messages. The connection's own thread collects replies in a batch and sends the batch with one call; any other thread may send
 * whole messages in between. Once a message could not be sent whole, the stream is out of step, and nothing is sent any more.
 */
public final class MessageOutput {
    private final ReentrantLock lock = new ReentrantLock();
    private final MessageSender sender;
    private final MemorySegment buffer;
    private final MemorySegment bare;
    // Bytes of whole replies in the buffer; written by the connection's thread.
    private volatile int committed;
    // How many of them have been sent; under the lock.
    private int sent;
    private volatile boolean broken;
    private long bytesSent;

    /**
     * @param batchBytes room for replies; the longest one must fit
     * @param arena of the buffer; it must outlive this object
     */
    public MessageOutput(UnixSocket socket, int batchBytes, long callLimitMillis, Arena arena) {
        this.sender = new MessageSender(socket);
        sender.setCallLimit(callLimitMillis);
        this.buffer = MappedMemory.anonymous(batchBytes, arena);
        this.bare = arena.allocate(Wire.HEADER_BYTES, 8);
    }

    /** Where a reply is to be put together, at {@link #reserve}. */
    public MemorySegment buffer() {
        return buffer;
    }

    /** Makes room for a reply; the connection's thread. @return where it begins */
    public int reserve(int sizeBytes) {
        if (buffer.byteSize() - committed < sizeBytes) {
            flush();
        }
        return committed;
    }

    /** Adds the reply at the end to the batch; the connection's thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the connection's thread writes it.
    public void commit(int sizeBytes) {
        committed += sizeBytes;
    }

    /** Sends the batch; the connection's thread. */
    public void flush() {
        if (committed == 0) {
            return;
        }
        lock.lock();
        try {
            sendCommitted();
            sent = 0;
            committed = 0;
        } finally {
            lock.unlock();
        }
    }

    /** Sends the batch and then one reply of {@code sizeBytes} at {@link #reserve}d room together with a descriptor. */
    public void flushWithFd(int sizeBytes, int fd) {
        int at = committed;
        lock.lock();
        try {
            sendCommitted();
            if (!broken) {
                sender.addFd(fd);
                sendAll(buffer, at, sizeBytes, MemorySegment.NULL, 0, 0);
            }
            sent = 0;
            committed = 0;
        } finally {
            lock.unlock();
        }
    }

    /** Sends what is in the batch so far and then a bare header; any thread but the connection's own. */
    public void interject(int id, int command, int flags, int error) {
        lock.lock();
        try {
            if (broken) {
                return;
            }
            sendCommitted();
            Wire.header(bare, 0, id, command, Wire.HEADER_BYTES, flags, error);
            sendAll(bare, 0, Wire.HEADER_BYTES, MemorySegment.NULL, 0, 0);
        } finally {
            lock.unlock();
        }
    }

    /** Sends a message in two parts; any thread. @return false if the connection is of no use any more */
    public boolean send(MemorySegment head, long headBytes, MemorySegment body, long bodyOffset, long bodyBytes) {
        lock.lock();
        try {
            sendAll(head, 0, headBytes, body, bodyOffset, bodyBytes);
            return !broken;
        } finally {
            lock.unlock();
        }
    }

    private void sendCommitted() {
        int until = committed;
        if (until > sent) {
            sendAll(buffer, sent, until - sent, MemorySegment.NULL, 0, 0);
            sent = until;
        }
    }

    private void sendAll(
            MemorySegment head, long headOffset, long headBytes, MemorySegment body, long bodyOffset, long bodyBytes) {
        if (broken) {
            return;
        }
        long result = sender.send(head, headOffset, headBytes, body, bodyOffset, bodyBytes);
        if (result < 0) {
            broken = true;
        } else {
            bytesSent += result;
        }
    }

    /**
     * Sends nothing any more. On return no thread uses the buffers; the caller has shut the socket down, so that nobody waits in it for long.
     */
    public void close() {
        lock.lock();
        try {
            broken = true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether something could not be sent. */
    public boolean isBroken() {
        return broken;
    }

    /** How much has been sent. */
    public long bytesSent() {
        lock.lock();
        try {
            return bytesSent;
        } finally {
            lock.unlock();
        }
    }
}
