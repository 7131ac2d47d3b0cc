// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreSession;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.RmException;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.core.VersionRange;
import io.lamella.core.VirtualFunction;
import io.lamella.core.device.Chips;
import io.lamella.core.device.Device;
import io.lamella.core.device.PciConfig;
import io.lamella.core.device.SrIov;
import io.lamella.core.device.Unwind;
import io.lamella.core.gsp.GspDriver;
import io.lamella.core.gsp.Interrupts;
import io.lamella.core.gsp.ResourceManager;
import io.lamella.core.gsp.StaticInfo;
import io.lamella.core.gsp.Topology;
import io.lamella.core.mmu.Bar1;
import io.lamella.core.mmu.Mmu;
import io.lamella.core.mmu.TableMemory;
import io.lamella.core.pool.RangePool;
import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.pci.PciSlot;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The core of one GPU: opened, serving sessions, closed. */
public final class RunningCore implements GpuCore {
    private static final Logger LOG = System.getLogger(RunningCore.class.getName());
    private static final int CLIENT_IDS = 0xffff;
    private static final ApiVersion CHANNELS_SINCE = new ApiVersion(1, 2);
    private static final Set<CoreCapability> CHANNEL_CAPABILITIES =
            Set.of(CoreCapability.HOST_MEMORY, CoreCapability.ADDRESS_SPACES, CoreCapability.CHANNELS);
    private static final long HEARTBEAT_NANOS = 500_000_000;

    private final Device device;
    private final Unwind unwind = new Unwind();
    private final EventLoop events;
    private final List<ClientSession> sessions = new CopyOnWriteArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong quarantinedFb = new AtomicLong();
    private final SrIov srIov;
    private final GspDriver gsp;
    private final StaticInfo info;
    private final GpuDescription description;
    private final RangePool frameBuffer;
    private final RangePool channels;
    private final RangePool clientIds = new RangePool("GSP clients", "ids", 1, CLIENT_IDS);
    private final Architecture architecture;
    private final Mmu mmu;
    private final Bar1 bar1;
    private final RangePool hostChannels;
    private final Map<Integer, HeldChannel> openChannels = new ConcurrentHashMap<>();
    private final Object srIovChange = new Object();
    private long lastHeartbeat;
    private String lastComplaint = "";

    /** Brings a GPU up. On failure everything is undone, the GPU reset, and the reason thrown. */
    public static RunningCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
        return new RunningCore(slot, firmware, options);
    }

    private RunningCore(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
        device = new Device(slot, options.clock());
        events = new EventLoop("core-events-" + options.pciAddress(), this::turn, this::deliver);
        try {
            device.enable();
            unwind.add("disable the function", device::disable);
            Chip chip = Chips.identify(device);
            srIov = new SrIov(device);
            gsp = GspDriver.boot(device, chip, firmware, options, srIov, unwind, events::post);
            info = gsp.staticInfo();
            architecture = chip.architecture();
            Topology topology = Topology.read(gsp.resourceManager(), info, architecture.copyClass());
            StaticInfo.Region usable = usable();
            frameBuffer = new RangePool("Frame buffer", "bytes", usable.start(), usable.bytes());
            int channelIds = architecture.channelIds();
            hostChannels = new RangePool("Channels of the physical function", "ids", 0, options.hostChannels());
            channels = new RangePool("Channel ids", "ids", options.hostChannels(), channelIds - options.hostChannels());
            mmu = new Mmu(device, architecture, new TableMemory(frameBuffer));
            bar1 = new Bar1(mmu, info.bar1Root(), device.barSizeBytes(Device.BAR1));
            description = describe(chip, topology, usable, channelIds, options);
            connectInterrupts(slot, chip, topology);
            device.onGone(reason -> events.post(new CoreEvent.FunctionGone(reason)));
            unwind.add("disable virtual functions", () -> srIov.enable(0));
            events.start();
        } catch (RuntimeException failure) {
            unwind.run();
            throw failure;
        }
    }

    private StaticInfo.Region usable() {
        StaticInfo.Region largest = info.regions().stream()
                .max(Comparator.comparingLong(StaticInfo.Region::bytes))
                .orElseThrow(() -> new CoreException(
                        CoreError.DEVICE_FAULT, "The firmware says that none of the frame buffer can be used."));
        long end = Math.min(largest.start() + largest.bytes(), gsp.reservedFrom(info));
        if (end <= largest.start()) {
            throw new CoreException(CoreError.DEVICE_FAULT, "The firmware needs all of the frame buffer for itself.");
        }
        return new StaticInfo.Region(largest.start(), end - largest.start());
    }

    private GpuDescription describe(
            Chip chip, Topology topology, StaticInfo.Region usable, int channelIds, CoreOptions options) {
        PciConfig config = new PciConfig(device);
        List<VirtualFunction> functions = new ArrayList<>();
        for (int i = 0; i < gsp.virtualFunctions(); i++) {
            functions.add(
                    new VirtualFunction(i, i + 1, options.pciAddress().plus(srIov.firstOffset() + i * srIov.stride())));
        }
        return new GpuDescription(
                chip.name(),
                info.name(),
                options.pciAddress(),
                config.deviceAndVendor() & 0xffff,
                config.deviceAndVendor() >>> 16,
                config.subsystem() & 0xffff,
                config.subsystem() >>> 16,
                config.revision(),
                gsp.release(),
                gsp.fbBytes(),
                usable.start(),
                usable.bytes(),
                vmmuSegmentBytes(),
                device.barSizeBytes(Device.BAR1),
                channelIds,
                options.hostChannels(),
                functions,
                topology.engines());
    }

    /** A GPU without virtual functions has no VMMU and refuses the question. */
    private long vmmuSegmentBytes() {
        if (gsp.virtualFunctions() == 0) {
            return 0;
        }
        try {
            long bytes =
                    internalControl(RmRequest.of("GPU_GET_VMMU_SEGMENT_SIZE")).number("vmmuSegmentSize");
            if (bytes < 0 || bytes > gsp.fbBytes() || bytes % Bar1.PAGE_BYTES != 0) {
                throw new CoreException(
                        CoreError.DEVICE_FAULT, "The firmware gives a VMMU segment " + bytes + " bytes.");
            }
            return bytes;
        } catch (RmException refused) {
            if (refused.error() == CoreError.NOT_SUPPORTED) {
                return 0;
            }
            throw refused;
        }
    }

    private void connectInterrupts(PciSlot slot, Chip chip, Topology topology) {
        Interrupts interrupts = new Interrupts(
                device,
                chip.architecture().rearmsMsi(),
                gsp.unit(),
                topology.gspVector(),
                topology.nonStallVectors(),
                () -> {
                    gsp.resourceManager().wake();
                    events.wake();
                },
                () -> firmwareHalted("its processor halted"),
                vector -> events.post(new CoreEvent.NonStall(vector)));
        slot.onInterrupt(vector -> {
            try {
                interrupts.handle();
            } catch (CoreException failure) {
                if (failure.error() != CoreError.GONE) {
                    LOG.log(Level.WARNING, "An interrupt could not be handled: {0}", failure.getMessage());
                }
            }
        });
        unwind.add("leave the interrupt", () -> slot.onInterrupt(vector -> {}));
        PciConfig config = new PciConfig(device);
        config.enableMsi(true);
        unwind.add("disable interrupts", () -> {
            interrupts.disable();
            config.enableMsi(false);
        });
        interrupts.enable();
    }

    /** One turn of the event thread. */
    private void turn() {
        if (device.isGone() || gsp.resourceManager().isHalted()) {
            return;
        }
        try {
            gsp.resourceManager().drain();
            long now = device.clock().nanoTime();
            if (now - lastHeartbeat >= HEARTBEAT_NANOS) {
                lastHeartbeat = now;
                device.probe();
                if (!closed.get() && !gsp.unit().isRiscVActive()) {
                    firmwareHalted("its processor is not active");
                }
            }
        } catch (CoreException failure) {
            // Once is enough for what goes wrong at every turn.
            String complaint = String.valueOf(failure.getMessage());
            if (failure.error() != CoreError.GONE && !complaint.equals(lastComplaint)) {
                lastComplaint = complaint;
                LOG.log(Level.WARNING, "{0}: {1}", description.address(), complaint);
            }
        }
    }

    private void firmwareHalted(String reason) {
        if (!closed.get() && gsp.resourceManager().halt(reason)) {
            events.post(new CoreEvent.FirmwareHalted(reason));
        }
    }

    private void deliver(CoreEvent event, long number) {
        switch (event) {
            case CoreEvent.OsError error -> noteReason(error);
            case CoreEvent.ChannelError error
            when error.gfid() == 0 && openChannels.containsKey(error.channelId()) -> {
                deliverToOwner(error, number);
                return;
            }
            default -> {}
        }
        sessions.forEach(session -> session.deliver(event, number));
    }

    /** The firmware's line for the log comes before it says that the channel has stopped. */
    private void noteReason(CoreEvent.OsError error) {
        HeldChannel channel = openChannels.get(error.channelId());
        if (channel != null && channel.engine().runlistId() == error.runlistId()) {
            channel.noteReason(error.text());
        }
    }

    private void deliverToOwner(CoreEvent.ChannelError error, long number) {
        HeldChannel channel = openChannels.get(error.channelId());
        if (channel != null && channel.fail(error)) {
            channel.session().deliver(error, number);
        }
    }

    @Override
    public GpuDescription description() {
        return description;
    }

    @Override
    public CoreSession attach(
            ClientIdentity client, VersionRange versions, Set<CoreCapability> wanted, CoreEvents listener) {
        device.checkPresent();
        ApiVersion version = versions.negotiate(API_VERSION)
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_SUPPORTED,
                        client + " speaks versions " + versions.lowest() + " to " + versions.highest()
                                + " of the core's interface; this core speaks " + API_VERSION.major() + ".0 to "
                                + API_VERSION + "."));
        if (version.compareTo(CHANNELS_SINCE) < 0 && !Collections.disjoint(wanted, CHANNEL_CAPABILITIES)) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED,
                    client + " wants capabilities of version " + CHANNELS_SINCE + " and speaks " + version + ".");
        }
        boolean virtual = wanted.contains(CoreCapability.SR_IOV) || wanted.contains(CoreCapability.VF_DOORBELL);
        if (virtual && gsp.virtualFunctions() == 0) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED,
                    client + " wants virtual functions; this GPU has "
                            + (srIov.total() == 0
                                    ? "no SR-IOV capability."
                                    : "its vGPU mode switched off, which is a setting of the board."));
        }
        ClientSession session = new ClientSession(this, client, version, wanted, listener, events.posted());
        sessions.add(session);
        if (closed.get()) {
            session.close();
            throw new CoreException(CoreError.CLOSED, "The core of " + description.address() + " is closed.");
        }
        return session;
    }

    @Override
    public List<CoreSession> sessions() {
        return List.copyOf(sessions);
    }

    @Override
    public boolean isAlive() {
        return !closed.get() && !device.isGone() && !gsp.resourceManager().isHalted();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            sessions.forEach(ClientSession::close);
            events.close();
            unwind.run();
        }
    }

    void forget(ClientSession session) {
        sessions.remove(session);
    }

    void setVirtualFunctions(int count) {
        synchronized (srIovChange) {
            int before = srIov.enabled();
            srIov.enable(count);
            if (before != count) {
                events.post(new CoreEvent.SrIovChanged(count));
            }
        }
    }

    RmReply internalControl(RmRequest request) {
        return gsp.resourceManager().control(info.client(), info.subdevice(), request);
    }

    void quarantinedFb(long bytes) {
        quarantinedFb.addAndGet(bytes);
    }

    long quarantinedFb() {
        return quarantinedFb.get();
    }

    Device device() {
        return device;
    }

    SrIov srIov() {
        return srIov;
    }

    ResourceManager resourceManager() {
        return gsp.resourceManager();
    }

    RangePool frameBuffer() {
        return frameBuffer;
    }

    RangePool channels() {
        return channels;
    }

    RangePool clientIds() {
        return clientIds;
    }

    Bar1 bar1() {
        return bar1;
    }

    Mmu mmu() {
        return mmu;
    }

    Architecture architecture() {
        return architecture;
    }

    /** Ids of the physical function's channels. */
    RangePool hostChannels() {
        return hostChannels;
    }

    /** The physical function's channels, by id, which its errors are led to. */
    Map<Integer, HeldChannel> openChannels() {
        return openChannels;
    }
}
