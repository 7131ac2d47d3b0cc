// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.VersionRange;
import io.lamella.core.VirtualFunction;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Struct;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.platform.LentPlatform;
import io.lamella.pci.PciSlot;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** A GPU driven by a core in C. */
public final class NativeCore implements GpuCore {
    private static final Logger LOG = System.getLogger(NativeCore.class.getName());
    private static final long DRAIN_NANOS = 10_000_000_000L;

    private final CoreLink link;
    private final LentPlatform platform;
    private final long handle;
    private final GpuDescription description;
    private final Map<Long, NativeSession> sessions = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private NativeCore(CoreLink link, LentPlatform platform, long handle) {
        this.link = link;
        this.platform = platform;
        this.handle = handle;
        this.description = describe();
    }

    /**
     * Has a core bring a GPU up.
     *
     * @param name of the core, for the log
     * @param table its {@code struct lamella_core_ops}
     * @param next another core's table for it to build on, or NULL
     * @throws CoreException what the core refuses with; {@code NOT_SUPPORTED} for a table that is not of this interface
     */
    public static NativeCore open(
            String name,
            MemorySegment table,
            MemorySegment next,
            PciSlot slot,
            FirmwareSource firmware,
            CoreOptions options) {
        CoreLink link = CoreLink.of(table);
        LentPlatform platform = new LentPlatform(slot, firmware, options.clock(), next, name);
        long handle;
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            link.call(CoreFunction.GPU_OPEN, platform.struct(), options(arena, options), out);
            handle = out.get(ValueLayout.JAVA_LONG, 0);
        } catch (RuntimeException | Error failure) {
            platform.close();
            throw failure;
        }
        try {
            return new NativeCore(link, platform, handle);
        } catch (RuntimeException | Error failure) {
            closeGpu(link, handle);
            platform.close();
            throw failure;
        }
    }

    private static MemorySegment options(Arena arena, CoreOptions options) {
        MemorySegment struct = Structs.OPEN_OPTIONS.allocate(arena);
        Structs.OPEN_OPTIONS.setU32(struct, "host_channels", options.hostChannels());
        Structs.OPEN_OPTIONS.setU32(struct, "rpc_timeout_ms", options.rpcTimeoutMillis());
        Structs.OPEN_OPTIONS.setU32(struct, "boot_timeout_ms", options.bootTimeoutMillis());
        Neutral.putAddress(Structs.OPEN_OPTIONS, struct, options.pciAddress());
        List<String> releases = options.firmwareReleases();
        int count = Math.min(releases.size(), Limits.MAX_RELEASES);
        MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, count);
        for (int i = 0; i < count; i++) {
            array.setAtIndex(
                    ValueLayout.JAVA_LONG,
                    i,
                    Text.allocate(arena, releases.get(i)).address());
        }
        Structs.OPEN_OPTIONS.setU32(struct, "release_count", count);
        Structs.OPEN_OPTIONS.setPointer(struct, "releases", array);
        return struct;
    }

    private static void closeGpu(CoreLink link, long handle) {
        try {
            link.call(CoreFunction.GPU_CLOSE, handle);
        } catch (CoreException refused) {
            LOG.log(Level.WARNING, "The core did not close its GPU: {0}", refused.getMessage());
        }
    }

    CoreLink link() {
        return link;
    }

    private GpuDescription describe() {
        try (CallArena arena = CallArena.open()) {
            Struct type = Structs.DESCRIPTION;
            MemorySegment known = type.allocate(arena);
            link.call(CoreFunction.GPU_DESCRIBE, handle, known);
            return new GpuDescription(
                    type.text(known, "chip"),
                    type.text(known, "name"),
                    Neutral.address(type, known),
                    type.u32(known, "vendor_id"),
                    type.u32(known, "device_id"),
                    type.u32(known, "subsystem_vendor_id"),
                    type.u32(known, "subsystem_id"),
                    type.u32(known, "revision"),
                    type.text(known, "firmware_release"),
                    type.u64(known, "fb_size"),
                    type.u64(known, "usable_fb_offset"),
                    type.u64(known, "usable_fb_size"),
                    type.u64(known, "vmmu_segment_size"),
                    type.u64(known, "bar1_size"),
                    type.u32(known, "channel_ids"),
                    type.u32(known, "host_channel_ids"),
                    list(
                            arena,
                            CoreFunction.GPU_VIRTUAL_FUNCTIONS,
                            Structs.VIRTUAL_FUNCTION,
                            function -> new VirtualFunction(
                                    Structs.VIRTUAL_FUNCTION.u32(function, "index"),
                                    Structs.VIRTUAL_FUNCTION.u32(function, "gfid"),
                                    Neutral.address(Structs.VIRTUAL_FUNCTION, function))),
                    list(
                            arena,
                            CoreFunction.GPU_ENGINES,
                            Structs.ENGINE,
                            engine -> new EngineInfo(
                                    Structs.ENGINE.text(engine, "name"),
                                    Structs.ENGINE.u32(engine, "engine_type"),
                                    Structs.ENGINE.u32(engine, "runlist_id"),
                                    Structs.ENGINE.u32(engine, "non_stall_vector"),
                                    Structs.ENGINE.u32(engine, "engine_class"))));
        } catch (IllegalArgumentException senseless) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The core describes a GPU that cannot be: " + senseless.getMessage(),
                    senseless);
        }
    }

    private <T> List<T> list(Arena arena, CoreFunction function, Struct type, Function<MemorySegment, T> reader) {
        MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
        link.call(function, handle, MemorySegment.NULL, 0, count);
        int capacity = checkCount(function, count.get(ValueLayout.JAVA_INT, 0), Limits.MAX_LIST);
        MemorySegment array = type.allocate(arena, capacity);
        link.call(function, handle, array, capacity, count);
        int given = checkCount(function, count.get(ValueLayout.JAVA_INT, 0), capacity);
        List<T> all = new ArrayList<>();
        for (int i = 0; i < given; i++) {
            all.add(reader.apply(type.at(array, i)));
        }
        return all;
    }

    private static int checkCount(CoreFunction function, int count, int most) {
        if (count < 0 || count > most) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The core gives " + Integer.toUnsignedString(count) + " elements for " + function.cName() + "; "
                            + most + " is the most there can be.");
        }
        return count;
    }

    @Override
    public GpuDescription description() {
        return description;
    }

    @Override
    public CoreSession attach(
            ClientIdentity client, VersionRange versions, Set<CoreCapability> wanted, CoreEvents listener) {
        if (closed.get()) {
            throw closed();
        }
        EventEntry entry = new EventEntry(client, listener);
        long number;
        ApiVersion version;
        Set<CoreCapability> capabilities;
        try (CallArena arena = CallArena.open()) {
            MemorySegment attach = Structs.ATTACH.allocate(arena);
            Structs.ATTACH.setU32(attach, "lowest", pack(versions.lowest()));
            Structs.ATTACH.setU32(attach, "highest", pack(versions.highest()));
            Structs.ATTACH.setPointer(attach, "client", Text.allocate(arena, client.name()));
            Structs.ATTACH.setPointer(attach, "driver_version", Text.allocate(arena, client.driverVersion()));
            Structs.ATTACH.setU64(attach, "capabilities", Neutral.bits(wanted));
            Structs.ATTACH.setPointer(attach, "on_event", EventEntry.stub());
            Structs.ATTACH.setPointer(attach, "event_context", entry.context());
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            link.call(CoreFunction.SESSION_ATTACH, handle, attach, out);
            number = out.get(ValueLayout.JAVA_LONG, 0);
            MemorySegment info = Structs.SESSION_INFO.allocate(arena);
            link.call(CoreFunction.SESSION_INFO, number, info);
            int agreed = Structs.SESSION_INFO.u32(info, "version");
            version = new ApiVersion(Limits.major(agreed), Limits.minor(agreed));
            capabilities = Neutral.capabilities(Structs.SESSION_INFO.u64(info, "capabilities"));
        } catch (RuntimeException | Error failure) {
            entry.close();
            throw failure;
        }
        NativeSession session = new NativeSession(this, number, client, version, capabilities, entry);
        sessions.put(number, session);
        if (closed.get()) {
            session.close();
            throw closed();
        }
        return session;
    }

    /** A version as the header packs it; numbers that do not fit are as large as can be, and refused by the core. */
    private static int pack(ApiVersion version) {
        return Limits.version(Math.min(version.major(), 0xffff), Math.min(version.minor(), 0xffff));
    }

    private CoreException closed() {
        return new CoreException(CoreError.CLOSED, "The core of " + description.address() + " is closed.");
    }

    @Override
    public List<CoreSession> sessions() {
        if (closed.get()) {
            return List.of();
        }
        try (CallArena arena = CallArena.open()) {
            int capacity = sessions.size() + 1;
            MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, capacity);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            link.call(CoreFunction.GPU_SESSIONS, handle, array, capacity, count);
            int given = (int) Math.min(Integer.toUnsignedLong(count.get(ValueLayout.JAVA_INT, 0)), capacity);
            List<CoreSession> open = new ArrayList<>();
            for (int i = 0; i < given; i++) {
                NativeSession session = sessions.get(array.getAtIndex(ValueLayout.JAVA_LONG, i));
                if (session != null) {
                    open.add(session);
                }
            }
            return List.copyOf(open);
        } catch (CoreException closing) {
            return List.of();
        }
    }

    @Override
    public boolean isAlive() {
        if (closed.get()) {
            return false;
        }
        try (CallArena arena = CallArena.open()) {
            MemorySegment alive = arena.allocate(ValueLayout.JAVA_INT);
            link.call(CoreFunction.GPU_IS_ALIVE, handle, alive);
            return alive.get(ValueLayout.JAVA_INT, 0) != 0;
        } catch (CoreException refused) {
            return false;
        }
    }

    void forget(NativeSession session) {
        sessions.remove(session.handle(), session);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        sessions.values().forEach(NativeSession::close);
        closeGpu(link, handle);
        link.close();
        if (link.drain(DRAIN_NANOS)) {
            platform.close();
        } else {
            LOG.log(
                    Level.WARNING,
                    "Calls to the core of {0} do not return; what it was lent stays lent.",
                    description.address());
        }
    }
}
