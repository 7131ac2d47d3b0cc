// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;

import io.lamella.linux.Errno;
import io.lamella.linux.UnixSocket;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.wire.Command;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.MessageOutput;
import io.lamella.vfiouser.wire.Version;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One client, from its arrival to its leaving. {@link #run} is the session's thread; {@link #end} may be called from any other.
 *
 * <p>A command that is being executed is a number in {@link #executing}. Whoever takes it out of there answers the command: this thread when
 * it is done, or the watcher when the time is over, so a late result is dropped and never sent.
 */
final class Session implements Deadlines.Watched {
    private static final int ROOM_FOR_STRUCTURES_BYTES = 4096;

    private final UnixSocket socket;
    private final PciFunction function;
    private final ServerOptions options;
    private final ServerListener listener;
    private final Counters counters;
    private final Complaints complaints;
    private final Arena arena;
    private final MessageInput input;
    private final MessageOutput output;
    private final MessageDma messageDma;
    private final GuestMemory memory;
    private final Interrupts interrupts;
    private final Commands commands;
    // 0, or id and command of what is being executed, with a bit that makes it differ from 0 and whether a reply is
    // wanted.
    private final AtomicLong executing = new AtomicLong();
    private volatile long executingSince;
    private final long begunNanos = System.nanoTime();
    private volatile boolean ending;
    private boolean connected;
    private long sequence;
    private String reason = "the client has gone";

    Session(
            UnixSocket socket,
            PciFunction function,
            ServerOptions options,
            ServerListener listener,
            Counters counters,
            Complaints complaints) {
        this.socket = socket;
        this.function = function;
        this.options = options;
        this.listener = listener;
        this.counters = counters;
        this.complaints = complaints;
        // What the function may refuse to tell comes before what has to be given back.
        Regions regions = new Regions(function, counters, options.maxDataBytes());
        interrupts = new Interrupts(function, complaints);
        arena = Arena.ofShared();
        try {
            input = new MessageInput(socket, options.maxDataBytes() + ROOM_FOR_STRUCTURES_BYTES, arena);
            output = new MessageOutput(
                    socket,
                    Math.max(regions.maxReplyBytes(), Version.MAX_TEXT_BYTES) + ROOM_FOR_STRUCTURES_BYTES,
                    options.sendTimeoutMillis(),
                    arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        messageDma = new MessageDma(output, counters, Thread.currentThread(), options.dmaTimeoutMillis());
        memory = new GuestMemory(options.maxDmaMaps(), messageDma, counters, complaints);
        commands = new Commands(function, options, regions, memory, interrupts, messageDma, input, output);
    }

    Interrupts interrupts() {
        return interrupts;
    }

    /** Serves the client until it leaves or has to go. */
    void run() {
        Deadlines.add(this);
        try {
            socket.setSendTimeout(options.sendTimeoutMillis());
            // Others wait for their turn, so a client must begin at once. Later it may be silent as long as it likes.
            socket.setReceiveTimeout(options.commandTimeoutMillis());
            serve();
        } finally {
            Deadlines.remove(this);
            release();
        }
    }

    private void serve() {
        while (!ending && !output.isBroken()) {
            MessageInput.Found found = input.next();
            if (found == MessageInput.Found.MESSAGE) {
                if (!handle()) {
                    output.flush();
                    hangUp();
                    return;
                }
            } else if (found == MessageInput.Found.MALFORMED) {
                malformed();
                return;
            } else {
                // Nothing complete is left: now the client gets its answers, in one piece.
                output.flush();
                if (ending || !fill()) {
                    break;
                }
            }
        }
        if (output.isBroken()) {
            reason = "the client does not read its replies";
        }
        hangUp();
    }

    private boolean fill() {
        if (!connected && System.nanoTime() - begunNanos > options.commandTimeoutMillis() * 1_000_000) {
            // One that says a byte now and then.
            reason = "the client did not begin in time";
            return false;
        }
        long received = input.fill();
        if (received > 0) {
            counters.add(Counters.BYTES_RECEIVED, received);
            return true;
        }
        if (received == -Errno.EAGAIN.number()) {
            reason = "the client did not begin in time";
        } else if (received < 0 && received != -Errno.ECONNRESET.number() && received != -Errno.EBADF.number()) {
            reason = "receiving failed: " + Errno.describe((int) -received);
        } else if (input.pendingBytes() != 0) {
            reason = "the client has gone in the middle of a message";
        }
        return false;
    }

    private boolean handle() {
        counters.add(Counters.MESSAGES, 1);
        int flags = input.flags();
        if ((flags & Wire.TYPE_MASK) == Wire.TYPE_REPLY) {
            if (!messageDma.reply(input)) {
                counters.add(Counters.REFUSED, 1);
                complaints.say("A reply to nothing that was asked came from the client and was skipped.");
            }
            return true;
        }
        int id = input.id();
        int command = input.command();
        boolean silent = (flags & Wire.FLAG_NO_REPLY) != 0;
        if (!connected) {
            return negotiate(id, command);
        }
        // For the longest reply, so that nothing has to be sent while the command is being executed.
        int at = output.reserve(commands.maxReplyBytes(command));
        sequence = (sequence + 1) & 0x1f_ffff;
        long token = (sequence << 42) | (1L << 41) | ((silent ? 1L : 0L) << 40) | ((long) command << 16) | id;
        executingSince = System.nanoTime();
        executing.setRelease(token);
        int result;
        try {
            result = commands.execute(command, at + HEADER_BYTES);
        } catch (RuntimeException | Error e) {
            complaints.failed(command, e);
            result = -Errno.EIO.number();
        }
        if (!executing.compareAndSet(token, 0)) {
            // The watcher has answered.
            return true;
        }
        if (result < 0) {
            counters.add(Counters.REFUSED, 1);
            complaints.refused(command, -result);
        }
        if (silent) {
            return true;
        }
        if (result < 0) {
            Wire.header(output.buffer(), at, id, command, HEADER_BYTES, Wire.TYPE_REPLY | Wire.FLAG_ERROR, -result);
            output.commit(HEADER_BYTES);
        } else {
            int size = HEADER_BYTES + result;
            Wire.header(output.buffer(), at, id, command, size, Wire.TYPE_REPLY, 0);
            int descriptor = commands.takeReplyDescriptor();
            if (descriptor >= 0) {
                output.flushWithFd(size, descriptor);
            } else {
                output.commit(size);
            }
        }
        return true;
    }

    /** The first message must be a version that suits. @return false if the client has to go */
    private boolean negotiate(int id, int command) {
        int at = output.reserve(Version.MAX_TEXT_BYTES);
        int result = command == Command.VERSION && (input.flags() & Wire.FLAG_NO_REPLY) == 0
                ? commands.version(at + HEADER_BYTES)
                : -Errno.EINVAL.number();
        if (result < 0) {
            counters.add(Counters.REFUSED, 1);
            reason = "the client did not begin with a version that suits";
            complaints.say(commands.versionComplaint());
            Wire.header(output.buffer(), at, id, command, HEADER_BYTES, Wire.TYPE_REPLY | Wire.FLAG_ERROR, -result);
            output.commit(HEADER_BYTES);
            return false;
        }
        try {
            commands.busMasterChanged();
            function.connect(memory, interrupts);
            connected = true;
            socket.setReceiveTimeout(0);
            counters.add(Counters.CONNECTIONS, 1);
            listener.onConnected(socket.peer(), commands.clientVersion());
        } catch (RuntimeException | Error e) {
            complaints.failed(command, e);
            reason = "the function could not be connected";
            Wire.header(
                    output.buffer(),
                    at,
                    id,
                    command,
                    HEADER_BYTES,
                    Wire.TYPE_REPLY | Wire.FLAG_ERROR,
                    Errno.EIO.number());
            output.commit(HEADER_BYTES);
            return false;
        }
        Wire.header(output.buffer(), at, id, command, HEADER_BYTES + result, Wire.TYPE_REPLY, 0);
        output.commit(HEADER_BYTES + result);
        return true;
    }

    private void malformed() {
        counters.add(Counters.MALFORMED, 1);
        reason = "the client sent something that is no message";
        complaints.say("The client sent a header that makes no sense; the connection is closed.");
        int at = output.reserve(HEADER_BYTES);
        Wire.header(
                output.buffer(),
                at,
                input.id(),
                input.command(),
                HEADER_BYTES,
                Wire.TYPE_REPLY | Wire.FLAG_ERROR,
                Errno.EINVAL.number());
        output.commit(HEADER_BYTES);
        output.flush();
        hangUp();
    }

    /** Lets the client see a clean end, and reads what it still sends: closing with unread bytes would be an error to it. */
    private void hangUp() {
        socket.shutdownWrite();
        socket.setReceiveTimeout(Math.max(10, options.drainTimeoutMillis() / 10));
        input.drain(options.drainTimeoutMillis());
    }

    @Override
    public void check(long nowNanos) {
        interrupts.freeStuck();
        long token = executing.get();
        if (token == 0
                || nowNanos - executingSince < options.commandTimeoutMillis() * 1_000_000
                || executing.get() != token
                || !executing.compareAndSet(token, 0)) {
            return;
        }
        counters.addShared(Counters.EXPIRED, 1);
        int command = (int) (token >> 16) & 0xffff;
        complaints.say(Command.name(command) + " took longer than " + options.commandTimeoutMillis()
                + " ms; the client got an error instead of its result.");
        if ((token & (1L << 40)) == 0) {
            // On a thread of its own: if the client does not read, sending waits, and other sessions are to be looked
            // at.
            Thread.ofPlatform()
                    .daemon()
                    .name("vfio-user-late-answer")
                    .start(() -> output.interject(
                            (int) token & 0xffff,
                            command,
                            Wire.TYPE_REPLY | Wire.FLAG_ERROR,
                            Errno.ETIMEDOUT.number()));
        }
    }

    /** Ends the session: the client sees a clean end of stream, and is cut off if it does not leave by itself. */
    void end(Thread sessionThread, long graceMillis) {
        ending = true;
        socket.shutdownWrite();
        long begun = System.nanoTime();
        while (sessionThread.isAlive() && System.nanoTime() - begun < graceMillis * 1_000_000) {
            LockSupport.parkNanos(1_000_000);
        }
        // Whoever still waits in a call on the socket or for a DMA message is freed.
        socket.shutdown();
        messageDma.close();
    }

    private void release() {
        messageDma.close();
        if (connected) {
            attempt(function::disconnect);
        }
        attempt(interrupts::close);
        attempt(memory::releaseAll);
        attempt(input::close);
        // Other threads may be sending. This ends that, and then nobody uses the buffers any more.
        socket.shutdown();
        output.close();
        socket.close();
        if (connected) {
            attempt(() -> listener.onDisconnected(counters.snapshot(), ending ? "the server was closed" : reason));
        }
        arena.close();
    }

    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            complaints.failed(0, e);
        }
    }
}
