// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import io.lamella.linux.LinuxException;
import io.lamella.linux.Processes;
import io.lamella.linux.UnixListener;
import io.lamella.linux.UnixSocket;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.wire.Wire;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Serves one PCI function to one client at a time. The path is the client's to connect to (mode 0600; only this user and root are let
 * in, unless {@link ServerOptions#anyUser}); while one client is served, others wait. Start it with {@link #listen} or, for a connection that somebody else has accepted, with {@link
 * #serve}. All methods may be called from any thread.
 */
public final class VfioUserServer implements AutoCloseable {
    private static final int BACKLOG = 4;

    private final PciFunction function;
    private final ServerOptions options;
    private final ServerListener listener;
    private final Counters counters = new Counters();
    private final Complaints complaints;
    private final @Nullable UnixListener socket;
    private final Thread thread;
    private volatile @Nullable Session session;
    private volatile boolean closed;

    private VfioUserServer(
            PciFunction function,
            ServerOptions options,
            ServerListener listener,
            String name,
            @Nullable UnixListener socket,
            @Nullable UnixSocket accepted) {
        this.function = function;
        this.options = options;
        this.listener = listener;
        this.complaints = new Complaints(name);
        this.socket = socket;
        // A thread of the platform: it waits in system calls.
        this.thread = Thread.ofPlatform()
                .name("vfio-user " + name)
                .daemon()
                .unstarted(accepted == null ? this::acceptAll : () -> serveOne(accepted));
    }

    /**
     * Listens at {@code path} and serves whoever connects, one after the other, until {@link #close}.
     *
     * @param function not connected to anything; it is connected while there is a client
     * @param path shorter than 108 bytes; a socket that a dead process has left there is replaced
     * @throws LinuxException if the path cannot be used
     * @throws IllegalArgumentException if the function has windows that clients cannot map
     */
    public static VfioUserServer listen(
            PciFunction function, Path path, ServerOptions options, ServerListener listener) {
        checkWindows(function, options);
        UnixListener socket = UnixListener.bind(path, BACKLOG);
        return start(
                new VfioUserServer(function, options, listener, Objects.toString(path.getFileName()), socket, null));
    }

    /** The same with the default options and nobody told. */
    public static VfioUserServer listen(PciFunction function, Path path) {
        return listen(function, path, ServerOptions.DEFAULTS, ServerListener.NONE);
    }

    /** Serves the client at the other end of {@code accepted}, which it takes over. It is done when that client has gone. */
    public static VfioUserServer serve(
            PciFunction function, UnixSocket accepted, ServerOptions options, ServerListener listener) {
        try {
            checkWindows(function, options);
        } catch (IllegalArgumentException e) {
            accepted.close();
            throw e;
        }
        return start(new VfioUserServer(function, options, listener, "accepted client", null, accepted));
    }

    private static void checkWindows(PciFunction function, ServerOptions options) {
        // Its constructor does the checking; sessions make their own.
        Regions _ = new Regions(function, new Counters(), options.maxDataBytes());
    }

    private static VfioUserServer start(VfioUserServer server) {
        server.thread.start();
        return server;
    }

    private void acceptAll() {
        UnixListener listening = Objects.requireNonNull(socket);
        while (!closed) {
            try {
                UnixSocket client = listening.accept();
                if (client == null) {
                    return;
                }
                serveOne(client);
            } catch (LinuxException e) {
                complaints.failed(0, e);
                pause();
            }
        }
    }

    /** Out of descriptors, most likely: trying again at once would only keep a processor busy. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serveOne(UnixSocket client) {
        try (client) {
            int uid = client.peer().uid();
            if (!options.anyUser() && uid != 0 && uid != Processes.effectiveUserId()) {
                complaints.say("User " + uid + " tried to connect; only this user and root may.");
                return;
            }
            Session current = new Session(client, function, options, listener, counters, complaints);
            session = current;
            if (closed) {
                current.end(Thread.currentThread(), 0);
            }
            current.run();
        } catch (RuntimeException | Error e) {
            complaints.failed(0, e);
        } finally {
            session = null;
        }
    }

    /** What it has done so far. */
    public ServerStatistics statistics() {
        return counters.snapshot();
    }

    /** Tells the client that the device has failed beyond repair (the ERR interrupt). Without effect if there is none. */
    public void signalError() {
        raise(Wire.IRQ_ERROR);
    }

    /** Asks the client to let go of the device (the REQ interrupt). Without effect if there is none. */
    public void requestRelease() {
        raise(Wire.IRQ_REQUEST);
    }

    private void raise(int index) {
        Session current = session;
        if (current != null) {
            current.interrupts().raise(index);
        }
    }

    /** Whether a client is being served. */
    public boolean hasClient() {
        return session != null;
    }

    /** Whether its thread is there: until {@link #close}, or for {@link #serve}, until the client has gone. */
    public boolean isRunning() {
        return thread.isAlive();
    }

    /** Waits until its thread has ended. @return false if the time is over first */
    public boolean awaitEnd(long timeoutMillis) throws InterruptedException {
        thread.join(timeoutMillis);
        return !thread.isAlive();
    }

    /**
     * Stops listening, sends the client away (it sees a clean end of stream), and returns when everything is released, or after a few
     * seconds if the function hangs. Not to be called from the server's own thread.
     */
    @Override
    public void close() {
        closed = true;
        if (socket != null) {
            socket.close();
        }
        Session current = session;
        if (current != null) {
            current.end(thread, options.drainTimeoutMillis());
        }
        try {
            thread.join(options.drainTimeoutMillis() + 5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
