// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Receives from one Unix socket, descriptors included; one thread's. Each descriptor is owned by this object from the call that it arrived
 * with until {@link #takeFd} or {@link #closeFds}. Receiving without descriptors allocates nothing.
 */
public final class MessageReceiver {
    private static final long CONTROL_BYTES = Constants.CMSGHDR_SIZEOF + 4L * Constants.MAX_MESSAGE_FDS + 4;

    private final Fd fd;
    private final MemorySegment message;
    private final MemorySegment vector;
    private final MemorySegment control;
    private final ArrayDeque<Fd> arrived = new ArrayDeque<>();

    public MessageReceiver(UnixSocket socket) {
        fd = socket.fd();
        MemorySegment block =
                Arena.ofAuto().allocate(Constants.MSGHDR_SIZEOF + 8 + Constants.IOVEC_SIZEOF + CONTROL_BYTES, 8);
        message = block.asSlice(0, Constants.MSGHDR_SIZEOF);
        vector = block.asSlice(Constants.MSGHDR_SIZEOF + 8, Constants.IOVEC_SIZEOF);
        control = block.asSlice(Constants.MSGHDR_SIZEOF + 8 + Constants.IOVEC_SIZEOF, CONTROL_BYTES);
        message.set(ADDRESS, Constants.MSGHDR_IOV, vector);
        message.set(JAVA_LONG, Constants.MSGHDR_IOVLEN, 1);
        message.set(ADDRESS, Constants.MSGHDR_CONTROL, control);
    }

    /**
     * Waits for bytes, up to {@code length} of them. The descriptors of one call belong to the last message that begins in its bytes.
     *
     * @param buffer native memory that stays alive during the call
     * @return how many there are, 0 at the end of the stream, or a negative error number; -EAGAIN when the socket's time is over
     */
    public long receive(MemorySegment buffer, long offset, long length) {
        return receive(buffer, offset, length, 0);
    }

    /** The same without waiting: -EAGAIN if there is nothing. */
    public long receiveNow(MemorySegment buffer, long offset, long length) {
        return receive(buffer, offset, length, Constants.MSG_DONTWAIT);
    }

    private long receive(MemorySegment buffer, long offset, long length, int flags) {
        if (offset < 0 || length < 0 || length > buffer.byteSize() - offset) {
            throw new IndexOutOfBoundsException(
                    "Receiving " + length + " bytes at " + offset + " of a buffer of " + buffer.byteSize() + " bytes.");
        }
        if (!fd.tryEnter()) {
            return -Errno.EBADF.number();
        }
        try {
            vector.set(JAVA_LONG, 0, buffer.address() + offset);
            vector.set(JAVA_LONG, Constants.IOVEC_LEN, length);
            message.set(JAVA_LONG, Constants.MSGHDR_CONTROLLEN, CONTROL_BYTES);
            long result;
            do {
                result = Libc.recvmsg(fd.rawNumber(), message, Constants.MSG_CMSG_CLOEXEC | flags);
            } while (result == -Errno.EINTR.number());
            if (result >= 0 && message.get(JAVA_LONG, Constants.MSGHDR_CONTROLLEN) != 0) {
                takeDescriptors();
            }
            return result;
        } finally {
            fd.exit();
            java.lang.ref.Reference.reachabilityFence(buffer);
        }
    }

    private void takeDescriptors() {
        long end = message.get(JAVA_LONG, Constants.MSGHDR_CONTROLLEN);
        long at = 0;
        while (at + Constants.CMSGHDR_SIZEOF <= end) {
            long length = control.get(JAVA_LONG, at);
            if (length < Constants.CMSGHDR_SIZEOF || length > end - at) {
                return;
            }
            if (control.get(JAVA_INT, at + Constants.CMSGHDR_LEVEL) == Constants.SOL_SOCKET
                    && control.get(JAVA_INT, at + Constants.CMSGHDR_TYPE) == Constants.SCM_RIGHTS) {
                for (long i = at + Constants.CMSGHDR_SIZEOF; i + 4 <= at + length; i += 4) {
                    arrived.add(Fd.own(control.get(JAVA_INT, i)));
                }
            }
            at += (length + 7) & ~7L;
        }
    }

    /** How many descriptors have arrived and were not taken. */
    public int fdCount() {
        return arrived.size();
    }

    /** Hands the oldest of them over, or null. */
    public @Nullable Fd takeFd() {
        return arrived.poll();
    }

    /** Closes those that nobody took. */
    public void closeFds() {
        Fd next = arrived.poll();
        while (next != null) {
            next.close();
            next = arrived.poll();
        }
    }
}
