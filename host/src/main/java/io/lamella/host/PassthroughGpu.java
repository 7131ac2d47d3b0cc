// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.GpuDescription;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.pci.PciPhysicalFunction;
import io.lamella.vfio.FunctionSocket;
import io.lamella.vfiouser.server.ServerStatistics;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A GPU that VMs get whole, one after the other: its physical function at a socket. Nothing on the host drives it. Before, between and after
 * two VMs the function is reset and the frame buffer is cleared, as if its power had been off for a moment.
 */
public final class PassthroughGpu implements GpuUser {
    private final SoftwareGpu board;
    private final HostGpu.Surroundings around;
    private final FunctionSocket socket;

    private PassthroughGpu(SoftwareGpu board, HostGpu.Surroundings around) {
        this.board = board;
        this.around = around;
        makeAsNew(board);
        socket = FunctionSocket.open(
                "GPU " + board.name(),
                board.physicalFunction(),
                // Named as vGPUs' are, so that a socket that a killed process left is known for one.
                around.directory().resolve(board.uuid() + ".sock"),
                around.acceptor(),
                around.options(),
                new Owner());
    }

    /**
     * Opens the socket.
     *
     * @param board driven by nobody
     * @throws io.lamella.linux.LinuxException if the socket cannot be made
     */
    static PassthroughGpu start(SoftwareGpu board, HostGpu.Surroundings around) {
        PassthroughGpu gpu = new PassthroughGpu(board, around);
        around.listener()
                .onEvent(new HostEvent.GpuSocketOpened(
                        gpu.name(),
                        gpu.socket().toString(),
                        "GPU " + gpu.name() + ": a VM can attach to the whole GPU at " + gpu.socket() + "."));
        return gpu;
    }

    /** The state of power-on: registers, configuration space, VFs, memory. */
    private static void makeAsNew(SoftwareGpu board) {
        PciPhysicalFunction function = board.physicalFunction();
        function.disconnect();
        function.reset();
        board.frameBuffer().whole().clear(0, board.frameBuffer().sizeBytes());
    }

    @Override
    public String name() {
        return board.name();
    }

    @Override
    public GpuUse use() {
        return GpuUse.PASSTHROUGH;
    }

    @Override
    public SoftwareGpu board() {
        return board;
    }

    @Override
    public Optional<GpuDescription> description() {
        return Optional.empty();
    }

    /** Where a VM attaches. */
    public Path socket() {
        return socket.path();
    }

    /** Whether a VM has it. */
    public boolean isAttached() {
        return socket.isAttached();
    }

    /** What all VMs asked for, the one that is attached included. */
    public ServerStatistics statistics() {
        return socket.statistics();
    }

    @Override
    public List<String> holders() {
        if (!isAttached()) {
            return List.of();
        }
        var pid = socket.clientPid();
        return List.of("the VM of " + (pid.isPresent() ? "process " + pid.getAsInt() : "a process that just came")
                + ", attached at " + socket());
    }

    private final class Owner implements FunctionSocket.Owner {
        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void attached(String sentence) {
            around.listener().onEvent(new HostEvent.GpuClientAttached(name(), "GPU " + name() + ": " + sentence));
        }

        @Override
        public void left(String reason) {
            makeAsNew(board);
            around.listener()
                    .onEvent(new HostEvent.GpuClientGone(
                            name(),
                            "GPU " + name() + ": The client left (" + reason
                                    + "); the GPU is reset and its memory cleared."));
        }
    }

    @Override
    public void close() {
        socket.close();
        makeAsNew(board);
        around.listener()
                .onEvent(new HostEvent.GpuSocketClosed(name(), "The socket of GPU " + name() + " is removed."));
    }
}
