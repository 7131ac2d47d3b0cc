// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import io.lamella.linux.Errno;
import io.lamella.linux.Fd;
import io.lamella.linux.LinuxException;
import io.lamella.linux.MessageReceiver;
import io.lamella.linux.MessageSender;
import io.lamella.linux.UnixSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection to a vfio-user server, on which anything may be sent. */
public final class HostileClient implements AutoCloseable {
    /** What an ordinary client proposes. */
    public static final String CAPABILITIES = "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,"
            + "\"max_dma_maps\":65535,\"pgsizes\":4096,\"write_multiple\":true}}";

    private static final int INCOMING_BYTES = (1 << 20) + 4096;
    private static final int OUTGOING_BYTES = 256 << 10;

    private final Arena arena = Arena.ofShared();
    private final UnixSocket socket;
    private final MessageSender sender;
    private final MessageReceiver receiver;
    private final MemorySegment outgoing = arena.allocate(OUTGOING_BYTES, 8);
    private final MemorySegment incoming = arena.allocate(INCOMING_BYTES, 8);
    private int nextId = 1;

    /** How a connection is. */
    public enum End {
        /** The server closed it in order. */
        CLOSED,
        /** The server closed it with bytes unread, which kills some clients. */
        RESET,
        /** It is open still. */
        OPEN
    }

    /**
     * A message from the server.
     *
     * @param fds that came with it; the receiver's to close
     */
    public record Received(int id, int command, int flags, int error, ByteBuffer body, List<Fd> fds) {
        public boolean isReply() {
            return (flags & 0xf) == WireMessage.REPLY;
        }

        public boolean isError() {
            return (flags & WireMessage.ERROR) != 0;
        }

        public int u32(int at) {
            return body.getInt(at);
        }

        public long u64(int at) {
            return body.getLong(at);
        }

        /** Closes the descriptors. */
        public Received withoutFds() {
            fds.forEach(Fd::close);
            return this;
        }
    }

    private HostileClient(UnixSocket socket) {
        this.socket = socket;
        sender = new MessageSender(socket);
        receiver = new MessageReceiver(socket);
        socket.setSendTimeout(5000);
        socket.setReceiveTimeout(5000);
    }

    /** Connects, and says nothing. */
    public static HostileClient connect(Path path) {
        return new HostileClient(UnixSocket.connect(path));
    }

    /** The same over a socket that is connected already, which it takes over. */
    public static HostileClient over(UnixSocket connected) {
        return new HostileClient(connected);
    }

    /** Connects and negotiates as an ordinary client does. */
    public static HostileClient negotiated(Path path) {
        HostileClient client = connect(path);
        Received answer = client.call(WireMessage.version(0, 0, CAPABILITIES));
        answer.withoutFds();
        if (answer.isError()) {
            client.close();
            throw new IllegalStateException("The server refused an ordinary proposal with error " + answer.error + ".");
        }
        return client;
    }

    /** An id that this client has not used lately. */
    public int freshId() {
        nextId = nextId % 0xffff + 1;
        return nextId;
    }

    /** Sends bytes with descriptors on the first of them. @return 0 or a negative error number */
    public long trySend(byte[] bytes, int... fds) {
        for (int at = 0; at < bytes.length; ) {
            int piece = Math.min(bytes.length - at, OUTGOING_BYTES);
            MemorySegment.copy(bytes, at, outgoing, ValueLayout.JAVA_BYTE, 0, piece);
            if (at == 0) {
                for (int fd : fds) {
                    sender.addFd(fd);
                }
            }
            long result = sender.send(outgoing, 0, piece);
            if (result < 0) {
                return result;
            }
            at += piece;
        }
        return 0;
    }

    /** The same, which must succeed. */
    public void send(byte[] bytes, int... fds) {
        long result = trySend(bytes, fds);
        if (result < 0) {
            throw new LinuxException("The hostile client cannot send " + bytes.length + " bytes", (int) -result);
        }
    }

    public void send(WireMessage message, int... fds) {
        send(message.toBytes(), fds);
    }

    /** Sends a command under an id of its own and returns the server's next message. */
    public Received call(WireMessage message, int... fds) {
        message.id(freshId());
        send(message, fds);
        Received answer = receive();
        if (!answer.isReply() || answer.id != message.id() || answer.command != message.command()) {
            answer.withoutFds();
            throw new IllegalStateException(
                    "Command " + message.command() + " with id " + message.id() + " was answered by " + answer + ".");
        }
        return answer;
    }

    /** The same for a command that the server is to refuse; returns the error number. */
    public int refused(WireMessage message, int... fds) {
        Received answer = call(message, fds).withoutFds();
        if (!answer.isError()) {
            throw new IllegalStateException("Command " + message.command() + " was not refused.");
        }
        if (answer.body.remaining() != 0) {
            throw new IllegalStateException("The refusal of command " + message.command() + " has a body.");
        }
        return answer.error;
    }

    /** The server's next message; it must come. */
    public Received receive() {
        Received received = tryReceive();
        if (received == null) {
            throw new IllegalStateException("The server closed the connection instead of sending a message.");
        }
        return received;
    }

    /** The server's next message, or null at the end of the stream. */
    public @Nullable Received tryReceive() {
        if (!fill(0, WireMessage.HEADER_BYTES)) {
            return null;
        }
        int size = incoming.get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        if (size < WireMessage.HEADER_BYTES || size > INCOMING_BYTES) {
            throw new IllegalStateException("The server sent a message of " + size + " bytes.");
        }
        if (!fill(WireMessage.HEADER_BYTES, size)) {
            throw new IllegalStateException("The server closed the connection inside a message.");
        }
        List<Fd> fds = new ArrayList<>();
        Fd fd = receiver.takeFd();
        while (fd != null) {
            fds.add(fd);
            fd = receiver.takeFd();
        }
        byte[] body = incoming.asSlice(WireMessage.HEADER_BYTES, size - WireMessage.HEADER_BYTES)
                .toArray(ValueLayout.JAVA_BYTE);
        return new Received(
                Short.toUnsignedInt(incoming.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0)),
                Short.toUnsignedInt(incoming.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2)),
                incoming.get(ValueLayout.JAVA_INT_UNALIGNED, 8),
                incoming.get(ValueLayout.JAVA_INT_UNALIGNED, 12),
                ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN),
                fds);
    }

    private boolean fill(long from, long to) {
        for (long at = from; at < to; ) {
            long got = receiver.receive(incoming, at, to - at);
            if (got < 0) {
                throw new LinuxException("The hostile client waits for " + (to - at) + " bytes in vain", (int) -got);
            }
            if (got == 0) {
                return false;
            }
            at += got;
        }
        return true;
    }

    /** Drops everything that is there now, without waiting. */
    public End drain() {
        long got;
        do {
            got = receiver.receiveNow(incoming, 0, INCOMING_BYTES);
            receiver.closeFds();
        } while (got > 0);
        return end(got);
    }

    /** Drops everything until the server closes the connection, or nothing has come for this long. */
    public End awaitEnd(long timeoutMillis) {
        socket.setReceiveTimeout(timeoutMillis);
        long got;
        do {
            got = receiver.receive(incoming, 0, INCOMING_BYTES);
            receiver.closeFds();
        } while (got > 0);
        socket.setReceiveTimeout(5000);
        return end(got);
    }

    private static End end(long result) {
        if (result == 0) {
            return End.CLOSED;
        }
        return result == -Errno.EAGAIN.number() ? End.OPEN : End.RESET;
    }

    /** The socket, for its time limits and for half-closing it. */
    public UnixSocket socket() {
        return socket;
    }

    /** Closes it at once, whatever has not been read. */
    @Override
    public void close() {
        receiver.closeFds();
        socket.close();
        arena.close();
    }
}
