// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;
import static io.lamella.vfiouser.wire.Wire.U16;
import static io.lamella.vfiouser.wire.Wire.U32;

import io.lamella.linux.Fd;
import io.lamella.linux.MappedMemory;
import io.lamella.linux.MessageReceiver;
import io.lamella.linux.UnixSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts messages out of the bytes of a connection. One large buffer takes whatever the socket has; {@link #next} steps through the messages in
 * it, and only when no complete one is left does {@link #fill} go to the socket again.
 *
 * <p>Descriptors that arrive with a call belong to the last message that begins in its bytes: the kernel never returns bytes beyond the
 * fragment that carried descriptors, but may return earlier ones with it. Descriptors in the middle of a message belong to none and are
 * closed. Those of the message at hand are closed when the next one is asked for, unless they were taken.
 */
public final class MessageInput implements AutoCloseable {
    /** What {@link #next} found. */
    public enum Found {
        /** A message is at hand. */
        MESSAGE,
        /** The rest of it has not been received. */
        INCOMPLETE,
        /** Its header makes no sense, so where the next one begins is not known. */
        MALFORMED
    }

    private record Descriptors(long position, ArrayList<Fd> fds) {}

    private static final long LITTLE_ROOM_BYTES = 64 << 10;

    private final MessageReceiver receiver;
    private final MemorySegment buffer;
    private final long maxMessageBytes;
    private final ArrayDeque<Descriptors> waiting = new ArrayDeque<>();
    private List<Fd> fds = List.of();
    private long begin;
    private long end;
    // Of the message at hand, or 0.
    private int sizeBytes;
    // Position in the stream of the buffer's first byte.
    private long base;

    /** @param arena of the buffer; it must outlive this object */
    public MessageInput(UnixSocket socket, int maxMessageBytes, Arena arena) {
        this.receiver = new MessageReceiver(socket);
        this.maxMessageBytes = maxMessageBytes;
        this.buffer = MappedMemory.anonymous(maxMessageBytes + LITTLE_ROOM_BYTES, arena);
    }

    /** Steps to the next message. */
    public Found next() {
        begin += sizeBytes;
        sizeBytes = 0;
        if (!fds.isEmpty()) {
            closeFds();
        }
        if (end - begin < HEADER_BYTES) {
            return Found.INCOMPLETE;
        }
        long size = Integer.toUnsignedLong(buffer.get(U32, begin + Wire.HEADER_SIZE));
        int type = buffer.get(U32, begin + Wire.HEADER_FLAGS) & Wire.TYPE_MASK;
        if (size < HEADER_BYTES || size > maxMessageBytes || type > Wire.TYPE_REPLY) {
            return Found.MALFORMED;
        }
        if (end - begin < size) {
            return Found.INCOMPLETE;
        }
        sizeBytes = (int) size;
        if (!waiting.isEmpty() && waiting.element().position == base + begin) {
            fds = waiting.remove().fds;
        }
        return Found.MESSAGE;
    }

    /**
     * Receives more, waiting for it. To be called when {@link #next} has found nothing complete.
     *
     * @return how many bytes, 0 at the end of the stream, or a negative error number
     */
    public long fill() {
        return fill(true);
    }

    /** The same without waiting: -EAGAIN if there is nothing. */
    public long fillNow() {
        return fill(false);
    }

    private long fill(boolean wait) {
        if (begin == end) {
            base += end;
            begin = 0;
            end = 0;
        } else if (buffer.byteSize() - end < LITTLE_ROOM_BYTES || begin + wanted() > buffer.byteSize()) {
            MemorySegment.copy(buffer, begin, buffer, 0, end - begin);
            base += begin;
            end -= begin;
            begin = 0;
        }
        long received = wait
                ? receiver.receive(buffer, end, buffer.byteSize() - end)
                : receiver.receiveNow(buffer, end, buffer.byteSize() - end);
        if (received > 0) {
            long from = end;
            end += received;
            if (receiver.fdCount() > 0) {
                assignFds(from);
            }
        } else {
            receiver.closeFds();
        }
        return received;
    }

    private long wanted() {
        return end - begin < HEADER_BYTES
                ? HEADER_BYTES
                : Math.min(maxMessageBytes, Integer.toUnsignedLong(buffer.get(U32, begin + Wire.HEADER_SIZE)));
    }

    private void assignFds(long from) {
        long owner = -1;
        long at = begin;
        while (at < end) {
            if (at >= from) {
                owner = at;
            }
            if (end - at < Wire.HEADER_FLAGS) {
                break;
            }
            long size = Integer.toUnsignedLong(buffer.get(U32, at + Wire.HEADER_SIZE));
            if (size < HEADER_BYTES) {
                break;
            }
            at += size;
        }
        if (owner < 0) {
            receiver.closeFds();
            return;
        }
        ArrayList<Fd> arrived = new ArrayList<>(receiver.fdCount());
        Fd fd = receiver.takeFd();
        while (fd != null) {
            arrived.add(fd);
            fd = receiver.takeFd();
        }
        waiting.add(new Descriptors(base + owner, arrived));
    }

    /** The bytes of the message at hand are in here, at {@link #at}, until the next {@link #fill}. */
    public MemorySegment buffer() {
        return buffer;
    }

    /** Where the message at hand, or what is there of it, begins. */
    public long at() {
        return begin;
    }

    /** How long the message at hand is, its header counted. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** How many bytes have been received that are not part of a message stepped over. */
    public long pendingBytes() {
        return end - begin;
    }

    public int id() {
        return Short.toUnsignedInt(buffer.get(U16, begin + Wire.HEADER_ID));
    }

    public int command() {
        return Short.toUnsignedInt(buffer.get(U16, begin + Wire.HEADER_COMMAND));
    }

    public int flags() {
        return buffer.get(U32, begin + Wire.HEADER_FLAGS);
    }

    public int error() {
        return buffer.get(U32, begin + Wire.HEADER_ERROR);
    }

    /** How many descriptors came with the message at hand and were not taken. */
    public int fdCount() {
        return fds.size();
    }

    /** Hands over the first descriptor of the message at hand. */
    public Fd takeFd() {
        return fds.removeFirst();
    }

    private void closeFds() {
        for (Fd fd : fds) {
            fd.close();
        }
        fds = List.of();
    }

    /** Forgets what has been received and reads on, closing descriptors, until the other end closes or {@code limitMillis} is over. */
    public void drain(long limitMillis) {
        closeAllFds();
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < limitMillis * 1_000_000) {
            long received = receiver.receive(buffer, 0, buffer.byteSize());
            receiver.closeFds();
            if (received <= 0 && received != -io.lamella.linux.Errno.EAGAIN.number()) {
                return;
            }
        }
    }

    private void closeAllFds() {
        closeFds();
        for (Descriptors descriptors : waiting) {
            descriptors.fds.forEach(Fd::close);
        }
        waiting.clear();
        receiver.closeFds();
        begin = 0;
        end = 0;
        sizeBytes = 0;
    }

    /** Closes every descriptor that was not taken. */
    @Override
    public void close() {
        closeAllFds();
    }
}
