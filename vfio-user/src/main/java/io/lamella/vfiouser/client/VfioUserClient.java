// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.client;

import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;
import static io.lamella.vfiouser.wire.Wire.REGION_ACCESS_BYTES;

import io.lamella.linux.Errno;
import io.lamella.linux.Fd;
import io.lamella.linux.MappedMemory;
import io.lamella.linux.MessageSender;
import io.lamella.linux.UnixSocket;
import io.lamella.pci.DmaSpace;
import io.lamella.vfiouser.wire.Command;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.Version;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The protocol from the client's side, a method for each command. The calling thread sends, and receives the reply itself; while it waits
 * it answers the server's DMA messages. May be used from any thread, one call at a time. Every call has a deadline. A refused command
 * throws a {@link VfioUserException} with the error number; after anything else that goes wrong the connection is of no use any more and
 * every call says why.
 *
 * <p>For a remote device as a {@link io.lamella.pci.PciFunction} see {@link RemoteFunction}; for one with memory and interrupts see
 * {@link VfioUserSlot}.
 */
public final class VfioUserClient implements AutoCloseable {
    private static final int ROOM_FOR_STRUCTURES_BYTES = 4096;
    private static final int MAX_REGION_INFO_BYTES = 64 << 10;
    /** What a client of ours says of itself. */
    private static final Version OFFER = new Version(0, 1, 16, 1 << 20, 65535, 4096, true);

    private final UnixSocket socket;
    private final long timeoutMillis;
    private final ReentrantLock lock = new ReentrantLock();
    private final Arena arena = Arena.ofShared();
    private final MessageInput input;
    private final MessageSender sender;
    private final MemorySegment out;
    private final Version server;
    private @Nullable DmaSpace dma;
    private volatile @Nullable String failure;
    private int nextId = 1;

    /** What DEVICE_GET_INFO says. */
    public record DeviceInfo(boolean resettable, int regions, int interruptIndices) {}

    /** A part of a region that can be mapped; {@code fileOffset} is where it is in the region's descriptor. */
    public record Area(long offset, long sizeBytes, long fileOffset) {}

    /** What DEVICE_GET_REGION_INFO says. The descriptor is there if a part can be mapped, and the caller's to close. */
    public record RegionInfo(
            int flags,
            long sizeBytes,
            List<Area> areas,
            @Nullable Fd fd) {}

    /** What DEVICE_GET_IRQ_INFO says. */
    public record InterruptInfo(int flags, int count) {}

    private VfioUserClient(UnixSocket socket, long timeoutMillis) {
        this.socket = socket;
        this.timeoutMillis = timeoutMillis;
        socket.setReceiveTimeout(timeoutMillis);
        socket.setSendTimeout(timeoutMillis);
        input = new MessageInput(socket, OFFER.maxDataBytes() + MAX_REGION_INFO_BYTES, arena);
        sender = new MessageSender(socket);
        sender.setCallLimit(timeoutMillis);
        out = MappedMemory.anonymous(OFFER.maxDataBytes() + ROOM_FOR_STRUCTURES_BYTES, arena);
        try {
            server = negotiate();
        } catch (RuntimeException | Error e) {
            input.close();
            arena.close();
            throw e;
        }
    }

    /** Connects to a server and agrees on a version; {@code timeoutMillis} is for this and every later call. */
    public static VfioUserClient connect(Path path, long timeoutMillis) {
        return over(UnixSocket.connect(path, timeoutMillis), timeoutMillis);
    }

    /** The same over a socket that is connected already, which it takes over. */
    public static VfioUserClient over(UnixSocket socket, long timeoutMillis) {
        try {
            return new VfioUserClient(socket, timeoutMillis);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    private Version negotiate() {
        byte[] text = OFFER.text().getBytes(StandardCharsets.UTF_8);
        lock.lock();
        try {
            out.set(Wire.U16, HEADER_BYTES, (short) OFFER.major());
            out.set(Wire.U16, HEADER_BYTES + Wire.VERSION_MINOR, (short) OFFER.minor());
            MemorySegment.copy(text, 0, out, Wire.U8, HEADER_BYTES + Wire.VERSION_BYTES, text.length);
            out.set(Wire.U8, HEADER_BYTES + Wire.VERSION_BYTES + text.length, (byte) 0);
            int size = call(Command.VERSION, Wire.VERSION_BYTES + text.length + 1, "the version");
            return ServerReplies.version(input.buffer(), reply(), size, OFFER);
        } catch (ServerReplies.Malformed e) {
            throw fail(String.valueOf(e.getMessage()));
        } finally {
            lock.unlock();
        }
    }

    /** What the server said of itself. */
    public Version server() {
        return server;
    }

    /** The most bytes of data in one message that both sides take. */
    public int maxDataBytes() {
        return Math.min(server.maxDataBytes(), OFFER.maxDataBytes());
    }

    /** The memory in which the server's DMA messages are carried out; without one they are refused. */
    public void setDmaSpace(@Nullable DmaSpace space) {
        lock.lock();
        try {
            dma = space;
        } finally {
            lock.unlock();
        }
    }

    // ---- commands ----

    public DeviceInfo deviceInfo() {
        lock.lock();
        try {
            zero(Wire.DEVICE_INFO_BYTES);
            out.set(Wire.U32, HEADER_BYTES, Wire.DEVICE_INFO_BYTES);
            callForAtLeast(Command.DEVICE_GET_INFO, Wire.DEVICE_INFO_BYTES, Wire.DEVICE_INFO_BYTES, "device info");
            MemorySegment in = input.buffer();
            return new DeviceInfo(
                    (in.get(Wire.U32, reply() + Wire.FLAGS) & Wire.DEVICE_RESETTABLE) != 0,
                    in.get(Wire.U32, reply() + Wire.DEVICE_INFO_REGIONS),
                    in.get(Wire.U32, reply() + Wire.DEVICE_INFO_IRQS));
        } finally {
            lock.unlock();
        }
    }

    public RegionInfo regionInfo(int region) {
        lock.lock();
        try {
            int wanted = queryRegion(region, Wire.REGION_INFO_BYTES);
            if (wanted > Wire.REGION_INFO_BYTES) {
                if (wanted > MAX_REGION_INFO_BYTES) {
                    throw fail("the server has " + wanted + " bytes to say about region " + region);
                }
                queryRegion(region, wanted);
            }
            MemorySegment in = input.buffer();
            int flags = in.get(Wire.U32, reply() + Wire.FLAGS);
            long size = in.get(Wire.U64, reply() + Wire.REGION_INFO_SIZE);
            long fileOffset = in.get(Wire.U64, reply() + Wire.REGION_INFO_OFFSET);
            List<Area> areas = List.of();
            if ((flags & Wire.REGION_CAPS) != 0) {
                long payloadBytes = (long) input.sizeBytes() - HEADER_BYTES;
                areas = ServerReplies.areas(in, reply(), payloadBytes, size, fileOffset);
            } else if ((flags & Wire.REGION_MAPPABLE) != 0) {
                areas = List.of(new Area(0, size, fileOffset));
            }
            Fd fd = !areas.isEmpty() && input.fdCount() > 0 ? input.takeFd() : null;
            return new RegionInfo(flags, size, fd == null ? List.of() : List.copyOf(areas), fd);
        } catch (ServerReplies.Malformed e) {
            throw fail(String.valueOf(e.getMessage()));
        } finally {
            lock.unlock();
        }
    }

    private int queryRegion(int region, int argsz) {
        zero(Wire.REGION_INFO_BYTES);
        out.set(Wire.U32, HEADER_BYTES, argsz);
        out.set(Wire.U32, HEADER_BYTES + Wire.REGION_INFO_INDEX, region);
        callForAtLeast(
                Command.DEVICE_GET_REGION_INFO,
                Wire.REGION_INFO_BYTES,
                Wire.REGION_INFO_BYTES,
                "info of region " + region);
        return input.buffer().get(Wire.U32, reply());
    }

    public InterruptInfo interruptInfo(int index) {
        lock.lock();
        try {
            zero(Wire.IRQ_INFO_BYTES);
            out.set(Wire.U32, HEADER_BYTES, Wire.IRQ_INFO_BYTES);
            out.set(Wire.U32, HEADER_BYTES + Wire.IRQ_INFO_INDEX, index);
            callForAtLeast(
                    Command.DEVICE_GET_IRQ_INFO,
                    Wire.IRQ_INFO_BYTES,
                    Wire.IRQ_INFO_BYTES,
                    "info of interrupt " + index);
            return new InterruptInfo(
                    input.buffer().get(Wire.U32, reply() + Wire.FLAGS),
                    input.buffer().get(Wire.U32, reply() + Wire.IRQ_INFO_COUNT));
        } finally {
            lock.unlock();
        }
    }

    /**
     * DEVICE_SET_IRQS.
     *
     * @param flags one of the data types and one of the actions of {@link Wire}
     * @param bools for the data type BOOL
     * @param descriptors of eventfds, for the data type EVENTFD; they stay the caller's
     */
    public void setInterrupts(int index, int flags, int start, int count, byte[] bools, int... descriptors) {
        lock.lock();
        try {
            zero(Wire.SET_IRQS_BYTES);
            out.set(Wire.U32, HEADER_BYTES, Wire.SET_IRQS_BYTES + bools.length);
            out.set(Wire.U32, HEADER_BYTES + Wire.FLAGS, flags);
            out.set(Wire.U32, HEADER_BYTES + Wire.SET_IRQS_INDEX, index);
            out.set(Wire.U32, HEADER_BYTES + Wire.SET_IRQS_START, start);
            out.set(Wire.U32, HEADER_BYTES + Wire.SET_IRQS_COUNT, count);
            MemorySegment.copy(bools, 0, out, Wire.U8, HEADER_BYTES + Wire.SET_IRQS_BYTES, bools.length);
            for (int descriptor : descriptors) {
                sender.addFd(descriptor);
            }
            call(Command.DEVICE_SET_IRQS, Wire.SET_IRQS_BYTES + bools.length, "a change of interrupts");
        } finally {
            lock.unlock();
        }
    }

    /** DMA_MAP of a range of a descriptor, or of memory that the server reaches by messages only if {@code fd} is null. */
    public void mapDma(@Nullable Fd fd, long fileOffset, long iova, long sizeBytes, int flags) {
        lock.lock();
        try {
            out.set(Wire.U32, HEADER_BYTES, Wire.DMA_MAP_BYTES);
            out.set(Wire.U32, HEADER_BYTES + Wire.FLAGS, flags);
            out.set(Wire.U64, HEADER_BYTES + Wire.DMA_MAP_OFFSET, fileOffset);
            out.set(Wire.U64, HEADER_BYTES + Wire.DMA_MAP_ADDRESS, iova);
            out.set(Wire.U64, HEADER_BYTES + Wire.DMA_MAP_SIZE, sizeBytes);
            if (fd != null) {
                sender.addFd(fd.number());
            }
            call(Command.DMA_MAP, Wire.DMA_MAP_BYTES, "a mapping");
        } finally {
            lock.unlock();
        }
    }

    /** DMA_UNMAP of exactly one mapping. */
    public void unmapDma(long iova, long sizeBytes) {
        lock.lock();
        try {
            out.set(Wire.U32, HEADER_BYTES, Wire.DMA_UNMAP_BYTES);
            out.set(Wire.U32, HEADER_BYTES + Wire.FLAGS, 0);
            out.set(Wire.U64, HEADER_BYTES + Wire.DMA_UNMAP_ADDRESS, iova);
            out.set(Wire.U64, HEADER_BYTES + Wire.DMA_UNMAP_SIZE, sizeBytes);
            call(Command.DMA_UNMAP, Wire.DMA_UNMAP_BYTES, "an unmapping");
        } finally {
            lock.unlock();
        }
    }

    public void resetDevice() {
        lock.lock();
        try {
            call(Command.DEVICE_RESET, 0, "a reset");
        } finally {
            lock.unlock();
        }
    }

    /** REGION_READ of 1 to 8 bytes, as a value. */
    public long readRegion(int region, long offset, int sizeBytes) {
        lock.lock();
        try {
            access(0, region, offset, sizeBytes);
            send(Command.REGION_READ, REGION_ACCESS_BYTES, 0);
            receive(Command.REGION_READ, "a read");
            checkData(sizeBytes);
            return Wire.value(input.buffer(), reply() + REGION_ACCESS_BYTES, sizeBytes);
        } finally {
            lock.unlock();
        }
    }

    /** REGION_READ of a run of bytes, at most {@link #maxDataBytes}. */
    public void readRegion(int region, long offset, MemorySegment destination) {
        int size = dataSize(destination);
        lock.lock();
        try {
            access(0, region, offset, size);
            send(Command.REGION_READ, REGION_ACCESS_BYTES, 0);
            receive(Command.REGION_READ, "a read");
            checkData(size);
            MemorySegment.copy(input.buffer(), reply() + REGION_ACCESS_BYTES, destination, 0, size);
        } finally {
            lock.unlock();
        }
    }

    /**
     * As many reads as {@code values} has places, of the same size, sent together before the first reply is looked at.
     *
     * @param strideBytes from one read's offset to the next one's
     */
    public void readPipelined(int region, long offset, int strideBytes, int sizeBytes, long[] values) {
        int each = HEADER_BYTES + REGION_ACCESS_BYTES;
        if (values.length > 256) {
            throw new IllegalArgumentException(
                    values.length + " reads at once: 256 at the most, so that the replies fit.");
        }
        lock.lock();
        try {
            int firstId = nextId;
            for (int i = 0; i < values.length; i++) {
                access(i * each, region, offset + (long) i * strideBytes, sizeBytes);
                header(i * each, Command.REGION_READ, REGION_ACCESS_BYTES, 0);
            }
            transmit((long) values.length * each);
            for (int i = 0; i < values.length; i++) {
                receive(Command.REGION_READ, (firstId + i) & 0xffff, "a read");
                checkData(sizeBytes);
                values[i] = Wire.value(input.buffer(), reply() + REGION_ACCESS_BYTES, sizeBytes);
            }
        } finally {
            lock.unlock();
        }
    }

    /** REGION_WRITE of 1 to 8 bytes, waited for. */
    public void writeRegion(int region, long offset, int sizeBytes, long value) {
        lock.lock();
        try {
            access(0, region, offset, sizeBytes);
            Wire.putValue(out, HEADER_BYTES + REGION_ACCESS_BYTES, sizeBytes, value);
            send(Command.REGION_WRITE, REGION_ACCESS_BYTES + sizeBytes, 0);
            receive(Command.REGION_WRITE, "a write");
        } finally {
            lock.unlock();
        }
    }

    /** REGION_WRITE of 1 to 8 bytes that is not waited for and whose failure is silent. A later read sees it done. */
    public void postWrite(int region, long offset, int sizeBytes, long value) {
        lock.lock();
        try {
            access(0, region, offset, sizeBytes);
            Wire.putValue(out, HEADER_BYTES + REGION_ACCESS_BYTES, sizeBytes, value);
            send(Command.REGION_WRITE, REGION_ACCESS_BYTES + sizeBytes, Wire.FLAG_NO_REPLY);
        } finally {
            lock.unlock();
        }
    }

    /** REGION_WRITE of a run of bytes, at most {@link #maxDataBytes}, waited for. */
    public void writeRegion(int region, long offset, MemorySegment source) {
        int size = dataSize(source);
        lock.lock();
        try {
            access(0, region, offset, size);
            MemorySegment.copy(source, 0, out, HEADER_BYTES + REGION_ACCESS_BYTES, size);
            send(Command.REGION_WRITE, REGION_ACCESS_BYTES + size, 0);
            receive(Command.REGION_WRITE, "a write");
        } finally {
            lock.unlock();
        }
    }

    /** Any command with any payload, descriptors included. @return the reply's payload */
    public byte[] command(int command, byte[] payload, int... descriptors) {
        if (payload.length > OFFER.maxDataBytes()) {
            throw new IllegalArgumentException("A payload of " + payload.length + " bytes is too long.");
        }
        lock.lock();
        try {
            MemorySegment.copy(payload, 0, out, Wire.U8, HEADER_BYTES, payload.length);
            for (int descriptor : descriptors) {
                sender.addFd(descriptor);
            }
            int size = call(command, payload.length, Command.name(command));
            return input.buffer().asSlice(reply(), size).toArray(Wire.U8);
        } finally {
            lock.unlock();
        }
    }

    // ---- messages ----

    private int dataSize(MemorySegment data) {
        if (data.byteSize() == 0 || data.byteSize() > maxDataBytes()) {
            throw new IllegalArgumentException(
                    "An access of " + data.byteSize() + " bytes: one message carries 1 to " + maxDataBytes() + ".");
        }
        return (int) data.byteSize();
    }

    private void zero(int payloadBytes) {
        for (int i = 0; i < payloadBytes; i += 4) {
            out.set(Wire.U32, HEADER_BYTES + i, 0);
        }
    }

    private void access(int at, int region, long offset, int count) {
        out.set(Wire.U64, at + HEADER_BYTES, offset);
        out.set(Wire.U32, at + HEADER_BYTES + Wire.REGION_ACCESS_INDEX, region);
        out.set(Wire.U32, at + HEADER_BYTES + Wire.REGION_ACCESS_COUNT, count);
    }

    private void checkData(int sizeBytes) {
        if (input.sizeBytes() != HEADER_BYTES + REGION_ACCESS_BYTES + sizeBytes) {
            throw fail(
                    "the server's reply to a read of " + sizeBytes + " bytes is " + input.sizeBytes() + " bytes long");
        }
    }

    private long reply() {
        return input.at() + HEADER_BYTES;
    }

    private void callForAtLeast(int command, int payloadBytes, int leastBytes, String what) {
        if (call(command, payloadBytes, what) < leastBytes) {
            throw fail("the server's reply to the question for " + what + " is too short");
        }
    }

    /** Sends what is in the buffer and waits for its reply. @return the size of the reply's payload */
    private int call(int command, int payloadBytes, String what) {
        send(command, payloadBytes, 0);
        receive(command, what);
        return input.sizeBytes() - HEADER_BYTES;
    }

    private void header(int at, int command, int payloadBytes, int flags) {
        Wire.header(out, at, nextId, command, HEADER_BYTES + payloadBytes, Wire.TYPE_COMMAND | flags, 0);
        nextId = (nextId + 1) & 0xffff;
    }

    private void send(int command, int payloadBytes, int flags) {
        header(0, command, payloadBytes, flags);
        transmit(HEADER_BYTES + (long) payloadBytes);
    }

    private void transmit(long sizeBytes) {
        checkAlive();
        long result = sender.send(out, 0, sizeBytes);
        if (result < 0) {
            throw fail("sending failed: " + Errno.describe((int) -result));
        }
    }

    private void receive(int command, String what) {
        receive(command, (nextId - 1) & 0xffff, what);
    }

    private void receive(int command, int id, String what) {
        // The socket's own limit is for each call on it; a server that sends a byte now and then must not keep us for
        // ever.
        long begun = System.nanoTime();
        while (true) {
            if (!nextMessage(true) || System.nanoTime() - begun > timeoutMillis * 1_000_000) {
                throw fail("the server did not answer within " + timeoutMillis + " ms");
            }
            if ((input.flags() & Wire.TYPE_MASK) == Wire.TYPE_COMMAND) {
                serve();
                continue;
            }
            if (input.id() != id || input.command() != command) {
                throw fail("a reply to " + Command.name(input.command()) + " came while one to " + Command.name(command)
                        + " was expected");
            }
            if ((input.flags() & Wire.FLAG_ERROR) != 0) {
                throw VfioUserException.refused(what, input.error() == 0 ? Errno.EIO.number() : input.error());
            }
            return;
        }
    }

    private boolean nextMessage(boolean wait) {
        while (true) {
            MessageInput.Found found = input.next();
            if (found == MessageInput.Found.MESSAGE) {
                return true;
            }
            if (found == MessageInput.Found.MALFORMED) {
                throw fail("the server sent something that is no message");
            }
            checkAlive();
            long received = wait ? input.fill() : input.fillNow();
            if (received == -Errno.EAGAIN.number()) {
                return false;
            }
            if (received <= 0) {
                throw fail(
                        received == 0
                                ? "the server has closed it"
                                : "receiving failed: " + Errno.describe((int) -received));
            }
        }
    }

    private void checkAlive() {
        String why = failure;
        if (why != null) {
            throw VfioUserException.gone(why);
        }
    }

    private VfioUserException fail(String why) {
        if (failure == null) {
            failure = why;
            socket.shutdown();
        }
        return VfioUserException.gone(why);
    }

    /** Whether the connection can still be used, as far as is known. */
    public boolean isAlive() {
        return failure == null;
    }

    /** Carries the server's command at hand out. */
    private void serve() {
        DmaExchange.serve(input, dma, maxDataBytes(), (head, headBytes, body, bodyBytes) -> {
            if (sender.send(head, 0, headBytes, body, 0, bodyBytes) < 0) {
                throw fail("a reply to the server could not be sent");
            }
        });
    }

    /** Answers the server's messages that are there now, unless another thread is in a call, which then answers them. */
    void serveWaiting() {
        lock.lock();
        try {
            while (failure == null && nextMessage(false)) {
                if ((input.flags() & Wire.TYPE_MASK) == Wire.TYPE_COMMAND) {
                    serve();
                } else {
                    throw fail("the server answered something that was not asked");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The socket, to wait for the server's messages. */
    UnixSocket socket() {
        return socket;
    }

    /** Leaves. Calls that wait in other threads fail. */
    @Override
    public void close() {
        failure = failure == null ? "this side has closed it" : failure;
        socket.shutdown();
        lock.lock();
        try {
            input.close();
            socket.close();
            while (arena.scope().isAlive()) {
                try {
                    arena.close();
                } catch (IllegalStateException inUse) {
                    LockSupport.parkNanos(100_000);
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
