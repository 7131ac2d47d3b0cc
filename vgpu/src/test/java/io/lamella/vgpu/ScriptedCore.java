// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.AddressSpace;
import io.lamella.core.ApiVersion;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.ChannelRange;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreClock;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.GpuGoneException;
import io.lamella.core.GspClient;
import io.lamella.core.HostMemory;
import io.lamella.core.PciAddress;
import io.lamella.core.RmObject;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.core.VersionRange;
import io.lamella.core.VirtualFunction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A core without a GPU: it keeps accounts of what was taken, plays the firmware's side of the host RPC, and fails the call that a test
 * chose. What the manager does wrong (memory given back or used uncleared, a part freed below one that needs it) is written down in
 * {@link #faults}.
 */
final class ScriptedCore implements GpuCore, CoreSession, CoreClock {
    private static final long MIB = 1L << 20;
    static final long SEGMENT = 64 * MIB;

    /** When a chosen call fails. */
    enum Failure {
        /** Before it had an effect. */
        BEFORE,
        /** After it; the caller does not learn of it. */
        AFTER
    }

    final List<String> calls = new ArrayList<>();
    final List<String> faults = new ArrayList<>();
    final TreeSet<Range> ranges = new TreeSet<>(Comparator.comparingLong(FbRange::offset));
    final TreeMap<Integer, Channels> channels = new TreeMap<>();
    final List<Client> clients = new ArrayList<>();
    final List<Mapping> mappings = new ArrayList<>();
    final Map<Integer, ScriptedPlugin> plugins = new TreeMap<>();
    final List<String> quarantined = new ArrayList<>();
    int enabled;
    long nanos;
    boolean gone;

    /** Whether new firmware tasks never show that they run. */
    boolean silent;

    /** The number of the call to fail, counted from 0, or -1. */
    int failAt = -1;

    Failure failure = Failure.BEFORE;

    /** Calls with this in their name fail, always. */
    String broken = "";

    private final long usableBytes;
    private final int totalFunctions;
    private @Nullable CoreEvents listener;

    ScriptedCore(long usableMebibytes, int totalFunctions) {
        this.usableBytes = usableMebibytes * MIB;
        this.totalFunctions = totalFunctions;
    }

    /** What is taken; equal before and after means nothing leaked. */
    String accounts() {
        return "ranges="
                + ranges.stream().map(r -> r.offset() + "+" + r.sizeBytes()).toList() + " channels=" + channels.keySet()
                + " clients=" + clients.size() + " mappings=" + mappings.size() + " plugins=" + plugins.keySet()
                + " vfs=" + enabled + " quarantined=" + quarantined;
    }

    ScriptedPlugin plugin(int gfid) {
        return Objects.requireNonNull(plugins.get(gfid));
    }

    private <T> T call(String name, Supplier<T> work) {
        int number = calls.size();
        calls.add(name);
        if (gone) {
            throw new GpuGoneException("The function is gone.");
        }
        boolean fails = number == failAt || (!broken.isEmpty() && name.contains(broken));
        if (fails && failure == Failure.BEFORE) {
            throw new CoreException(CoreError.DEVICE_FAULT, "Call " + number + ", " + name + ", was made to fail.");
        }
        T result = work.get();
        if (fails) {
            throw new CoreException(CoreError.TIMED_OUT, "The answer to call " + number + ", " + name + ", was lost.");
        }
        return result;
    }

    private void run(String name, Runnable work) {
        var _ = call(name, () -> {
            work.run();
            return true;
        });
    }

    // What takes something keeps nothing if it throws, so a lost answer does not exist for it.
    private <T> T take(String name, Supplier<T> work) {
        Failure as = failure;
        failure = Failure.BEFORE;
        try {
            return call(name, work);
        } finally {
            failure = as;
        }
    }

    void removeGpu(String reason) {
        gone = true;
        tell(new CoreEvent.FunctionGone(reason));
    }

    void tell(CoreEvent event) {
        if (listener != null) {
            listener.onEvent(event);
        }
    }

    @Override
    public GpuDescription description() {
        PciAddress address = new PciAddress(0, 1, 0, 0);
        List<VirtualFunction> functions = IntStream.range(0, totalFunctions)
                .mapToObj(i -> new VirtualFunction(i, i + 1, address.plus(4 + i)))
                .toList();
        return new GpuDescription(
                "AD102",
                "NVIDIA L40",
                address,
                0x10de,
                0x26b5,
                0x10de,
                0x169d,
                0xa1,
                "570.144",
                usableBytes,
                0,
                usableBytes,
                SEGMENT,
                256 * MIB,
                2048,
                64,
                functions,
                List.of(new EngineInfo("GR0", 1, 0, -1, 0), new EngineInfo("CE0", 9, 1, 32, 0xc7b5)));
    }

    @Override
    public CoreSession attach(
            ClientIdentity client, VersionRange versions, Set<CoreCapability> wanted, CoreEvents events) {
        listener = events;
        return this;
    }

    @Override
    public List<CoreSession> sessions() {
        return List.of(this);
    }

    @Override
    public boolean isAlive() {
        return !gone;
    }

    @Override
    public ClientIdentity client() {
        return new ClientIdentity("vgpu", "test");
    }

    @Override
    public ApiVersion version() {
        return API_VERSION;
    }

    @Override
    public Set<CoreCapability> capabilities() {
        return Set.of(CoreCapability.values());
    }

    @Override
    public GpuDescription gpu() {
        return description();
    }

    @Override
    public FbRange allocateFb(FbRequest request) {
        return take("allocateFb " + request.label(), () -> {
            long unit = request.alignment() == FbRequest.Alignment.VMMU_SEGMENT ? SEGMENT : 4096;
            long size = (request.sizeBytes() + unit - 1) / unit * unit;
            long at = usableBytes - size;
            if (request.position() instanceof FbRequest.Position.At wanted) {
                at = wanted.offset();
            } else {
                for (Range range : ranges.descendingSet()) {
                    if (at >= range.end()) {
                        break;
                    }
                    at = range.offset() - size;
                }
            }
            if (at % unit != 0 || at < 0 || !isFbFree(at, size)) {
                throw new CoreException(CoreError.NO_SPACE, size + " bytes at " + at + " are not free.");
            }
            Range range = new Range(request.label(), at, size);
            ranges.add(range);
            return range;
        });
    }

    @Override
    public boolean isFbFree(long offset, long sizeBytes) {
        return offset >= 0
                && offset + sizeBytes <= usableBytes
                && ranges.stream().noneMatch(range -> range.offset() < offset + sizeBytes && offset < range.end());
    }

    @Override
    public FbUsage fbUsage() {
        long used = ranges.stream().mapToLong(FbRange::sizeBytes).sum();
        long last = ranges.isEmpty() ? 0 : ranges.last().end();
        return new FbUsage(usableBytes, usableBytes - used, usableBytes - last, 0);
    }

    @Override
    public void scrub(FbRange range) {
        run("scrub " + range.label(), () -> {
            ((Range) range).dirty = false;
            ((Range) range).used = false;
            plugins.values().forEach(plugin -> plugin.touchedBy(range, faults));
        });
    }

    @Override
    public ChannelRange allocateChannels(String label, int count) {
        return take("allocateChannels " + count, () -> {
            int at = (64 + count - 1) / count * count;
            while (overlaps(at, count)) {
                at += count;
            }
            Channels range = new Channels(label, at, count);
            channels.put(at, range);
            return range;
        });
    }

    private boolean overlaps(int first, int count) {
        return channels.values().stream()
                .anyMatch(other -> other.first() < first + count && first < other.first() + other.count());
    }

    @Override
    public int freeChannels() {
        return 2048
                - 64
                - channels.values().stream().mapToInt(ChannelRange::count).sum();
    }

    @Override
    public BarMapping map(FbRange range, long offset, long sizeBytes) {
        return take("map " + range.label(), () -> {
            Mapping mapping = new Mapping((Range) range, sizeBytes);
            mappings.add(mapping);
            return mapping;
        });
    }

    @Override
    public GspClient openGspClient(String label) {
        return take("openGspClient " + label, () -> {
            Client client = new Client(label);
            clients.add(client);
            return client;
        });
    }

    // The vGPU manager has no use for these.

    @Override
    public HostMemory allocateHostMemory(String label, long sizeBytes) {
        throw new CoreException(CoreError.NOT_PERMITTED, "This core has no host memory.");
    }

    @Override
    public AddressSpace createAddressSpace(String label) {
        throw new CoreException(CoreError.NOT_PERMITTED, "This core has no address spaces.");
    }

    @Override
    public Channel openChannel(String label, EngineInfo engine, AddressSpace space, int entries) {
        throw new CoreException(CoreError.NOT_PERMITTED, "This core has no channels.");
    }

    @Override
    public int enabledVirtualFunctions() {
        return enabled;
    }

    @Override
    public void setVirtualFunctions(int count) {
        run("setVirtualFunctions " + count, () -> {
            if (count == 0 && !plugins.isEmpty()) {
                faults.add("Virtual functions were switched off under " + plugins.keySet() + ".");
            }
            enabled = count;
        });
    }

    @Override
    public void ringDoorbell(VirtualFunction function) {
        run("ringDoorbell " + function.gfid(), () -> {
            ScriptedPlugin plugin = plugins.get(function.gfid());
            if (plugin != null) {
                plugin.ring();
            }
        });
    }

    @Override
    public List<String> held() {
        return List.of(accounts());
    }

    @Override
    public void close() {
        calls.add("close");
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public void sleepNanos(long sleep) {
        nanos += sleep;
    }

    /** A part that counts whether it is still there. */
    abstract class Part implements CoreResource {
        private final String label;
        private boolean held = true;

        Part(String label) {
            this.label = label;
        }

        abstract void release();

        @Override
        public String label() {
            return label;
        }

        @Override
        public boolean isHeld() {
            return held;
        }

        @Override
        public void close() {
            if (held) {
                calls.add("free " + label);
                held = false;
                release();
            }
        }

        @Override
        public void quarantine(String reason) {
            held = false;
            quarantined.add(label);
        }
    }

    final class Range extends Part implements FbRange {
        private final long offset;
        private final long sizeBytes;
        /** Somebody's data, from before, may be in it. */
        boolean dirty = true;

        /** A firmware task had it. */
        boolean used;

        Range(String label, long offset, long sizeBytes) {
            super(label);
            this.offset = offset;
            this.sizeBytes = sizeBytes;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long sizeBytes() {
            return sizeBytes;
        }

        @Override
        void release() {
            if (used && !gone) {
                faults.add(label() + " went back uncleared.");
            }
            if (mappings.stream().anyMatch(mapping -> mapping.range == this)) {
                faults.add(label() + " went back while mapped.");
            }
            ranges.remove(this);
        }
    }

    final class Channels extends Part implements ChannelRange {
        private final int first;
        private final int count;

        Channels(String label, int first, int count) {
            super(label);
            this.first = first;
            this.count = count;
        }

        @Override
        public int first() {
            return first;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        void release() {
            channels.remove(first);
        }
    }

    final class Mapping extends Part implements BarMapping {
        final Range range;
        final MemorySegment memory;

        Mapping(Range range, long sizeBytes) {
            super("mapping of " + range.label());
            this.range = range;
            this.memory = MemorySegment.ofArray(new long[(int) (sizeBytes / 8)]);
        }

        private MemorySegment live() {
            if (gone) {
                throw new GpuGoneException("The function is gone.");
            }
            return memory;
        }

        @Override
        public long sizeBytes() {
            return memory.byteSize();
        }

        @Override
        public long barOffset() {
            return 0;
        }

        @Override
        public int readInt(long offset) {
            return live().get(ScriptedPlugin.INT, offset);
        }

        @Override
        public void writeInt(long offset, int value) {
            live().set(ScriptedPlugin.INT, offset, value);
        }

        @Override
        public long readLong(long offset) {
            return live().get(ScriptedPlugin.LONG, offset);
        }

        @Override
        public void writeLong(long offset, long value) {
            live().set(ScriptedPlugin.LONG, offset, value);
        }

        @Override
        public void read(long offset, MemorySegment destination) {
            destination.copyFrom(live().asSlice(offset, destination.byteSize()));
        }

        @Override
        public void write(long offset, MemorySegment source) {
            live().asSlice(offset, source.byteSize()).copyFrom(source);
        }

        @Override
        public void fill(long offset, long lengthBytes, byte value) {
            live().asSlice(offset, lengthBytes).fill(value);
        }

        @Override
        void release() {
            mappings.remove(this);
        }
    }

    final class Client extends Part implements GspClient {
        Client(String label) {
            super(label);
        }

        @Override
        public RmObject client() {
            return new RmObject(1, 0);
        }

        @Override
        public RmObject device() {
            return new RmObject(2, 0x80);
        }

        @Override
        public RmObject subdevice() {
            return new RmObject(3, 0x2080);
        }

        @Override
        public RmReply control(RmObject object, RmRequest request) {
            run("control " + request.name(), () -> execute(request));
            return NO_REPLY;
        }

        private void execute(RmRequest request) {
            int gfid = request.numbers().getOrDefault("gfid", 0L).intValue();
            ScriptedPlugin plugin = plugins.get(gfid);
            if (request.name().equals(PluginControls.BOOT)) {
                plugins.put(gfid, boot(request));
            } else if (request.name().equals(PluginControls.SHUTDOWN) && plugin != null) {
                plugin.stopped = true;
            } else if (request.name().equals(PluginControls.CLEAN_UP)) {
                plugins.remove(gfid);
            }
        }

        private ScriptedPlugin boot(RmRequest request) {
            long at = request.numbers().getOrDefault("guestFbPhysAddrList[0]", -1L);
            long heapAt = request.numbers().getOrDefault("pluginHeapMemoryPhysAddr", -1L);
            Range fb = ranges.stream().filter(r -> r.offset() == at).findFirst().orElseThrow();
            Range heap = ranges.stream()
                    .filter(r -> r.offset() == heapAt)
                    .findFirst()
                    .orElseThrow();
            if (fb.dirty || heap.dirty) {
                faults.add("A firmware task got memory that was not cleared.");
            }
            fb.used = true;
            heap.used = true;
            Mapping mapping =
                    mappings.stream().filter(m -> m.range == heap).findFirst().orElseThrow();
            return new ScriptedPlugin(fb, mapping.memory, silent);
        }

        @Override
        public RmObject allocate(RmObject parent, RmRequest parameters) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void free(RmObject object) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean hasField(String control, String field) {
            return !field.startsWith("chidOffset[") || Integer.parseInt(field.replaceAll("\\D", "")) < 84;
        }

        @Override
        void release() {
            clients.remove(this);
        }
    }

    private static final RmReply NO_REPLY = new RmReply() {
        @Override
        public long number(String field) {
            return 0;
        }

        @Override
        public long[] numbers(String field) {
            return new long[0];
        }

        @Override
        public byte[] bytes(String field) {
            return new byte[0];
        }

        @Override
        public String text(String field) {
            return "";
        }
    };
}
