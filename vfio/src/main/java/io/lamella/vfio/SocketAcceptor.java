// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.LinuxException;
import io.lamella.linux.PollSet;
import io.lamella.linux.SocketAccess;
import io.lamella.linux.UnixListener;
import io.lamella.linux.UnixSocket;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for clients at any number of sockets with one thread, so that a vGPU without a VM has none of its own. The thread is there
 * only while there are sockets to wait at.
 */
public final class SocketAcceptor {
    private static final Logger LOG = System.getLogger(SocketAcceptor.class.getName());
    private static final int BACKLOG = 4;
    private static final long RETRY_MILLIS = 100;

    private final SocketAccess access;
    private final List<Place> places = new ArrayList<>();
    private @Nullable Thread thread;
    private @Nullable EventFd wake;

    /** Counts changes of the places; the thread notes up to which it has seen them. */
    private long changes;

    private long seen;

    /** For sockets that are this user's alone. */
    public SocketAcceptor() {
        this(SocketAccess.OWNER);
    }

    /** @param access who may connect */
    public SocketAcceptor(SocketAccess access) {
        this.access = access;
    }

    /** A socket at which clients may come, one at a time. */
    public final class Place implements AutoCloseable {
        private final UnixListener listener;
        private final Consumer<UnixSocket> client;
        private boolean waiting = true;

        private Place(UnixListener listener, Consumer<UnixSocket> client) {
            this.listener = listener;
            this.client = client;
        }

        public Path path() {
            return listener.path();
        }

        /** The client that came is gone; the next may come. */
        public void next() {
            synchronized (SocketAcceptor.this) {
                if (places.contains(this)) {
                    waiting = true;
                    changed();
                }
            }
        }

        /** Removes the socket. On return nobody waits there any more. */
        @Override
        public void close() {
            synchronized (SocketAcceptor.this) {
                if (!places.remove(this)) {
                    return;
                }
                changed();
                awaitSeen();
            }
            listener.close();
        }
    }

    /**
     * Listens at a path (a socket that a dead process left there is replaced).
     *
     * @param client told of each client, on the acceptor's thread; must not wait. The next one is let in after {@link Place#next}
     * @throws LinuxException if the path is taken or too long
     * @throws java.io.UncheckedIOException if it cannot be given to the group that may connect
     */
    public Place listen(Path path, Consumer<UnixSocket> client) {
        UnixListener listener = UnixListener.bind(path, BACKLOG, access);
        try {
            listener.fd().setNonBlocking(true);
            Place place = new Place(listener, client);
            synchronized (this) {
                places.add(place);
                if (thread == null) {
                    wake = EventFd.create();
                    seen = changes;
                    thread = Thread.ofPlatform().daemon().name("vgpu-sockets").start(this::run);
                } else {
                    changed();
                }
            }
            return place;
        } catch (RuntimeException | Error e) {
            listener.close();
            throw e;
        }
    }

    // Called with the lock held.
    private void changed() {
        changes++;
        EventFd now = wake;
        if (now != null) {
            now.signal();
        }
    }

    // Called with the lock held. The thread never waits with the lock, and is woken, so this is short.
    private void awaitSeen() {
        long mine = changes;
        boolean interrupted = false;
        while (thread != null && seen < mine && !Thread.currentThread().equals(thread)) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        PollSet poll = new PollSet(1);
        List<Place> polled = List.of();
        long polledAt = -1;
        while (true) {
            EventFd bell;
            synchronized (this) {
                bell = wake;
                if (places.isEmpty() || bell == null) {
                    thread = null;
                    wake = null;
                    seen = changes;
                    notifyAll();
                    if (bell != null) {
                        bell.close();
                    }
                    return;
                }
                if (polledAt != changes) {
                    polled = places.stream().filter(place -> place.waiting).toList();
                    poll = pollSet(bell, polled);
                    polledAt = changes;
                }
                seen = changes;
                notifyAll();
            }
            int ready = poll.await(-1);
            if (ready > 0) {
                bell.drain();
                acceptAll(poll, polled);
            }
        }
    }

    private static PollSet pollSet(EventFd bell, List<Place> polled) {
        PollSet poll = new PollSet(polled.size() + 1);
        poll.setReadable(0, bell.fd());
        for (int i = 0; i < polled.size(); i++) {
            poll.setReadable(i + 1, polled.get(i).listener.fd());
        }
        return poll;
    }

    private void acceptAll(PollSet poll, List<Place> polled) {
        for (int i = 0; i < polled.size(); i++) {
            Place place = polled.get(i);
            if (poll.isReady(i + 1)) {
                UnixSocket socket = null;
                synchronized (this) {
                    // What is closed meanwhile waits for this thread to notice, so the listener is still open.
                    if (places.contains(place) && place.waiting) {
                        socket = accept(place);
                        if (socket != null) {
                            place.waiting = false;
                            changes++;
                        }
                    }
                }
                if (socket != null) {
                    place.client.accept(socket);
                }
            }
        }
    }

    private static @Nullable UnixSocket accept(Place place) {
        try {
            return place.listener.accept();
        } catch (LinuxException e) {
            if (!e.is(Errno.EAGAIN)) {
                // Mostly no more descriptors. The client stays in the queue; do not spin on it.
                LOG.log(Level.WARNING, e.getMessage());
                java.util.concurrent.locks.LockSupport.parkNanos(RETRY_MILLIS * 1_000_000);
            }
            return null;
        }
    }
}
