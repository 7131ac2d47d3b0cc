// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sends to one Unix socket, descriptors included; one thread at a time. Sending allocates nothing and never raises SIGPIPE. */
public final class MessageSender {
    private static final long CONTROL_BYTES = Constants.CMSGHDR_SIZEOF + 4L * Constants.MAX_MESSAGE_FDS + 4;

    private final Fd fd;
    private final MemorySegment message;
    private final MemorySegment vector;
    private final MemorySegment control;
    private int fdCount;
    private long limitNanos = Long.MAX_VALUE;

    public MessageSender(UnixSocket socket) {
        fd = socket.fd();
        MemorySegment block =
                Arena.ofAuto().allocate(Constants.MSGHDR_SIZEOF + 8 + 2L * Constants.IOVEC_SIZEOF + CONTROL_BYTES, 8);
        message = block.asSlice(0, Constants.MSGHDR_SIZEOF);
        vector = block.asSlice(Constants.MSGHDR_SIZEOF + 8, 2L * Constants.IOVEC_SIZEOF);
        control = block.asSlice(Constants.MSGHDR_SIZEOF + 8 + 2L * Constants.IOVEC_SIZEOF, CONTROL_BYTES);
        message.set(ADDRESS, Constants.MSGHDR_IOV, vector);
        control.set(JAVA_INT, Constants.CMSGHDR_LEVEL, Constants.SOL_SOCKET);
        control.set(JAVA_INT, Constants.CMSGHDR_TYPE, Constants.SCM_RIGHTS);
    }

    /**
     * How long one call may take in all, however slowly the other end reads. The socket's own time limit is what wakes a call that
     * waits, so set that too.
     */
    public void setCallLimit(long millis) {
        limitNanos = millis * 1_000_000;
    }

    /** Sends this descriptor along with the first byte of the next call; it stays open here and must until then. At most 253. */
    public void addFd(int number) {
        if (fdCount == Constants.MAX_MESSAGE_FDS) {
            throw new IllegalStateException("One message carries 253 descriptors at the most.");
        }
        control.set(JAVA_INT, Constants.CMSGHDR_SIZEOF + 4L * fdCount, number);
        fdCount++;
    }

    /**
     * Sends all of a range of native memory, waiting where there is no room.
     *
     * @return {@code length}, or a negative error number: -EAGAIN when the socket's time is over with part of it unsent, after which the
     *     stream is of no use any more
     */
    public long send(MemorySegment data, long offset, long length) {
        return send(data, offset, length, MemorySegment.NULL, 0, 0);
    }

    /** Sends two ranges, one after the other, as one. */
    public long send(
            MemorySegment first,
            long firstOffset,
            long firstLength,
            MemorySegment second,
            long secondOffset,
            long secondLength) {
        check(first, firstOffset, firstLength);
        check(second, secondOffset, secondLength);
        if (!fd.tryEnter()) {
            return -Errno.EBADF.number();
        }
        try {
            long done = 0;
            long all = firstLength + secondLength;
            long begun = 0;
            while (done < all) {
                if (done != 0) {
                    long now = System.nanoTime();
                    if (begun == 0) {
                        begun = now;
                    } else if (now - begun > limitNanos) {
                        return -Errno.EAGAIN.number();
                    }
                }
                long sent;
                if (fdCount == 0 && (secondLength == 0 || done >= firstLength)) {
                    sent = secondLength == 0
                            ? sendPlain(first, firstOffset + done, firstLength - done)
                            : sendPlain(second, secondOffset + done - firstLength, all - done);
                } else {
                    long fromFirst = Math.max(0, firstLength - done);
                    vector.set(JAVA_LONG, 0, first.address() + firstOffset + done);
                    vector.set(JAVA_LONG, Constants.IOVEC_LEN, fromFirst);
                    vector.set(JAVA_LONG, Constants.IOVEC_SIZEOF, second.address() + secondOffset);
                    vector.set(JAVA_LONG, Constants.IOVEC_SIZEOF + Constants.IOVEC_LEN, secondLength);
                    message.set(JAVA_LONG, Constants.MSGHDR_IOVLEN, secondLength == 0 ? 1 : 2);
                    long controlBytes = Constants.CMSGHDR_SIZEOF + 4L * fdCount;
                    control.set(JAVA_LONG, 0, controlBytes);
                    message.set(ADDRESS, Constants.MSGHDR_CONTROL, fdCount == 0 ? MemorySegment.NULL : control);
                    message.set(JAVA_LONG, Constants.MSGHDR_CONTROLLEN, fdCount == 0 ? 0 : (controlBytes + 7) & ~7L);
                    sent = Libc.sendmsg(fd.rawNumber(), message, Constants.MSG_NOSIGNAL);
                }
                if (sent > 0) {
                    fdCount = 0;
                    done += sent;
                } else if (sent != -Errno.EINTR.number()) {
                    return sent == 0 ? -Errno.EIO.number() : sent;
                }
            }
            return all;
        } finally {
            fdCount = 0;
            fd.exit();
            java.lang.ref.Reference.reachabilityFence(first);
            java.lang.ref.Reference.reachabilityFence(second);
        }
    }

    private long sendPlain(MemorySegment data, long offset, long length) {
        return Libc.send(fd.rawNumber(), data.address() + offset, length, Constants.MSG_NOSIGNAL);
    }

    private static void check(MemorySegment data, long offset, long length) {
        if (offset < 0 || length < 0 || length > data.byteSize() - offset) {
            throw new IndexOutOfBoundsException(
                    "Sending " + length + " bytes at " + offset + " of a buffer of " + data.byteSize() + " bytes.");
        }
    }
}
