// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.gpu.bank.RegisterBank;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.fb.SharedFbStore;
import io.lamella.gpu.gsp.GspInstance;
import io.lamella.gpu.gsp.GspStatus;
import io.lamella.gpu.host.EngineThread;
import io.lamella.gpu.host.EngineUsage;
import io.lamella.gpu.host.FaultReport;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.pci.SriovShape;
import io.lamella.gpu.plugin.PhysicalGsp;
import io.lamella.gpu.plugin.PluginFault;
import io.lamella.gpu.plugin.VgpuPlugin;
import io.lamella.gpu.plugin.VgpuStatus;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.GspFactory;
import io.lamella.gpu.trace.FunctionTap;
import io.lamella.gpu.vbios.SyntheticVbios;
import io.lamella.hw.reg.Registers;
import io.lamella.pci.PciPhysicalFunction;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A software GPU, an L40 (AD102) if nothing else is wanted or a board with a GB202: one physical function with up to 63 virtual ones, a sparse frame buffer, and the GSP that serves them. Any number of them live
 * in one process and share nothing.
 *
 * <p>The physical function is what a driver binds. This class itself is the view from outside: what a bench engineer would read with a probe.
 */
public final class SoftwareGpu implements AutoCloseable {
    private static final long BAR2_BYTES = 32L << 20;
    /** A vGPU that gets all of a board has a quarter of that as its aperture. */
    private static final long LEAST_VF_BAR1_BYTES = 16L << 30;

    private final String name;
    private final UUID uuid;
    private final LongSupplier nanos;
    private final FunctionCore.Vbios vbios;
    private final FrameBuffer frameBuffer;
    private final PhysicalGsp firmware;
    private final PhysicalFunction physicalFunction;
    private final EngineThread engines;
    private boolean closed;

    private SoftwareGpu(Builder from, FrameBuffer frameBuffer) {
        name = from.name;
        uuid = from.uuid;
        nanos = from.nanos;
        engines = new EngineThread(from.name, from.nanos);
        vbios = from.vbios;
        this.frameBuffer = frameBuffer;
        BoardIdentity board = from.identity;
        FunctionShape shape = new FunctionShape(
                board.chip(),
                board.deviceId(),
                board.subsystemVendorId(),
                board.subsystemId(),
                board.revisionId(),
                board.classCode(),
                from.frameBufferBytes(),
                Math.max(256 << 20, ceilPowerOfTwo(from.frameBufferBytes())),
                BAR2_BYTES,
                true);
        SriovShape sriov = new SriovShape(
                from.virtualFunctions,
                board.deviceId(),
                Math.max(LEAST_VF_BAR1_BYTES, ceilPowerOfTwo(from.frameBufferBytes() / 4)),
                BAR2_BYTES);
        FunctionMemory memory = new FunctionMemory(
                board.chip().architecture(), frameBuffer.whole(), shape.bar1Bytes(), shape.bar2Bytes());
        firmware = new PhysicalGsp(frameBuffer, board.name(), board.shortName());
        GspFactory gsp = from.gsp;
        physicalFunction = new PhysicalFunction(this, shape, sriov, memory, gsp == null ? firmware::create : gsp);
    }

    private static long ceilPowerOfTwo(long value) {
        long floor = Long.highestOneBit(value);
        return floor == value ? value : floor << 1;
    }

    /** @param name for logs and threads, such as {@code gpu0} */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    public String name() {
        return name;
    }

    public UUID uuid() {
        return uuid;
    }

    /** The function that a driver binds. */
    public PciPhysicalFunction physicalFunction() {
        return physicalFunction;
    }

    /** Size and use of the board's memory. */
    public FrameBuffer frameBuffer() {
        return frameBuffer;
    }

    LongSupplier nanos() {
        return nanos;
    }

    /** The engines' thread: the scheduler's policy and its log, and how each function counts for it. */
    public EngineThread engines() {
        return engines;
    }

    /**
     * The last channels of a function that were stopped for an error, the newest last. Empty for a VF without a vGPU.
     *
     * @param gfid 0 for the PF
     */
    public List<FaultReport> channelFaults(int gfid) {
        GspInstance gsp = gsp(gfid);
        return gsp == null ? List.of() : gsp.channels().faults();
    }

    /**
     * What the engines did for a function since it was started, or null for a VF without a vGPU.
     *
     * @param gfid 0 for the PF
     */
    public @Nullable EngineUsage engineUsage(int gfid) {
        GspInstance gsp = gsp(gfid);
        return gsp == null ? null : gsp.channels().usage();
    }

    private @Nullable GspInstance gsp(int gfid) {
        VgpuPlugin plugin = firmware.plugin();
        return gfid == 0 ? firmware.gsp() : plugin == null ? null : plugin.guest(gfid);
    }

    FunctionCore.Vbios vbios() {
        return vbios;
    }

    /**
     * Accesses to a register that is not modelled.
     *
     * @param offset in BAR0, or -1 for all those that were too many to tell apart
     * @param name the register's, where it has one
     */
    public record UnknownAccess(int offset, String name, long reads, long writes) {}

    /**
     * What drivers of a function touched that is not modelled, by offset. Empty for a VF without a vGPU.
     *
     * @param gfid 0 for the PF
     */
    public List<UnknownAccess> unknownAccesses(int gfid) {
        FunctionCore core = core(gfid);
        if (core == null) {
            return List.of();
        }
        return core.bank().unknown().counts().stream()
                .map(count -> new UnknownAccess(
                        count.offset(),
                        count.offset() < 0 ? "others" : Registers.nameOf(count.offset()),
                        count.reads(),
                        count.writes()))
                .toList();
    }

    /**
     * Every modelled register of a function with its value. Empty for a VF without a vGPU.
     *
     * @param gfid 0 for the PF
     */
    public List<RegisterBank.Entry> registers(int gfid) {
        FunctionCore core = core(gfid);
        return core == null ? List.of() : core.bank().entries();
    }

    /**
     * Why the function's last try to boot its GSP was refused, or null.
     *
     * @param gfid 0 for the PF
     */
    public @Nullable String bootRefusal(int gfid) {
        FunctionCore core = core(gfid);
        return core == null ? null : core.bootRefusal();
    }

    /**
     * For those who watch a function: its trace, its rest and its clock. Null for a VF without a vGPU.
     *
     * @param gfid 0 for the PF
     */
    public @Nullable FunctionTap tap(int gfid) {
        return core(gfid);
    }

    /** What the PF's firmware does, or null on a GPU that was built without it. */
    public @Nullable GspStatus gspStatus() {
        GspInstance gsp = firmware.gsp();
        return gsp == null ? null : gsp.status();
    }

    /** The vGPUs that the PF's firmware has, stopped ones included. */
    public List<VgpuStatus> vgpus() {
        VgpuPlugin plugin = firmware.plugin();
        return plugin == null ? List.of() : plugin.vgpus();
    }

    /** Makes the firmware's vGPU plugin fail on purpose, or no longer; for tests of the host. */
    public void inject(PluginFault fault, boolean on) {
        VgpuPlugin plugin = firmware.plugin();
        if (plugin != null) {
            plugin.inject(fault, on);
        }
    }

    private @Nullable FunctionCore core(int gfid) {
        return gfid == 0
                ? physicalFunction.core()
                : physicalFunction.virtualFunctionAt(gfid - 1).core();
    }

    /**
     * Frees everything. A driver that still holds on sees what a surprise removal looks like: every function reads as ones, writes are
     * dropped, DMA and interrupts end.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            physicalFunction.close();
            engines.close();
            frameBuffer.close();
        }
    }

    /** Settings of a GPU that is to be built. */
    public static final class Builder {
        private final String name;
        private UUID uuid = new UUID(0, 0);
        private @Nullable Long frameBufferBytes;
        private int virtualFunctions = 32;
        private BoardIdentity identity = BoardIdentity.L40;
        private LongSupplier nanos = System::nanoTime;
        private FunctionCore.Vbios vbios = shape -> SyntheticVbios.bytes(shape.deviceId(), shape.classCode());
        private @Nullable GspFactory gsp;

        private Builder(String name) {
            this.name = name;
            uuid = UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        public Builder uuid(UUID value) {
            uuid = value;
            return this;
        }

        /** Whole MiB; what the board has (48 GiB for an L40) if not set. It takes host memory only where it is touched. */
        public Builder frameBufferBytes(long value) {
            frameBufferBytes = value;
            return this;
        }

        private long frameBufferBytes() {
            Long chosen = frameBufferBytes;
            return chosen == null ? identity.frameBufferBytes() : chosen;
        }

        /** The board that it shows itself as, and its chip; an L40 if not set. */
        public Builder identity(BoardIdentity value) {
            identity = value;
            return this;
        }

        /** TotalVFs, 0 to 63; 32 if not set. */
        public Builder virtualFunctions(int value) {
            virtualFunctions = value;
            return this;
        }

        /** Nanoseconds that never go backwards; the system's if not set. */
        public Builder nanos(LongSupplier value) {
            nanos = value;
            return this;
        }

        Builder vbios(FunctionCore.Vbios value) {
            vbios = value;
            return this;
        }

        Builder gsp(GspFactory value) {
            gsp = value;
            return this;
        }

        public SoftwareGpu build() {
            FrameBuffer memory = new FrameBuffer(new SharedFbStore(name, frameBufferBytes()));
            try {
                return new SoftwareGpu(this, memory);
            } catch (RuntimeException e) {
                memory.close();
                throw e;
            }
        }
    }
}
