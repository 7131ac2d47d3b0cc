// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.linux.UnixSocket;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.ServerStatistics;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vfiouser.wire.Version;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A vGPU that VMs can attach to, one after the other, at a socket of its own.
 *
 * <p>Between two VMs the function is reset, the firmware task set back and the memory cleared. If that fails the function reads as
 * ones; each further client is a new try. All methods may be called from any thread.
 */
public final class VfioVgpu implements AutoCloseable {
    private static final Logger LOG = System.getLogger(VfioVgpu.class.getName());
    private static final long RETRY_PAUSE_MILLIS = 200;
    private static final long CLOSE_LIMIT_MILLIS = 20_000;

    private final Vgpu vgpu;
    private final ServerOptions options;
    private final Listener listener;
    private final BusMasterForwarder busMaster;
    private final VgpuFunction function;
    private final SocketAcceptor.Place place;

    // Guarded by this.
    private @Nullable Thread attendant;
    private @Nullable VfioUserServer server;
    private ServerStatistics past = ServerStatistics.NONE;
    /** Whether {@link #past} has what {@link #server} did. */
    private boolean counted;

    private boolean closed;

    /** Told of clients, on threads that serve them. Must not wait. */
    public interface Listener {
        /** A client attached. */
        void attached(String sentence);

        /** It is gone, and the vGPU is as new, or the sentence says why not. */
        void gone(String sentence);
    }

    private VfioVgpu(
            Vgpu vgpu,
            PciFunction virtualFunction,
            Path socket,
            SocketAcceptor acceptor,
            ServerOptions options,
            Listener listener) {
        this.vgpu = vgpu;
        this.options = options;
        this.listener = listener;
        this.busMaster = new BusMasterForwarder("vgpu " + vgpu.uuid() + " bus master", vgpu::setBusMaster);
        this.function = new VgpuFunction(virtualFunction, vgpu.type().identity(), new VgpuFunction.Watcher() {
            @Override
            public void busMasterChanged(boolean enabled) {
                busMaster.set(enabled);
            }

            @Override
            public void functionReset() {
                setTaskBack();
            }
        });
        this.place = acceptor.listen(socket, this::clientCame);
    }

    /**
     * Opens a vGPU's socket. From its return on a VM may attach.
     *
     * @param vgpu ACTIVE
     * @param virtualFunction the vGPU's, connected to nothing; this object's alone until {@link #close}
     * @param socket where; shorter than 108 bytes, in a directory that is private
     * @param acceptor waits for clients
     * @throws io.lamella.linux.LinuxException if the socket cannot be made
     */
    public static VfioVgpu open(
            Vgpu vgpu,
            PciFunction virtualFunction,
            Path socket,
            SocketAcceptor acceptor,
            ServerOptions options,
            Listener listener) {
        return new VfioVgpu(vgpu, virtualFunction, socket, acceptor, options, listener);
    }

    public Vgpu vgpu() {
        return vgpu;
    }

    public Path socket() {
        return place.path();
    }

    /** Whether a client is attached. */
    public synchronized boolean isAttached() {
        return server != null && server.hasClient();
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
            attendant = Thread.ofVirtual().name("vgpu " + vgpu.uuid()).start(() -> attend(client));
        }
    }

    /** Sees one client in and out. */
    private void attend(UnixSocket client) {
        try {
            if (isReady()) {
                serve(client);
            } else {
                client.close();
                Thread.sleep(RETRY_PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            client.close();
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "A client of vGPU " + vgpu.uuid() + " could not be served.", e);
            client.close();
        } finally {
            synchronized (this) {
                server = null;
                counted = false;
                attendant = null;
                notifyAll();
            }
            place.next();
        }
    }

    /** Whether the vGPU may be given to a client; one whose reset failed is tried again. */
    private boolean isReady() {
        if (vgpu.state() == VgpuState.FAILED) {
            function.reset();
        }
        return vgpu.state() == VgpuState.ACTIVE;
    }

    private void serve(UnixSocket client) throws InterruptedException {
        Attendance attendance = new Attendance();
        VfioUserServer serving;
        synchronized (this) {
            if (closed) {
                client.close();
                return;
            }
            serving = VfioUserServer.serve(function, client, options, attendance);
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
            listener.attached("Process " + peer.pid() + " attached.");
        }

        // On the thread that served the client, with memory and interrupts taken away already.
        @Override
        public void onDisconnected(ServerStatistics statistics, String reason) {
            synchronized (VfioVgpu.this) {
                past = past.plus(statistics);
                counted = true;
            }
            function.reset();
            listener.gone("The client left (" + reason + "); "
                    + (vgpu.state() == VgpuState.ACTIVE
                            ? "the vGPU is reset and its memory cleared."
                            : "the vGPU was not set back: " + vgpu.info().reason()));
        }
    }

    /** The firmware task's part of a function reset. Waits for it, with the vGPU's limits. */
    private void setTaskBack() {
        busMaster.forget();
        try {
            vgpu.reset();
            function.setUnusable(false);
        } catch (VgpuException e) {
            function.setUnusable(true);
            if (e.reason() != VgpuException.Reason.GPU_GONE) {
                LOG.log(Level.WARNING, e.getMessage());
            }
        }
    }

    /** The GPU is gone: from here on the VM sees a function that is gone too. Does not wait. */
    public void lost() {
        function.setUnusable(true);
    }

    /**
     * Removes the socket and sends the client away, which sees a clean end. On return nobody uses the virtual function any more. Waits for
     * the client with a limit.
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
                LOG.log(Level.WARNING, "The client of vGPU " + vgpu.uuid() + " did not go within the time.");
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
