// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.fb.FbRange;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What the host asks for when it boots the plugin of a vGPU.
 *
 * @param gfid whose function becomes the vGPU
 * @param typeId of the vGPU
 * @param frameBuffer its memory, in the order in which the guest sees it
 * @param heap memory that plugin and host share
 * @param controlOffset of the control buffer in the heap
 * @param firstChannels the vGPU's first channel id on each engine's runlist
 * @param channelCount how many channel ids from there on are the vGPU's
 * @param pluginChannelCount how many of them the plugin keeps
 * @param hostProcessId the process that serves the vGPU
 */
record BootRequest(
        int gfid,
        int typeId,
        List<FbRange> frameBuffer,
        FbRange heap,
        long controlOffset,
        List<Long> firstChannels,
        long channelCount,
        long pluginChannelCount,
        int hostProcessId) {
    /** Channel ids of a runlist. */
    static final int CHANNEL_IDS = 2048;

    private static final int MAX_PLUGIN_CHANNELS = 5;

    /** Reads it. @throws Refusal if the numbers alone make no sense */
    static BootRequest read(GspAbi abi, MemorySegment params) throws Refusal {
        Struct layout = abi.control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK);
        StructField.Array addresses = layout.array("guestFbPhysAddrList");
        StructField.Array lengths = layout.array("guestFbLengthList");
        long segments = layout.u32("numGuestFbSegments").value(params, 0);
        int most = addresses.sizeBytes() / Long.BYTES;
        if (segments < 1 || segments > most) {
            throw Refusal.argument("The vGPU's memory has " + segments + " parts; 1 to " + most + " are possible.");
        }
        List<FbRange> frameBuffer = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            frameBuffer.add(range(
                    "Part " + i + " of the vGPU's memory", addresses.get(params, 0, i), lengths.get(params, 0, i)));
        }
        BootRequest request = new BootRequest(
                layout.u32("gfid").get(params, 0),
                layout.u32("vgpuType").get(params, 0),
                List.copyOf(frameBuffer),
                range(
                        "The management heap",
                        layout.u64("pluginHeapMemoryPhysAddr").get(params, 0),
                        layout.u64("pluginHeapMemoryLength").get(params, 0)),
                layout.u64("ctrlBuffOffset").get(params, 0),
                firstChannels(layout.array("chidOffset"), params),
                layout.u32("numChannels").value(params, 0),
                layout.u32("numPluginChannels").value(params, 0),
                layout.u32("vmPid").get(params, 0));
        request.checkChannels();
        return request;
    }

    private static FbRange range(String what, long base, long length) throws Refusal {
        try {
            return new FbRange(base, length);
        } catch (IllegalArgumentException e) {
            throw Refusal.argument(what + ": " + e.getMessage());
        }
    }

    private static List<Long> firstChannels(StructField.Array offsets, MemorySegment params) {
        List<Long> first = new ArrayList<>();
        for (int engine = 0; engine < offsets.sizeBytes() / Integer.BYTES; engine++) {
            first.add(Integer.toUnsignedLong((int) offsets.get(params, 0, engine)));
        }
        return List.copyOf(first);
    }

    private void checkChannels() throws Refusal {
        if (channelCount < 1
                || channelCount > CHANNEL_IDS
                || pluginChannelCount > Math.min(MAX_PLUGIN_CHANNELS, channelCount)) {
            throw Refusal.argument("The vGPU has " + channelCount + " channels, " + pluginChannelCount
                    + " of them the plugin's; 1 to " + CHANNEL_IDS + " with at most " + MAX_PLUGIN_CHANNELS
                    + " for the plugin are possible.");
        }
        for (int engine = 0; engine < firstChannels.size(); engine++) {
            long first = firstChannels.get(engine);
            if (first + channelCount > CHANNEL_IDS) {
                throw Refusal.argument("Channel ids " + first + " to " + (first + channelCount - 1) + " of engine "
                        + engine + " are more than the " + CHANNEL_IDS + " there are.");
            }
        }
    }

    /** The first engine on which both have a channel id, or -1. */
    int sharedChannelEngine(BootRequest other) {
        for (int engine = 0; engine < firstChannels.size(); engine++) {
            long ours = firstChannels.get(engine);
            long theirs = other.firstChannels.get(engine);
            if (ours < theirs + other.channelCount && theirs < ours + channelCount) {
                return engine;
            }
        }
        return -1;
    }

    /**
     * The board's number of a guest's channel. Guests here may use more numbers than the vGPU has; such a channel counts as the vGPU's last, so
     * that it is never taken for another's.
     */
    int boardChannel(int engineType, int guestChannel) {
        long first = engineType < firstChannels.size() ? firstChannels.get(engineType) : firstChannels.getFirst();
        return (int) (first + Math.min(guestChannel, channelCount - 1));
    }

    /** Size of the memory that the guest sees. */
    long frameBufferBytes() {
        return frameBuffer.stream().mapToLong(FbRange::lengthBytes).sum();
    }
}
