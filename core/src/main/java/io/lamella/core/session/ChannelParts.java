// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.EngineInfo;
import io.lamella.core.GpuGoneException;
import io.lamella.core.RmObject;
import io.lamella.core.RmRequest;
import io.lamella.core.device.Device;
import io.lamella.core.device.Unwind;
import io.lamella.core.pool.RangePool;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.Userd;
import java.lang.foreign.MemorySegment;

/**
 * What a channel is made of, in the order of its making: a channel id, a ring in the host's memory, an instance block and a user area in
 * frame buffer, the buffer that the engine saves methods to when it faults, and the firmware's objects. The firmware fills the instance
 * block itself.
 *
 * <p>Facts from nouveau nvkm/subdev/gsp/rm/r535/{fifo,ce}.c.
 */
final class ChannelParts {
    private static final int PAGE = 4096;
    private static final int RAMFC_BYTES = 0x200;
    private static final long MOST_METHOD_BYTES = 16 << 20;

    // Of the parameters: where memory is, and how the host caches it.
    private static final int SPACE_HOST = 1;
    private static final int SPACE_FRAME_BUFFER = 2;
    private static final int CACHED = 0;
    private static final int UNCACHED = 1;

    // The place of the user area says the channel's id to the firmware: 8 to a page.
    private static final int IDS_PER_PAGE = 8;
    private static final int USER_INDEX_SHIFT = 8;
    private static final int USER_PAGE_SHIFT = 12;
    private static final int USER_PAGE_FIXED = 1 << 21;

    private static final int CHANNEL_HANDLE = 0xf1f0_0000;
    private static final int ENGINE_HANDLE = 0x000e_0000;
    private static final int ENGINE_PARAMETERS_VERSION = 1;

    private final Unwind undo = new Unwind();
    private final RunningCore core;
    private final HeldSpace space;
    private final int channelId;
    private final int entries;
    private final HeldHost ring;
    private final long userArea;
    private final RmObject channel;

    /** Makes them all, or none. */
    ChannelParts(ClientSession session, String label, HeldSpace space, EngineInfo engine, int entries) {
        this.core = session.core();
        this.space = space;
        this.entries = entries;
        try {
            channelId = (int) core.hostChannels().take(1, 1, RangePool.End.LOW);
            undo.add("free a channel id", () -> core.hostChannels().give(channelId, 1));
            long ringBytes = ((long) entries * GpFifo.ENTRY_BYTES + PAGE - 1) & -PAGE;
            ring = session.takeHost(label, ringBytes);
            undo.add("free a channel's ring", ring::close);
            long ringAddress = space.bindRing(channelId, ring);
            long memory = core.frameBuffer().take(2 * PAGE, PAGE, RangePool.End.HIGH);
            undo.add("free a channel's memory", () -> core.frameBuffer().give(memory, 2 * PAGE));
            long mapped = core.bar1().map(memory, 2 * PAGE);
            undo.add("unmap a channel's memory", () -> core.bar1().unmap(mapped, memory, 2 * PAGE));
            core.device().writeBar(Device.BAR1, mapped, MemorySegment.ofArray(new byte[2 * PAGE]));
            userArea = mapped + PAGE;
            HeldHost methods = session.takeHost(label, methodBytes());
            undo.add("free a channel's method buffer", methods::close);
            channel = space.rmClient()
                    .create(
                            space.rmClient().device().handle(),
                            CHANNEL_HANDLE | channelId,
                            parameters(engine, ringAddress, memory, methods));
        } catch (RuntimeException failure) {
            undo.run();
            throw failure;
        }
        try {
            start(engine);
        } catch (RuntimeException failure) {
            try {
                release();
            } catch (RuntimeException another) {
                failure.addSuppressed(another);
            }
            throw failure;
        }
    }

    private long methodBytes() {
        long bytes = core.internalControl(RmRequest.of("CE_GET_FAULT_METHOD_BUFFER_SIZE"))
                .number("size");
        if (bytes < 1 || bytes > MOST_METHOD_BYTES) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT, "The firmware wants " + bytes + " bytes for a channel's method buffer.");
        }
        return bytes;
    }

    private RmRequest parameters(EngineInfo engine, long ringAddress, long memory, HeldHost methods) {
        int flags = ((channelId % IDS_PER_PAGE) << USER_INDEX_SHIFT)
                | ((channelId / IDS_PER_PAGE) << USER_PAGE_SHIFT)
                | USER_PAGE_FIXED;
        RmRequest request = RmRequest.of(core.architecture().channelClass().name())
                .with("gpFifoOffset", ringAddress)
                .with("gpFifoEntries", entries)
                .with("flags", flags)
                .with("hVASpace", Integer.toUnsignedLong(space.object().handle()))
                .with("engineType", engine.engineType());
        request = memory(request, "instanceMem", memory, PAGE, SPACE_FRAME_BUFFER, UNCACHED);
        request = memory(request, "ramfcMem", memory, RAMFC_BYTES, SPACE_FRAME_BUFFER, UNCACHED);
        request = memory(request, "userdMem", memory + PAGE, Userd.SIZE_BYTES, SPACE_FRAME_BUFFER, UNCACHED);
        return memory(request, "mthdbufMem", methods.gpuAddress(), methods.sizeBytes(), SPACE_HOST, CACHED);
    }

    private static RmRequest memory(
            RmRequest request, String field, long address, long sizeBytes, int space, int caching) {
        return request.with(field + ".base", address)
                .with(field + ".size", sizeBytes)
                .with(field + ".addressSpace", space)
                .with(field + ".cacheAttrib", caching);
    }

    /** Binds the channel to its engine, lets it run, and makes the engine's object. */
    private void start(EngineInfo engine) {
        HeldClient client = space.rmClient();
        client.control(channel, RmRequest.of("CHANNEL_BIND").with("engineType", engine.engineType()));
        client.control(channel, RmRequest.of("GPFIFO_SCHEDULE").with("bEnable", true));
        RmClass type = RmClass.of(engine.engineClass())
                .orElseThrow(
                        () -> new CoreException(CoreError.NOT_SUPPORTED, engine.name() + " has an unknown class."));
        var _ = client.create(
                channel.handle(),
                ENGINE_HANDLE | channelId,
                RmRequest.of(type.name())
                        .with("version", ENGINE_PARAMETERS_VERSION)
                        .with("engineType", engine.engineType()));
    }

    int channelId() {
        return channelId;
    }

    int entries() {
        return entries;
    }

    HeldHost ring() {
        return ring;
    }

    /** Where in BAR1 the user area is. */
    long userArea() {
        return userArea;
    }

    /**
     * Gives everything back. If the firmware does not let go of the channel nothing is: the GPU may still use it.
     *
     * @throws CoreException if it does not
     */
    void release() {
        try {
            space.rmClient().free(channel);
        } catch (GpuGoneException gone) {
            // Nothing uses it any more.
        }
        undo.run();
    }
}
