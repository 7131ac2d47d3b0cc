// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import io.lamella.linux.EventFd;
import io.lamella.linux.Fd;
import io.lamella.linux.LinuxException;
import io.lamella.linux.SharedMemory;
import io.lamella.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Sends damaged messages to a server, whatever it serves. Everything is chosen by the seed and the message's number alone: the message, the
 * damage, the descriptors that come along (right ones, wrong ones, too many), whether it is sent in pieces, and whether the client leaves in
 * the middle of it. When the server hangs up, the run connects again; when it does so is the server's affair, and changes nothing of what
 * is sent after.
 *
 * <p>The client reads what comes back only to keep the server from waiting for room. Whoever calls this judges the server afterwards.
 */
public final class MutationRun {
    private static final int CONNECT_ATTEMPTS = 5000;
    private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

    private final Path socket;
    private final Random random = new Random();
    private final long seed;
    private final MessageMutator mutator;
    private final SharedMemory memory;
    private final EventFd event;
    private final UnixSocket.Pair pair;
    private long connections;
    private long hangUps;
    private long departures;
    private long fingerprint;

    /**
     * What was done.
     *
     * @param messages sent
     * @param connections that they took
     * @param hangUps of the server's
     * @param departures of the client's, in the middle of a message or between two; chosen by the seed
     * @param fingerprint of all bytes, of what came with them and of what was done with them; chosen by the seed
     */
    public record Outcome(long messages, long connections, long hangUps, long departures, long fingerprint) {}

    private MutationRun(Path socket, long seed, SharedMemory memory, EventFd event, UnixSocket.Pair pair) {
        this.socket = socket;
        this.seed = seed;
        this.mutator = new MessageMutator(random);
        this.memory = memory;
        this.event = event;
        this.pair = pair;
    }

    /**
     * Sends {@code messages} messages to the server at {@code socket}. On return nothing of the run is open any more.
     *
     * @throws LinuxException if no connection can be had
     */
    public static Outcome run(Path socket, long seed, int messages) {
        UnixSocket.Pair pair = UnixSocket.pair();
        try (SharedMemory memory = SharedMemory.create("mutation-run", 1 << 20);
                EventFd event = EventFd.create();
                UnixSocket first = pair.first();
                UnixSocket second = pair.second()) {
            return new MutationRun(socket, seed, memory, event, new UnixSocket.Pair(first, second)).send(messages);
        }
    }

    private Outcome send(int messages) {
        HostileClient client = null;
        try {
            for (int i = 0; i < messages; i++) {
                if (client == null) {
                    random.setSeed(seed * GOLDEN - i);
                    client = connect();
                }
                random.setSeed(seed * GOLDEN + i);
                if (!sendOne(client)) {
                    client.close();
                    client = null;
                }
            }
        } finally {
            if (client != null) {
                client.close();
            }
        }
        return new Outcome(messages, connections, hangUps, departures, fingerprint);
    }

    private HostileClient connect() {
        for (int attempt = 1; ; attempt++) {
            try {
                HostileClient client = HostileClient.connect(socket);
                connections++;
                if (random.nextInt(8) != 0) {
                    // Most runs get past the negotiation, where there is more to break.
                    client.trySend(WireMessage.version(0, 0, HostileClient.CAPABILITIES)
                            .toBytes());
                }
                return client;
            } catch (LinuxException e) {
                if (attempt == CONNECT_ATTEMPTS) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while sending damaged messages.", e);
        }
    }

    /** Returns whether the connection is of use for another message. */
    private boolean sendOne(HostileClient client) {
        byte[] message = mutator.damage(mutator.ordinary().toBytes());
        int[] fds = fds(message);
        int kind = random.nextInt(50);
        int cut = message.length > 1 ? 1 + random.nextInt(message.length - 1) : 0;
        // After one that is not whole, what follows would be taken for the rest of it; half of the time that is wanted.
        boolean leaves = kind < 2 || (!isWhole(message) && random.nextBoolean());
        departures += leaves ? 1 : 0;
        fingerprint = 31 * fingerprint + Arrays.hashCode(message);
        fingerprint = 31 * fingerprint + ((long) fds.length << 32) + cut * 64L + kind;
        if (kind == 0) {
            client.trySend(Arrays.copyOf(message, cut), fds);
            return false;
        }
        if (kind == 1) {
            client.socket().shutdownWrite();
            return false;
        }
        long result;
        if (kind < 10 && cut != 0) {
            result = client.trySend(Arrays.copyOf(message, cut), fds);
            if (result == 0) {
                result = client.trySend(Arrays.copyOfRange(message, cut, message.length));
            }
        } else {
            result = client.trySend(message, fds);
        }
        if (leaves) {
            return false;
        }
        if (result < 0 || client.drain() != HostileClient.End.OPEN) {
            hangUps++;
            return false;
        }
        return true;
    }

    private static boolean isWhole(byte[] message) {
        return message.length >= WireMessage.HEADER_BYTES
                && ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt(4) == message.length;
    }

    private int[] fds(byte[] message) {
        int command = message.length < 4
                ? 0
                : Short.toUnsignedInt(
                        ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getShort(2));
        if (random.nextInt(6) == 0) {
            int[] any = new int[random.nextInt(4) == 0 ? random.nextInt(200) : random.nextInt(4)];
            for (int i = 0; i < any.length; i++) {
                any[i] = anyFd().number();
            }
            return any;
        }
        return switch (command) {
            case WireMessage.DMA_MAP -> new int[] {memory.fd().number()};
            case WireMessage.DEVICE_SET_IRQS -> eventFds(message);
            default -> new int[0];
        };
    }

    private int[] eventFds(byte[] message) {
        if (message.length < 36) {
            return new int[0];
        }
        int count = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt(32);
        int[] fds = new int[count < 0 || count > 16 ? 1 : count];
        Arrays.fill(fds, event.fd().number());
        return fds;
    }

    private Fd anyFd() {
        return switch (random.nextInt(4)) {
            case 0 -> memory.fd();
            case 1 -> event.fd();
            case 2 -> pair.first().fd();
            default -> pair.second().fd();
        };
    }
}
