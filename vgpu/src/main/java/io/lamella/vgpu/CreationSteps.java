// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import static io.lamella.vgpu.Parts.made;

import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuDescription;
import io.lamella.core.GspClient;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.vgpu.placement.PlacementSpace;
import io.lamella.vgpu.rpc.HostRpcChannel;
import java.util.List;

/**
 * The steps by which a vGPU comes to be, in the order of the kernel RFC, each with the step that takes it back.
 *
 * <p>Creating runs the table down, destroying runs it up, and a creation that fails runs it up from where it is. Memory is cleared on
 * the way up too, before it goes back: nobody ever gets, or leaves, someone's data.
 */
final class CreationSteps {
    private final CoreSession session;
    private final VgpuOptions options;
    private final PlacementSpace space;
    private final HostRpc layout;
    private final List<Step> table;

    /** One thing to do, or to take back. */
    @FunctionalInterface
    interface Action {
        Action NOTHING = parts -> {};

        void run(Parts parts);
    }

    /**
     * One row.
     *
     * @param name for events and reasons
     * @param make takes or starts something; if it throws, it has kept nothing, unless {@code uncertain}
     * @param undo gives it back or stops it; if it throws, the part is still there
     * @param uncertain whether a failed {@code make} may have had an effect, so that it must be undone too
     */
    record Step(String name, Action make, Action undo, boolean uncertain) {}

    CreationSteps(CoreSession session, VgpuOptions options, VirtualFunctions functions, PlacementSpace space) {
        this.session = session;
        this.space = space;
        this.options = options;
        this.layout = HostRpc.ofRelease(session.gpu().firmwareRelease());
        this.table = List.of(
                new Step(
                        "virtual functions",
                        parts -> functions.use(parts.function.index()),
                        parts -> functions.leave(),
                        false),
                new Step("frame buffer", this::takeFrameBuffer, this::giveFrameBuffer, false),
                new Step("scrub", this::scrubFrameBuffer, this::scrubFrameBuffer, false),
                new Step("channels", this::takeChannels, this::giveChannels, false),
                new Step("management heap", this::takeHeap, this::giveHeap, false),
                new Step("BAR1 mapping", this::mapHeap, this::unmapHeap, false),
                new Step("GSP client", this::openClient, this::closeClient, false),
                new Step("firmware task", this::bootPlugin, this::stopPlugin, true),
                new Step("host RPC", this::awaitTask, Action.NOTHING, false),
                new Step("version", this::negotiate, Action.NOTHING, false),
                new Step("configuration", this::configure, Action.NOTHING, false),
                new Step("scheduling", this::announceScheduling, Action.NOTHING, false),
                new Step("bus master", this::announceBusMaster, Action.NOTHING, false));
    }

    /** All steps, first to last. */
    List<Step> table() {
        return table;
    }

    private void takeFrameBuffer(Parts parts) {
        parts.frameBuffer =
                session.allocateFb(FbRequest.vmmuSegments(parts.label("frame buffer"), parts.type.fbLengthBytes())
                        .at(space.offsetOf(parts.placement.id())));
    }

    private void giveFrameBuffer(Parts parts) {
        made(parts.frameBuffer).close();
        parts.frameBuffer = null;
    }

    private void scrubFrameBuffer(Parts parts) {
        session.scrub(made(parts.frameBuffer));
    }

    private void takeChannels(Parts parts) {
        parts.channels = session.allocateChannels(
                parts.label("channels"), channelCount(session.gpu(), parts.type.maxInstances(parts.mode)));
    }

    /** The largest power of two of which {@code maxInstances} fit into what the host leaves of the channel ids. */
    static int channelCount(GpuDescription gpu, int maxInstances) {
        return Integer.highestOneBit(Math.max(1, (gpu.channelIds() - gpu.hostChannelIds()) / maxInstances));
    }

    private void giveChannels(Parts parts) {
        made(parts.channels).close();
        parts.channels = null;
    }

    private void takeHeap(Parts parts) {
        FbRange heap =
                session.allocateFb(FbRequest.pages(parts.label("management heap"), parts.type.gspHeapSizeBytes()));
        try {
            session.scrub(heap);
        } catch (RuntimeException e) {
            heap.close();
            throw e;
        }
        parts.heap = heap;
    }

    private void giveHeap(Parts parts) {
        FbRange heap = made(parts.heap);
        session.scrub(heap);
        heap.close();
        parts.heap = null;
    }

    private void mapHeap(Parts parts) {
        BarMapping memory = session.map(made(parts.heap), 0, layout.totalBytes());
        try {
            parts.rpc = new HostRpcChannel(
                    layout,
                    memory,
                    () -> session.ringDoorbell(parts.function),
                    options.clock(),
                    options.rpcTimeoutMillis());
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
        parts.heapMapping = memory;
    }

    private void unmapHeap(Parts parts) {
        parts.rpc = null;
        made(parts.heapMapping).close();
        parts.heapMapping = null;
    }

    private void openClient(Parts parts) {
        parts.client = session.openGspClient(parts.label("firmware client"));
    }

    private void closeClient(Parts parts) {
        made(parts.client).close();
        parts.client = null;
    }

    private void bootPlugin(Parts parts) {
        FbRange frameBuffer = made(parts.frameBuffer);
        FbRange heap = made(parts.heap);
        ChannelRange channels = made(parts.channels);
        PluginControls.boot(made(parts.client), layout, parts, frameBuffer, heap, channels);
    }

    private void stopPlugin(Parts parts) {
        GspClient client = made(parts.client);
        PluginControls.shutdown(client, parts.function.gfid());
        PluginControls.cleanUp(client, parts.function.gfid());
    }

    private void awaitTask(Parts parts) {
        made(parts.rpc).awaitReady(options.handshakeTimeoutMillis());
    }

    private void negotiate(Parts parts) {
        made(parts.rpc).negotiate();
    }

    private void configure(Parts parts) {
        made(parts.rpc).configure(PluginControls.configuration(parts, made(parts.channels)));
    }

    /** The task begins with the defaults; only what differs has to be said. */
    private void announceScheduling(Parts parts) {
        if (parts.parameters.hasScheduling()) {
            made(parts.rpc).setScheduling(parts.parameters);
        }
    }

    private void announceBusMaster(Parts parts) {
        made(parts.rpc).updateBusMaster(false);
        parts.busMaster = false;
    }
}
