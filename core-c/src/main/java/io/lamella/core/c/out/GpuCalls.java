// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.PciAddress;
import io.lamella.core.VirtualFunction;
import io.lamella.core.c.GpuSource.NamedGpu;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Struct;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.Handles.OpenGpu;
import io.lamella.core.c.platform.ForeignSlot;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** The table's functions about GPUs. Named after the header's, which says what they do. */
final class GpuCalls {
    private static final Logger LOG = System.getLogger(GpuCalls.class.getName());
    private static final long OLDEST_OPTIONS_BYTES = Structs.OPEN_OPTIONS.sizeBytes();
    private static final long LISTENER_SECONDS = 10;

    private final Handles handles;
    private final CoreProvider provider;

    GpuCalls(Handles handles, CoreProvider provider) {
        this.handles = handles;
        this.provider = provider;
    }

    int gpuOpen(MemorySegment platform, MemorySegment options, MemorySegment out, MemorySegment error) {
        Pointers.need(out);
        MemorySegment wanted = Pointers.isNull(options)
                ? MemorySegment.NULL
                : Structs.OPEN_OPTIONS.versioned(options, OLDEST_OPTIONS_BYTES);
        OpenGpu gpu;
        if (Pointers.isNull(platform)) {
            NamedGpu named = Sources.open(spec(wanted));
            gpu = open(
                    named.slot(), () -> provider.open(named.slot(), named.firmware(), merge(named.options(), wanted)));
        } else {
            ForeignSlot slot = new ForeignSlot(platform);
            gpu = open(
                    slot,
                    () -> provider.open(
                            slot, slot, merge(CoreOptions.DEFAULT, wanted).withClock(slot)));
        }
        Pointers.putLong(out, handles.add(gpu));
        return 0;
    }

    private static OpenGpu open(AutoCloseable below, java.util.function.Supplier<GpuCore> opening) {
        try {
            return new OpenGpu(opening.get(), below);
        } catch (RuntimeException | Error failure) {
            closeQuietly(below);
            throw failure;
        }
    }

    private static String spec(MemorySegment options) {
        MemorySegment spec =
                Pointers.isNull(options) ? MemorySegment.NULL : Structs.OPEN_OPTIONS.pointer(options, "spec");
        if (Pointers.isNull(spec)) {
            throw new CoreException(
                    CoreError.INVALID, "Neither a platform nor the name of a GPU was given: " + Sources.names() + ".");
        }
        return Text.read(spec, Limits.SPEC_BYTES, "options.spec");
    }

    private static CoreOptions merge(CoreOptions base, MemorySegment options) {
        if (Pointers.isNull(options)) {
            return base;
        }
        Struct type = Structs.OPEN_OPTIONS;
        PciAddress address = Neutral.address(type, options);
        int rpcMillis = type.u32(options, "rpc_timeout_ms");
        int bootMillis = type.u32(options, "boot_timeout_ms");
        int hostChannels = type.u32(options, "host_channels");
        List<String> releases = releases(options);
        return new CoreOptions(
                address.packed() == 0 ? base.pciAddress() : address,
                releases.isEmpty() ? base.firmwareReleases() : releases,
                hostChannels == 0 ? base.hostChannels() : hostChannels,
                rpcMillis == 0 ? base.rpcTimeoutMillis() : rpcMillis,
                bootMillis == 0 ? base.bootTimeoutMillis() : bootMillis,
                base.clock());
    }

    private static List<String> releases(MemorySegment options) {
        int count = Structs.OPEN_OPTIONS.u32(options, "release_count");
        MemorySegment array = Pointers.array(
                Structs.OPEN_OPTIONS.pointer(options, "releases"), 8, count, Limits.MAX_RELEASES, "releases");
        List<String> releases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MemorySegment text = MemorySegment.ofAddress(array.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i));
            releases.add(Text.read(text, Limits.SHORT_BYTES, "a firmware release"));
        }
        return releases;
    }

    int gpuClose(long handle, MemorySegment error) {
        if (handles.wasOpen(handle)) {
            return 0;
        }
        OpenGpu gpu = handles.gpu(handle);
        Set<EventGate> gates = gpu.gates();
        if (gates.stream().anyMatch(EventGate::isOwn)) {
            throw new CoreException(CoreError.BUSY, "A GPU cannot be closed from the listener of one of its sessions.");
        }
        if (!handles.forget(gpu)) {
            return 0;
        }
        gpu.core.close();
        closeQuietly(gpu.below);
        boolean quiet = true;
        for (EventGate gate : gates) {
            quiet &= gate.shut(LISTENER_SECONDS);
        }
        if (!quiet) {
            throw new CoreException(
                    CoreError.BUSY, "The GPU is closed, but a listener still runs; its context must stay.");
        }
        return 0;
    }

    private static void closeQuietly(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception failure) {
            LOG.log(Level.WARNING, "A GPU's slot could not be closed", failure);
        }
    }

    int gpuDescribe(long handle, MemorySegment out, MemorySegment error) {
        GpuDescription gpu = handles.gpu(handle).core.description();
        MemorySegment known = Structs.DESCRIPTION.versioned(out, Structs.DESCRIPTION.sizeBytes());
        Struct type = Structs.DESCRIPTION;
        type.setU32(known, "vendor_id", gpu.vendorId());
        type.setU32(known, "device_id", gpu.deviceId());
        type.setU32(known, "subsystem_vendor_id", gpu.subsystemVendorId());
        type.setU32(known, "subsystem_id", gpu.subsystemId());
        type.setU32(known, "revision", gpu.revision());
        Neutral.putAddress(type, known, gpu.address());
        type.setText(known, "chip", gpu.chip());
        type.setText(known, "name", gpu.name());
        type.setText(known, "firmware_release", gpu.firmwareRelease());
        type.setU64(known, "fb_size", gpu.fbSizeBytes());
        type.setU64(known, "usable_fb_offset", gpu.usableFbOffset());
        type.setU64(known, "usable_fb_size", gpu.usableFbBytes());
        type.setU64(known, "vmmu_segment_size", gpu.vmmuSegmentBytes());
        type.setU64(known, "bar1_size", gpu.bar1Bytes());
        type.setU32(known, "channel_ids", gpu.channelIds());
        type.setU32(known, "host_channel_ids", gpu.hostChannelIds());
        type.setU32(known, "virtual_functions", gpu.totalVirtualFunctions());
        type.setU32(known, "engines", gpu.engines().size());
        return 0;
    }

    int gpuEngines(long handle, MemorySegment out, int capacity, MemorySegment count, MemorySegment error) {
        List<EngineInfo> engines = handles.gpu(handle).core.description().engines();
        return give(engines, Structs.ENGINE, out, capacity, count, (engine, struct) -> {
            Structs.ENGINE.setText(struct, "name", engine.name());
            Structs.ENGINE.setU32(struct, "engine_type", engine.engineType());
            Structs.ENGINE.setU32(struct, "runlist_id", engine.runlistId());
            Structs.ENGINE.setU32(struct, "non_stall_vector", engine.nonStallVector());
            Structs.ENGINE.setU32(struct, "engine_class", engine.engineClass());
        });
    }

    int gpuVirtualFunctions(long handle, MemorySegment out, int capacity, MemorySegment count, MemorySegment error) {
        List<VirtualFunction> functions = handles.gpu(handle).core.description().virtualFunctions();
        return give(functions, Structs.VIRTUAL_FUNCTION, out, capacity, count, (function, struct) -> {
            Structs.VIRTUAL_FUNCTION.setU32(struct, "index", function.index());
            Structs.VIRTUAL_FUNCTION.setU32(struct, "gfid", function.gfid());
            Neutral.putAddress(Structs.VIRTUAL_FUNCTION, struct, function.address());
        });
    }

    private static <T> int give(
            List<T> elements,
            Struct type,
            MemorySegment out,
            int capacity,
            MemorySegment count,
            BiConsumer<T, MemorySegment> writer) {
        Pointers.need(count);
        int some = (int) Math.min(Integer.toUnsignedLong(capacity), elements.size());
        MemorySegment array = Pointers.array(out, type.sizeBytes(), some, Limits.MAX_LIST, type.name());
        for (int i = 0; i < some; i++) {
            writer.accept(elements.get(i), type.at(array, i));
        }
        Pointers.putInt(count, elements.size());
        return 0;
    }

    int gpuIsAlive(long handle, MemorySegment alive, MemorySegment error) {
        Pointers.need(alive);
        Pointers.putInt(alive, handles.gpu(handle).core.isAlive() ? 1 : 0);
        return 0;
    }

    int gpuSessions(long handle, MemorySegment out, int capacity, MemorySegment count, MemorySegment error) {
        Pointers.need(count);
        OpenGpu gpu = handles.gpu(handle);
        List<Long> known = new ArrayList<>();
        for (CoreSession session : gpu.core.sessions()) {
            long number = handles.of(gpu, session);
            if (number != 0) {
                known.add(number);
            }
        }
        int some = (int) Math.min(Integer.toUnsignedLong(capacity), known.size());
        MemorySegment array = Pointers.array(out, 8, some, Limits.MAX_LIST, "sessions");
        for (int i = 0; i < some; i++) {
            array.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, known.get(i));
        }
        Pointers.putInt(count, known.size());
        return 0;
    }
}
