// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.AddressSpace;
import io.lamella.core.ApiVersion;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.ChannelRange;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuDescription;
import io.lamella.core.GspClient;
import io.lamella.core.HostMemory;
import io.lamella.core.VirtualFunction;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A session at a core in C. */
final class NativeSession implements CoreSession {
    private static final Logger LOG = System.getLogger(NativeSession.class.getName());
    private static final int MOST_HELD_BYTES = 1 << 24;
    private static final int BOTTOM_UP = 0;
    private static final int TOP_DOWN = 1;
    private static final int AT = 2;

    private final NativeCore core;
    private final CoreLink link;
    private final long handle;
    private final ClientIdentity client;
    private final ApiVersion version;
    private final Set<CoreCapability> capabilities;
    private final EventEntry events;
    private final Set<NativeHostMemory> lent = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    NativeSession(
            NativeCore core,
            long handle,
            ClientIdentity client,
            ApiVersion version,
            Set<CoreCapability> capabilities,
            EventEntry events) {
        this.core = core;
        this.link = core.link();
        this.handle = handle;
        this.client = client;
        this.version = version;
        this.capabilities = Set.copyOf(capabilities);
        this.events = events;
    }

    long handle() {
        return handle;
    }

    CoreLink link() {
        return link;
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
        try (CallArena arena = CallArena.open()) {
            MemorySegment struct = Structs.FB_REQUEST.allocate(arena);
            Structs.FB_REQUEST.setPointer(struct, "label", Text.allocate(arena, request.label()));
            Structs.FB_REQUEST.setU64(struct, "size", request.sizeBytes());
            Structs.FB_REQUEST.setU32(struct, "alignment", Neutral.ALIGNMENTS.indexOf(request.alignment()));
            switch (request.position()) {
                case FbRequest.Position.At at -> {
                    Structs.FB_REQUEST.setU32(struct, "position", AT);
                    Structs.FB_REQUEST.setU64(struct, "offset", at.offset());
                }
                case FbRequest.Position.Anywhere anywhere ->
                    Structs.FB_REQUEST.setU32(struct, "position", anywhere.highest() ? TOP_DOWN : BOTTOM_UP);
            }
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment where = Structs.RANGE.allocate(arena);
            link.call(CoreFunction.FB_ALLOCATE, handle, struct, out, where);
            return new NativeFb(
                    this,
                    out.get(ValueLayout.JAVA_LONG, 0),
                    request.label(),
                    Structs.RANGE.u64(where, "offset"),
                    Structs.RANGE.u64(where, "size"));
        }
    }

    @Override
    public boolean isFbFree(long offset, long sizeBytes) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_INT);
            link.call(CoreFunction.FB_IS_FREE, handle, offset, sizeBytes, out);
            return out.get(ValueLayout.JAVA_INT, 0) != 0;
        }
    }

    @Override
    public FbUsage fbUsage() {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = Structs.FB_USAGE.allocate(arena);
            link.call(CoreFunction.FB_USAGE, handle, out);
            return new FbUsage(
                    Structs.FB_USAGE.u64(out, "usable"),
                    Structs.FB_USAGE.u64(out, "free"),
                    Structs.FB_USAGE.u64(out, "largest_free"),
                    Structs.FB_USAGE.u64(out, "quarantined"));
        }
    }

    @Override
    public void scrub(FbRange range) {
        link.call(CoreFunction.FB_SCRUB, handle, own(range, CoreCapability.FB_MEMORY));
    }

    @Override
    public ChannelRange allocateChannels(String label, int count) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment first = arena.allocate(ValueLayout.JAVA_INT);
            link.call(CoreFunction.CHANNEL_IDS_ALLOCATE, handle, Text.allocate(arena, label), count, out, first);
            return new NativeChannelIds(
                    this, out.get(ValueLayout.JAVA_LONG, 0), label, first.get(ValueLayout.JAVA_INT, 0), count);
        }
    }

    @Override
    public int freeChannels() {
        return number(CoreFunction.CHANNEL_IDS_FREE);
    }

    private int number(CoreFunction function) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_INT);
            link.call(function, handle, out);
            return out.get(ValueLayout.JAVA_INT, 0);
        }
    }

    @Override
    public BarMapping map(FbRange range, long offset, long sizeBytes) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment where = Structs.RANGE.allocate(arena);
            link.call(
                    CoreFunction.BAR1_MAP,
                    handle,
                    own(range, CoreCapability.BAR1_MAPPING),
                    offset,
                    sizeBytes,
                    out,
                    where);
            return new NativeMapping(
                    this,
                    out.get(ValueLayout.JAVA_LONG, 0),
                    range.label(),
                    Structs.RANGE.u64(where, "offset"),
                    Structs.RANGE.u64(where, "size"));
        }
    }

    @Override
    public GspClient openGspClient(String label) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment roots = Structs.RM_ROOTS.allocate(arena);
            link.call(CoreFunction.RM_OPEN, handle, Text.allocate(arena, label), out, roots);
            return new NativeRmClient(
                    this,
                    out.get(ValueLayout.JAVA_LONG, 0),
                    label,
                    Neutral.object(Structs.RM_OBJECT.at(roots, 0)),
                    Neutral.object(Structs.RM_OBJECT.at(roots, 1)),
                    Neutral.object(Structs.RM_OBJECT.at(roots, 2)));
        }
    }

    @Override
    public HostMemory allocateHostMemory(String label, long sizeBytes) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment info = Structs.HOST_MEMORY_INFO.allocate(arena);
            link.call(CoreFunction.HOST_MEMORY_ALLOCATE, handle, Text.allocate(arena, label), sizeBytes, out, info);
            long number = out.get(ValueLayout.JAVA_LONG, 0);
            MemorySegment memory = Structs.HOST_MEMORY_INFO.pointer(info, "memory");
            long given = Structs.HOST_MEMORY_INFO.u64(info, "size");
            if (memory.address() == 0 || given < sizeBytes) {
                link.call(CoreFunction.RESOURCE_CLOSE, number);
                throw new CoreException(
                        CoreError.DEVICE_FAULT, "The core gave less host memory than it was asked for.");
            }
            NativeHostMemory taken = new NativeHostMemory(this, number, label, memory, given);
            lent.add(taken);
            if (closed.get()) {
                taken.close();
                throw new CoreException(CoreError.CLOSED, "The session of " + client + " is closed.");
            }
            return taken;
        }
    }

    @Override
    public AddressSpace createAddressSpace(String label) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
            link.call(CoreFunction.SPACE_CREATE, handle, Text.allocate(arena, label), out, size);
            return new NativeSpace(this, out.get(ValueLayout.JAVA_LONG, 0), label, size.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Override
    public Channel openChannel(String label, EngineInfo engine, AddressSpace space, int entries) {
        int index = gpu().engines().indexOf(engine);
        if (index < 0) {
            throw new CoreException(CoreError.NOT_FOUND, engine + " is not one of this GPU.");
        }
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment info = Structs.CHANNEL_INFO.allocate(arena);
            link.call(
                    CoreFunction.CHANNEL_OPEN,
                    handle,
                    Text.allocate(arena, label),
                    index,
                    own(space, CoreCapability.CHANNELS),
                    entries,
                    out,
                    info);
            return new NativeChannel(
                    this,
                    out.get(ValueLayout.JAVA_LONG, 0),
                    label,
                    engine,
                    Structs.CHANNEL_INFO.u32(info, "channel_id"),
                    Structs.CHANNEL_INFO.u32(info, "entries"));
        }
    }

    @Override
    public int enabledVirtualFunctions() {
        return number(CoreFunction.SRIOV_ENABLED);
    }

    @Override
    public void setVirtualFunctions(int count) {
        link.call(CoreFunction.SRIOV_ENABLE, handle, count);
    }

    @Override
    public void ringDoorbell(VirtualFunction function) {
        int index = gpu().virtualFunctions().indexOf(function);
        if (index < 0) {
            throw new CoreException(CoreError.NOT_FOUND, function + " is not one of this GPU.");
        }
        link.call(CoreFunction.VF_DOORBELL, handle, index);
    }

    /**
     * The handle of a resource. Whether it is this session's is for the core to say; what is not of that core at all, is not.
     *
     * @param needed what the session must have to use it
     */
    long own(CoreResource resource, CoreCapability needed) {
        if (resource instanceof NativeResource ours && ours.link().equals(link)) {
            return ours.handle();
        }
        if (!capabilities.contains(needed)) {
            throw new CoreException(
                    CoreError.NOT_PERMITTED, client + " did not ask for " + needed + " when it attached.");
        }
        throw new CoreException(CoreError.NOT_FOUND, "\"" + resource.label() + "\" is not this session's.");
    }

    @Override
    public List<String> held() {
        if (closed.get()) {
            return List.of();
        }
        try (CallArena arena = CallArena.open()) {
            MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
            link.call(CoreFunction.SESSION_HELD, handle, MemorySegment.NULL, 0L, size);
            // What is taken meanwhile is longer still, and then cut.
            long capacity = Math.clamp(size.get(ValueLayout.JAVA_LONG, 0) + 1, 1, MOST_HELD_BYTES);
            MemorySegment lines = arena.allocate(capacity);
            link.call(CoreFunction.SESSION_HELD, handle, lines, capacity, size);
            return Text.lenient(lines, (int) capacity).lines().toList();
        } catch (CoreException closing) {
            return List.of();
        }
    }

    void forget(NativeHostMemory memory) {
        lent.remove(memory);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean ended = true;
        for (NativeHostMemory memory : lent) {
            ended &= memory.endMemory();
        }
        if (!ended) {
            // Taking the memory away under a call that uses it would be fatal; a leak is not.
            LOG.log(Level.ERROR, "Host memory of {0} is in use by a call and stays, and with it its session.", client);
            return;
        }
        try {
            link.call(CoreFunction.SESSION_CLOSE, handle);
        } catch (CoreException refused) {
            LOG.log(Level.WARNING, "The core did not close the session of {0}: {1}", client, refused.getMessage());
        }
        events.close();
        core.forget(this);
    }
}
