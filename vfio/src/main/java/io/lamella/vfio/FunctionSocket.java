// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.linux.UnixSocket;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.ServerStatistics;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vfiouser.wire.Version;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A PCI function that VMs can attach to, one after the other, at a socket. Whoever owns the function makes it as new between two of them. All
 * methods may be called from any thread.
 */
public final class FunctionSocket implements AutoCloseable {
    private static final Logger LOG = System.getLogger(FunctionSocket.class.getName());
    private static final long RETRY_PAUSE_MILLIS = 200;
    private static final long CLOSE_LIMIT_MILLIS = 20_000;

    private final String name;
    private final PciFunction function;
    private final ServerOptions options;
    private final Owner owner;
    private final SocketAcceptor.Place place;

    // Guarded by this.
    private @Nullable Thread attendant;
    private @Nullable VfioUserServer server;
    private OptionalInt clientPid = OptionalInt.empty();
    private ServerStatistics past = ServerStatistics.NONE;
    /** Whether {@link #past} has what {@link #server} did. */
    private boolean counted;

    private boolean closed;

    /** The function's owner, told of clients on the threads that serve them. */
    public interface Owner {
        /** Whether the next client may have the function. May wait, and may try to make it so. */
        boolean isReady();

        /** A client attached. Must not wait. */
        void attached(String sentence);

        /** It is gone, with its memory and interrupts taken away. The place to make the function as new. */
        void left(String reason);
    }

    private FunctionSocket(
            String name,
            PciFunction function,
            Path socket,
            SocketAcceptor acceptor,
            ServerOptions options,
            Owner owner) {
        this.name = name;
        this.function = function;
        this.options = options;
        this.owner = owner;
        this.place = acceptor.listen(socket, this::clientCame);
    }

    /**
     * Opens the socket. From its return on a VM may attach.
     *
     * @param name what is served, for threads and sentences, such as {@code GPU gpu0}
     * @param function connected to nothing; the socket's alone until {@link #close}
     * @param socket where; shorter than 108 bytes, in a directory that is private
     * @param acceptor waits for clients
     * @throws io.lamella.linux.LinuxException if the socket cannot be made
     */
    public static FunctionSocket open(
            String name,
            PciFunction function,
            Path socket,
            SocketAcceptor acceptor,
            ServerOptions options,
            Owner owner) {
        return new FunctionSocket(name, function, socket, acceptor, options, owner);
    }

    /** Where it is. */
    public Path path() {
        return place.path();
    }

    /** Whether a client is attached. */
    public synchronized boolean isAttached() {
        return server != null && server.hasClient();
    }

    /** The process that is attached, as the socket names it. */
    public synchronized OptionalInt clientPid() {
        return isAttached() ? clientPid : OptionalInt.empty();
    }

    /** What all its clients asked for since the socket was opened, the one that is attached included. */
    public synchronized ServerStatistics statistics() {
        return server == null || counted ? past : past.plus(server.statistics());
    }

    private void clientCame(UnixSocket client) {
        synchronized (this) {
            if (closed) {
                client.close();
                return;
            }
            attendant = Thread.ofVirtual().name(name).start(() -> attend(client));
        }
    }

    /** Sees one client in and out. */
    private void attend(UnixSocket client) {
        try {
            if (owner.isReady()) {
                serve(client);
            } else {
                client.close();
                Thread.sleep(RETRY_PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            client.close();
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "A client of " + name + " could not be served.", e);
            client.close();
        } finally {
            synchronized (this) {
                server = null;
                clientPid = OptionalInt.empty();
                counted = false;
                attendant = null;
                notifyAll();
            }
            place.next();
        }
    }

    private void serve(UnixSocket client) throws InterruptedException {
        VfioUserServer serving;
        synchronized (this) {
            if (closed) {
                client.close();
                return;
            }
            serving = VfioUserServer.serve(function, client, options, new Attendance());
            server = serving;
        }
        boolean ended = false;
        while (!ended) {
            ended = serving.awaitEnd(60_000);
        }
    }

    private final class Attendance implements ServerListener {
        @Override
        public void onConnected(UnixSocket.Peer peer, Version client) {
            synchronized (FunctionSocket.this) {
                clientPid = OptionalInt.of(peer.pid());
            }
            owner.attached("Process " + peer.pid() + " attached.");
        }

        @Override
        public void onDisconnected(ServerStatistics statistics, String reason) {
            synchronized (FunctionSocket.this) {
                past = past.plus(statistics);
                counted = true;
            }
            owner.left(reason);
        }
    }

    /**
     * Removes the socket and sends the client away, which sees a clean end. On return nobody uses the function any more. Waits for the client
     * with a limit.
     */
    @Override
    public void close() {
        VfioUserServer serving;
        boolean first;
        synchronized (this) {
            first = !closed;
            closed = true;
            serving = server;
        }
        if (first) {
            place.close();
            if (serving != null) {
                serving.close();
            }
        }
        awaitAttendant();
    }

    private synchronized void awaitAttendant() {
        long limit = System.nanoTime() + CLOSE_LIMIT_MILLIS * 1_000_000;
        boolean interrupted = false;
        while (attendant != null) {
            long left = (limit - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                LOG.log(Level.WARNING, "The client of " + name + " did not go within the time.");
                break;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
