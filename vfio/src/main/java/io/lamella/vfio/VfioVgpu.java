// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.ServerStatistics;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;

/**
 * A vGPU that VMs can attach to, one after the other, at a socket of its own.
 *
 * <p>Between two VMs the function is reset, the firmware task set back and the memory cleared. If that fails the function reads as
 * ones; each further client is a new try. All methods may be called from any thread.
 */
public final class VfioVgpu implements AutoCloseable {
    private static final Logger LOG = System.getLogger(VfioVgpu.class.getName());

    private final Vgpu vgpu;
    private final BusMasterForwarder busMaster;
    private final VgpuFunction function;
    private final FunctionSocket socket;

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
        this.socket =
                FunctionSocket.open("vgpu " + vgpu.uuid(), function, socket, acceptor, options, new Owner(listener));
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
        return socket.path();
    }

    /** Whether a client is attached. */
    public boolean isAttached() {
        return socket.isAttached();
    }

    /** What all its clients asked for since the socket was opened, the one that is attached included. */
    public ServerStatistics statistics() {
        return socket.statistics();
    }

    private final class Owner implements FunctionSocket.Owner {
        private final Listener listener;

        Owner(Listener listener) {
            this.listener = listener;
        }

        /** Whether the vGPU may be given to a client; one whose reset failed is tried again. */
        @Override
        public boolean isReady() {
            if (vgpu.state() == VgpuState.FAILED) {
                function.reset();
            }
            return vgpu.state() == VgpuState.ACTIVE;
        }

        @Override
        public void attached(String sentence) {
            listener.attached(sentence);
        }

        @Override
        public void left(String reason) {
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
        socket.close();
    }
}
