// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.host.Channel;
import io.lamella.gpu.host.ChannelSpec;
import io.lamella.gpu.host.FaultReport;
import io.lamella.gpu.host.FunctionChannels;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.mmu.AddressSpace;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.method.Userd;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Channels and the engine objects below them, as a driver allocates them. A driver chooses a channel's id; it says it by the user area's place:
 * page times 8 plus index.
 */
final class ChannelObjects implements ClassTable.Handler {
    /** Controls of channels have this class in their numbers (NVA06F). */
    static final int CONTROL_CLASS = 0xa06f;

    private static final int MAX_RING_ENTRIES = 1 << 20;
    private static final int SPACE_VIDEO = 2;
    private static final int CHANNELS_PER_USERD_PAGE = 8;

    // Flags of an allocation (NVOS04_FLAGS).
    private static final int FLAG_PRIVILEGED = 1 << 5;
    private static final int FLAG_NO_PHYSICAL = 1 << 7;
    private static final int USERD_INDEX_SHIFT = 8;
    private static final int USERD_PAGE_SHIFT = 12;
    private static final int USERD_PAGE_MASK = 0x1ff;
    private static final int FLAG_USERD_PAGE_FIXED = 1 << 21;
    private static final int FLAG_ACQUIRE_TIMEOUT = 1 << 27;

    /** In internalFlags: the channel belongs to an administrator or to the kernel. */
    private static final int PRIVILEGE_MASK = 3;

    private final RmSystem system;
    private final FunctionChannels channels;
    private final StructField.U64 ringAddress;
    private final StructField.U32 ringEntries;
    private final StructField.U32 flags;
    private final StructField.U32 space;
    private final StructField.U32 engineType;
    private final StructField.U64 userd;
    private final StructField.U32 userdSpace;
    private final StructField.U32 internalFlags;
    private final StructField.U32 bindEngine;
    private final StructField.U8 enable;

    ChannelObjects(RmSystem system, ClassTable classes, ControlTable controls) {
        this.system = system;
        channels = system.channels();
        GspAbi abi = system.abi();
        RmClass channelClass = system.architecture().channelClass();
        Struct params = abi.allocation(channelClass).orElseThrow();
        ringAddress = params.u64("gpFifoOffset");
        ringEntries = params.u32("gpFifoEntries");
        flags = params.u32("flags");
        space = params.u32("hVASpace");
        engineType = params.u32("engineType");
        userd = params.u64("userdMem.base");
        userdSpace = params.u32("userdMem.addressSpace");
        internalFlags = params.u32("internalFlags");
        bindEngine = abi.control(RmControl.CHANNEL_BIND).u32("engineType");
        enable = abi.control(RmControl.GPFIFO_SCHEDULE).u8("bEnable");
        classes.add(channelClass, Set.of(RmClass.DEVICE), this);
        new GraphicsContexts(system, classes, controls);
        classes.add(system.architecture().copyClass(), Set.of(channelClass), this::allocateEngine);
        controls.add(RmControl.CHANNEL_BIND, this::bind);
        controls.add(RmControl.GPFIFO_SCHEDULE, this::schedule);
    }

    @Override
    public NvStatus allocate(RmObject object, MemorySegment params) {
        RmObject spaceObject = object.client().find(space.get(params, 0));
        AddressSpace addresses = spaceObject == null ? null : spaceObject.state(AddressSpace.class);
        if (addresses == null) {
            return NvStatus.INVALID_OBJECT_HANDLE;
        }
        Runlist runlist = channels.runlistOf(engineType.get(params, 0));
        int entries = ringEntries.get(params, 0);
        int flagBits = flags.get(params, 0);
        if (runlist == null
                || channelId(flagBits) >= FunctionChannels.MAX_CHANNELS
                || entries < 1
                || entries > MAX_RING_ENTRIES) {
            return NvStatus.INVALID_ARGUMENT;
        }
        if (userdSpace.get(params, 0) != SPACE_VIDEO || (flagBits & FLAG_USERD_PAGE_FIXED) == 0) {
            return NvStatus.NOT_SUPPORTED;
        }
        long userArea = userd.get(params, 0);
        if ((userArea & Userd.SIZE_BYTES - 1) != 0 || !system.memory().fb().contains(userArea, Userd.SIZE_BYTES)) {
            return NvStatus.INVALID_ADDRESS;
        }
        boolean privileged = (flagBits & FLAG_PRIVILEGED) != 0 || (internalFlags.get(params, 0) & PRIVILEGE_MASK) != 0;
        Channel channel = channels.create(new ChannelSpec(
                channelId(flagBits),
                runlist,
                addresses,
                ringAddress.get(params, 0),
                entries,
                userArea,
                privileged,
                privileged && (flagBits & FLAG_NO_PHYSICAL) == 0,
                (flagBits & FLAG_ACQUIRE_TIMEOUT) != 0));
        if (channel == null) {
            return NvStatus.STATE_IN_USE;
        }
        object.setState(channel);
        return NvStatus.OK;
    }

    private static int channelId(int flagBits) {
        int page = flagBits >>> USERD_PAGE_SHIFT & USERD_PAGE_MASK;
        int index = flagBits >>> USERD_INDEX_SHIFT & CHANNELS_PER_USERD_PAGE - 1;
        return page * CHANNELS_PER_USERD_PAGE + index;
    }

    @Override
    public void free(RmObject object) {
        Channel channel = object.state(Channel.class);
        if (channel != null) {
            channels.free(channel);
        }
    }

    /** The object's own state begins when the channel binds it to a subchannel; this says that the driver may. */
    private NvStatus allocateEngine(RmObject object, MemorySegment params) {
        Channel channel = channelOf(object.parent());
        if (channel == null) {
            return NvStatus.INVALID_OBJECT_PARENT;
        }
        return channel.runlist().engineClass(object.classNumber()) == null ? NvStatus.INVALID_CLASS : NvStatus.OK;
    }

    private static @Nullable Channel channelOf(@Nullable RmObject object) {
        return object == null ? null : object.state(Channel.class);
    }

    private NvStatus bind(RmObject object, MemorySegment params) {
        Channel channel = channelOf(object);
        if (channel == null) {
            return NvStatus.INVALID_OBJECT;
        }
        return channel.runlist().engineType() == bindEngine.get(params, 0) ? NvStatus.OK : NvStatus.INVALID_ARGUMENT;
    }

    private NvStatus schedule(RmObject object, MemorySegment params) {
        Channel channel = channelOf(object);
        if (channel == null) {
            return NvStatus.INVALID_OBJECT;
        }
        channels.schedule(channel, enable.isSet(params, 0));
        return NvStatus.OK;
    }

    /** Tells the driver that a channel was stopped: first the line for its log, then what to recover. */
    void tell(FaultReport report) {
        String text = "Ch %08x, engine %s. %s"
                .formatted(report.channelId(), report.runlist().name(), report.sentence());
        FaultMessages.send(system.abi(), system.events(), report, 0, report.channelId(), text);
    }
}
