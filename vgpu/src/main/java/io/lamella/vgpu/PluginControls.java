// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.ChannelRange;
import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.GspClient;
import io.lamella.core.RmException;
import io.lamella.core.RmRequest;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.rpc.PluginConfiguration;
import io.lamella.vgpu.type.VgpuType;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The controls by which the resource manager is told of types and starts and stops a vGPU's firmware task. */
final class PluginControls {
    static final String ADD_TYPES = "VGPU_MGR_ADD_VGPU_TYPE";
    static final String BOOT = "VGPU_MGR_BOOTLOAD_PLUGIN_TASK";
    static final String SHUTDOWN = "VGPU_MGR_SHUTDOWN_PLUGIN_TASK";
    static final String CLEAN_UP = "VGPU_MGR_PLUGIN_CLEANUP";

    /** The resource manager's word for "no GPU instance". */
    private static final long NO_INSTANCE = 0xffff_ffffL;

    /** How many types one control takes. */
    private static final int TYPES_AT_ONCE = 64;

    private static final int PLUGIN_CHANNELS = 1;
    /** More than any release counts. */
    private static final int MOST_ENGINES = 256;

    private PluginControls() {}

    /** Tells the firmware of the types, in place of those that it knew. */
    static void addTypes(CoreSession session, List<VgpuType> types) {
        try (GspClient client = session.openGspClient("vGPU types")) {
            for (int first = 0; first < types.size(); first += TYPES_AT_ONCE) {
                List<VgpuType> some = types.subList(first, Math.min(types.size(), first + TYPES_AT_ONCE));
                RmRequest request = RmRequest.of(ADD_TYPES)
                        .with("discardVgpuTypes", first == 0)
                        .with("vgpuInfoCount", some.size());
                for (int i = 0; i < some.size(); i++) {
                    request = describe(request, "vgpuInfo[" + i + "].", some.get(i));
                }
                client.control(client.subdevice(), request);
            }
        }
    }

    private static RmRequest describe(RmRequest request, String at, VgpuType type) {
        return request.with(at + "vgpuType", type.id())
                .with(at + "vgpuName", text("NVIDIA " + type.name()))
                .with(at + "vgpuClass", text(seriesClass(type)))
                .with(at + "maxInstance", type.maxInstances())
                .with(at + "numHeads", type.heads())
                .with(at + "maxResolutionX", type.maxWidth())
                .with(at + "maxResolutionY", type.maxHeight())
                .with(at + "maxPixels", type.maxPixels())
                .with(at + "frlConfig", type.fpsLimit())
                .with(at + "frlEnable", true)
                .with(at + "cudaEnabled", type.cuda())
                .with(at + "eccSupported", type.eccSupported())
                .with(at + "vdevId", deviceAndSubsystem(type))
                .with(at + "pdevId", type.boardDevice().device())
                .with(at + "profileSize", type.profileSizeBytes())
                .with(at + "fbLength", type.fbLengthBytes())
                .with(at + "gspHeapSize", type.gspHeapSizeBytes())
                .with(at + "fbReservation", type.fbReservationBytes())
                .with(at + "encoderCapacity", type.encoderCapacity())
                .with(at + "bar1Length", type.bar1SizeBytes() >> 20)
                .with(at + "adapterName", text(type.product()));
    }

    private static long deviceAndSubsystem(VgpuType type) {
        return (long) type.identity().id().device() << 16
                | type.identity().subsystem().device();
    }

    /** The firmware's word for what a type is for; only that of the B series is published. */
    private static String seriesClass(VgpuType type) {
        return switch (type.series()) {
            case B -> "NVS";
            case A, C, Q -> type.series().name();
        };
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Starts the firmware task of a vGPU. */
    static void boot(
            GspClient client, HostRpc layout, Parts parts, FbRange frameBuffer, FbRange heap, ChannelRange channels) {
        RmRequest request = RmRequest.of(BOOT)
                .with("dbdf", Integer.toUnsignedLong(parts.function.address().packed()))
                .with("gfid", parts.function.gfid())
                .with("vgpuType", parts.type.id())
                .with("vmPid", ProcessHandle.current().pid())
                .with("swizzId", NO_INSTANCE)
                .with("numChannels", channels.count())
                .with("numPluginChannels", PLUGIN_CHANNELS)
                .with("numGuestFbSegments", 1)
                .with("guestFbPhysAddrList[0]", frameBuffer.offset())
                .with("guestFbLengthList[0]", parts.type.fbLengthBytes())
                .with("pluginHeapMemoryPhysAddr", heap.offset())
                .with("pluginHeapMemoryLength", heap.sizeBytes())
                .with("ctrlBuffOffset", HostRpc.CONTROL_BUFFER.offset())
                .with("initTaskLogBuffOffset", HostRpc.INIT_TASK_LOG_BUFFER.offset())
                .with("initTaskLogBuffSize", HostRpc.INIT_TASK_LOG_BUFFER.sizeBytes())
                .with("vgpuTaskLogBuffOffset", HostRpc.VGPU_TASK_LOG_BUFFER.offset())
                .with("vgpuTaskLogBuffSize", HostRpc.VGPU_TASK_LOG_BUFFER.sizeBytes());
        if (client.hasField(BOOT, "bDeviceProfilingEnabled")) {
            request = request.with("bDeviceProfilingEnabled", parts.parameters.profiling());
        }
        if (layout.kernelLogBuffer().isPresent() && client.hasField(BOOT, "kernelLogBuffOffset")) {
            HostRpc.Buffer log = layout.kernelLogBuffer().get();
            request = request.with("kernelLogBuffOffset", log.offset()).with("kernelLogBuffSize", log.sizeBytes());
        }
        // The same ids on every engine, whether the firmware has listed it already or not.
        for (int engine = 0; engine < MOST_ENGINES && client.hasField(BOOT, channelsOf(engine)); engine++) {
            request = request.with(channelsOf(engine), channels.first());
        }
        client.control(client.subdevice(), request);
    }

    private static String channelsOf(int engineType) {
        return "chidOffset[" + engineType + "]";
    }

    /** Stops the firmware task. One that does not exist counts as stopped. */
    static void shutdown(GspClient client, int gfid) {
        run(client, SHUTDOWN, gfid);
    }

    /** Has the resource manager forget the task. */
    static void cleanUp(GspClient client, int gfid) {
        run(client, CLEAN_UP, gfid);
    }

    private static void run(GspClient client, String control, int gfid) {
        try {
            client.control(client.subdevice(), RmRequest.of(control).with("gfid", gfid));
        } catch (RmException e) {
            if (e.error() != CoreError.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** What the task is told once it runs. */
    static PluginConfiguration configuration(Parts parts, ChannelRange channels) {
        return new PluginConfiguration(
                parts.uuid,
                parts.function.address().packed(),
                parts.type.id(),
                ProcessHandle.current().pid(),
                channels.count(),
                PLUGIN_CHANNELS,
                parts.mode == PlacementMode.MIXED_SIZE ? parts.placement.id() : PluginConfiguration.NO_PLACEMENT,
                parts.parameters.unifiedMemory(),
                parts.parameters.console());
    }
}
