// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.AddressSpace;
import io.lamella.core.ApiVersion;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.ChannelRange;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuDescription;
import io.lamella.core.GpuMemory;
import io.lamella.core.GspClient;
import io.lamella.core.HostMemory;
import io.lamella.core.RmRequest;
import io.lamella.core.VirtualFunction;
import io.lamella.core.mmu.Bar1;
import io.lamella.core.pool.RangePool;
import io.lamella.hw.reg.Vfn;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A client's session: checks that it may, takes from the core's pools, and keeps what it took in order. */
final class ClientSession implements CoreSession {
    private static final Logger LOG = System.getLogger(ClientSession.class.getName());
    private static final int LONGEST_LABEL = 128;
    private static final long PAGE = 4096;
    private static final long BIG_PAGE = 64 << 10;
    private static final long LARGE_PAGE = 2 << 20;
    private static final long MOST_HOST_BYTES = 1L << 40;
    private static final long SCRUB_BYTES = 64 << 20;
    private static final int VIDEO_MEMORY = 2;
    private static final int MEMSET = 1;
    /** How the host rings the task of a virtual function: 32 doorbells each, of which this one is for messages. */
    private static final int DOORBELLS_PER_GFID = 32;

    private static final int MESSAGE_DOORBELL = 17;

    private final RunningCore core;
    private final ClientIdentity client;
    private final ApiVersion version;
    private final Set<CoreCapability> capabilities;
    private final CoreEvents listener;
    private final long firstEvent;
    private final List<Held> held = new ArrayList<>();
    private boolean closed;

    /** @param firstEvent number of the first event that happens after it attached; it does not hear of earlier ones */
    ClientSession(
            RunningCore core,
            ClientIdentity client,
            ApiVersion version,
            Set<CoreCapability> capabilities,
            CoreEvents listener,
            long firstEvent) {
        this.core = core;
        this.client = client;
        this.version = version;
        this.capabilities = Set.copyOf(capabilities);
        this.listener = listener;
        this.firstEvent = firstEvent;
    }

    RunningCore core() {
        return core;
    }

    @Override
    public ClientIdentity client() {
        return client;
    }

    @Override
    public ApiVersion version() {
        return version;
    }

    @Override
    public Set<CoreCapability> capabilities() {
        return capabilities;
    }

    @Override
    public GpuDescription gpu() {
        return core.description();
    }

    @Override
    public FbRange allocateFb(FbRequest request) {
        check(CoreCapability.FB_MEMORY);
        checkLabel(request.label());
        long unit = switch (request.alignment()) {
            case PAGE -> PAGE;
            case LARGE_PAGE -> LARGE_PAGE;
            case VMMU_SEGMENT -> core.description().vmmuSegmentBytes();
        };
        if (unit == 0) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED, "This GPU gives no frame buffer to virtual functions: it has no VMMU.");
        }
        if (request.sizeBytes() < 1 || request.sizeBytes() > core.description().fbSizeBytes()) {
            throw new CoreException(
                    CoreError.INVALID,
                    "A range of " + request.sizeBytes() + " bytes was asked for; the GPU has "
                            + core.description().fbSizeBytes() + ".");
        }
        long size = (request.sizeBytes() + unit - 1) / unit * unit;
        long offset = switch (request.position()) {
            case FbRequest.Position.At at -> takeFbAt(at.offset(), size, unit);
            case FbRequest.Position.Anywhere anywhere ->
                core.frameBuffer().take(size, unit, anywhere.highest() ? RangePool.End.HIGH : RangePool.End.LOW);
        };
        return register(new HeldFb(this, request.label(), offset, size));
    }

    private long takeFbAt(long offset, long sizeBytes, long unit) {
        if (offset < 0 || offset % unit != 0) {
            throw new CoreException(
                    CoreError.INVALID,
                    "Frame buffer at " + offset + " was asked for; it must be a multiple of " + unit + ".");
        }
        core.frameBuffer().takeAt(offset, sizeBytes);
        return offset;
    }

    @Override
    public boolean isFbFree(long offset, long sizeBytes) {
        check(CoreCapability.FB_MEMORY);
        return core.frameBuffer().isFree(offset, sizeBytes);
    }

    @Override
    public FbUsage fbUsage() {
        check(CoreCapability.FB_MEMORY);
        RangePool pool = core.frameBuffer();
        return new FbUsage(pool.total(), pool.free(), pool.largestFree(), core.quarantinedFb());
    }

    @Override
    public void scrub(FbRange range) {
        check(CoreCapability.FB_MEMORY);
        HeldFb own = own(range);
        for (long done = 0; done < own.sizeBytes(); done += SCRUB_BYTES) {
            own.checkHeld();
            core.internalControl(RmRequest.of("INTERNAL_MEMMGR_MEMORY_TRANSFER_WITH_GSP")
                    .with("dst.baseAddr", own.offset())
                    .with("dst.size", own.sizeBytes())
                    .with("dst.offset", done)
                    .with("dst.aperture", VIDEO_MEMORY)
                    .with("transferSize", Math.min(SCRUB_BYTES, own.sizeBytes() - done))
                    .with("value", 0)
                    .with("memop", MEMSET));
        }
    }

    @Override
    public ChannelRange allocateChannels(String label, int count) {
        check(CoreCapability.CHANNEL_IDS);
        checkLabel(label);
        if (count < 1 || count > core.description().channelIds()) {
            throw new CoreException(
                    CoreError.INVALID,
                    count + " channel ids were asked for; the GPU has "
                            + core.description().channelIds() + ".");
        }
        int alignment = Integer.bitCount(count) == 1 ? count : 1;
        int first = (int) core.channels().take(count, alignment, RangePool.End.LOW);
        return register(new HeldChannels(this, label, first, count));
    }

    @Override
    public int freeChannels() {
        check(CoreCapability.CHANNEL_IDS);
        return (int) core.channels().free();
    }

    @Override
    public BarMapping map(FbRange range, long offset, long sizeBytes) {
        check(CoreCapability.BAR1_MAPPING);
        HeldFb own = own(range);
        if (offset < 0
                || sizeBytes < 1
                || offset % Bar1.PAGE_BYTES != 0
                || sizeBytes % Bar1.PAGE_BYTES != 0
                || sizeBytes > own.sizeBytes() - offset) {
            throw new CoreException(
                    CoreError.INVALID,
                    "Offset " + offset + " and size " + sizeBytes + " are no whole pages of 4 KiB in " + own.describe()
                            + ".");
        }
        long address = own.offset() + offset;
        HeldMapping mapping = new HeldMapping(this, own, core.bar1().map(address, sizeBytes), address, sizeBytes);
        own.add(mapping);
        register(mapping);
        if (!own.isHeld()) {
            mapping.close();
            own.checkHeld();
        }
        return mapping;
    }

    @Override
    public GspClient openGspClient(String label) {
        check(CoreCapability.GSP_CLIENT);
        checkLabel(label);
        return register(openClient(label));
    }

    private HeldClient openClient(String label) {
        int id = (int) core.clientIds().take(1, 1, RangePool.End.LOW);
        try {
            return new HeldClient(this, label, id);
        } catch (CoreException failure) {
            core.clientIds().give(id, 1);
            throw failure;
        }
    }

    @Override
    public HostMemory allocateHostMemory(String label, long sizeBytes) {
        check(CoreCapability.HOST_MEMORY);
        checkLabel(label);
        if (sizeBytes < 1 || sizeBytes > MOST_HOST_BYTES) {
            throw new CoreException(
                    CoreError.INVALID,
                    sizeBytes + " bytes of host memory were asked for; one piece takes 1 to " + MOST_HOST_BYTES + ".");
        }
        return register(takeHost(label, sizeBytes));
    }

    /** Takes host memory that no list of this session has. */
    HeldHost takeHost(String label, long sizeBytes) {
        long size = (sizeBytes + PAGE - 1) & -PAGE;
        long alignment = size >= LARGE_PAGE ? LARGE_PAGE : size >= BIG_PAGE ? BIG_PAGE : PAGE;
        try {
            return new HeldHost(this, label, core.device().memory().allocate(size, alignment), size);
        } catch (OutOfMemoryError none) {
            throw new CoreException(CoreError.NO_SPACE, "The host has no " + size + " bytes of memory left.", none);
        }
    }

    @Override
    public AddressSpace createAddressSpace(String label) {
        check(CoreCapability.ADDRESS_SPACES);
        checkLabel(label);
        HeldClient owner = openClient(label);
        try {
            return register(new HeldSpace(this, label, owner));
        } catch (CoreException failure) {
            owner.close();
            throw failure;
        }
    }

    @Override
    public Channel openChannel(String label, EngineInfo engine, AddressSpace space, int entries) {
        check(CoreCapability.CHANNELS);
        checkLabel(label);
        if (!(space instanceof HeldSpace own) || own.session() != this) {
            throw new CoreException(
                    CoreError.NOT_FOUND, "The address space \"" + space.label() + "\" is not this session's.");
        }
        own.checkHeld();
        if (!core.description().engines().contains(engine)) {
            throw new CoreException(CoreError.NOT_FOUND, engine + " is not one of this GPU.");
        }
        if (engine.engineClass() == 0) {
            throw new CoreException(CoreError.NOT_SUPPORTED, "The core opens no channels for " + engine.name() + ".");
        }
        if (entries < FEWEST_ENTRIES || entries > MOST_ENTRIES || Integer.bitCount(entries) != 1) {
            throw new CoreException(
                    CoreError.INVALID,
                    "A ring of " + entries + " entries: a power of two from " + FEWEST_ENTRIES + " to " + MOST_ENTRIES
                            + " is needed.");
        }
        HeldChannel channel =
                new HeldChannel(this, label, own, engine, new ChannelParts(this, label, own, engine, entries));
        core.openChannels().put(channel.channelId(), channel);
        own.add(channel);
        register(channel);
        if (!own.isHeld()) {
            channel.close();
            own.checkHeld();
        }
        return channel;
    }

    @Override
    public int enabledVirtualFunctions() {
        check(CoreCapability.SR_IOV);
        return core.srIov().enabled();
    }

    @Override
    public void setVirtualFunctions(int count) {
        check(CoreCapability.SR_IOV);
        core.setVirtualFunctions(count);
    }

    @Override
    public void ringDoorbell(VirtualFunction function) {
        check(CoreCapability.VF_DOORBELL);
        if (!core.description().virtualFunctions().contains(function)) {
            throw new CoreException(CoreError.NOT_FOUND, function + " is not one of this GPU.");
        }
        core.device().write(Vfn.DOORBELL, function.gfid() * DOORBELLS_PER_GFID + MESSAGE_DOORBELL);
        core.device().read(Vfn.DOORBELL);
    }

    @Override
    public List<String> held() {
        synchronized (held) {
            return held.stream().map(Held::describe).toList();
        }
    }

    @Override
    public void close() {
        List<Held> left;
        synchronized (held) {
            if (closed) {
                return;
            }
            closed = true;
            left = new ArrayList<>(held);
        }
        for (Held resource : left.reversed()) {
            if (resource.isHeld()) {
                if (!core.device().isGone()) {
                    LOG.log(Level.WARNING, "{0} left behind: {1}", client, resource.describe());
                }
                resource.close();
            }
        }
        core.forget(this);
    }

    void deliver(CoreEvent event, long number) {
        if (number < firstEvent) {
            return;
        }
        try {
            listener.onEvent(event);
        } catch (RuntimeException failure) {
            LOG.log(Level.WARNING, "The listener of " + client + " failed at " + event, failure);
        }
    }

    void forget(Held resource) {
        synchronized (held) {
            held.remove(resource);
        }
    }

    private <H extends Held> H register(H resource) {
        boolean late;
        synchronized (held) {
            late = closed;
            if (!late) {
                held.add(resource);
            }
        }
        if (late) {
            resource.close();
            throw closed();
        }
        return resource;
    }

    private HeldFb own(FbRange range) {
        if (range instanceof HeldFb fb && fb.session() == this) {
            fb.checkHeld();
            return fb;
        }
        throw new CoreException(CoreError.NOT_FOUND, "The range \"" + range.label() + "\" is not this session's.");
    }

    /** Memory as this session's own. @throws CoreException {@code NOT_FOUND}, {@code CLOSED} */
    HeldMemory own(GpuMemory memory) {
        if (memory instanceof HeldMemory own && own.session() == this) {
            own.checkHeld();
            return own;
        }
        throw new CoreException(CoreError.NOT_FOUND, "The memory \"" + memory.label() + "\" is not this session's.");
    }

    private void check(CoreCapability capability) {
        core.device().checkPresent();
        synchronized (held) {
            if (closed) {
                throw closed();
            }
        }
        if (!capabilities.contains(capability)) {
            throw new CoreException(
                    CoreError.NOT_PERMITTED, client + " did not ask for " + capability + " when it attached.");
        }
    }

    private CoreException closed() {
        return new CoreException(CoreError.CLOSED, "The session of " + client + " is closed.");
    }

    private static void checkLabel(String label) {
        if (label.isEmpty() || label.length() > LONGEST_LABEL || label.chars().anyMatch(Character::isISOControl)) {
            throw new CoreException(
                    CoreError.INVALID, "A label takes 1 to " + LONGEST_LABEL + " printable characters.");
        }
    }
}
