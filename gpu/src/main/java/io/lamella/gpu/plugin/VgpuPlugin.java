// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.gsp.GspInstance;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.GspHost;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.gpu.rm.ControlTable;
import io.lamella.gpu.rm.RmExtension;
import io.lamella.gpu.rm.RmIdentity;
import io.lamella.gpu.rm.RmSystem;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.StructField;
import io.lamella.hw.vgpu.HostRpc;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of the physical function's firmware that makes vGPUs: a control boots one, after which its virtual function is a complete function
 * with a GSP of its own; messages in the management heap configure it; two controls stop it and forget it.
 */
public final class VgpuPlugin implements RmExtension {
    /** The unit in which video memory is given to functions. */
    public static final long VMMU_SEGMENT_BYTES = 64L << 20;

    private static final long PAGE_BYTES = 4096;
    private static final long DEFAULT_BAR1_BYTES = 256L << 20;

    private final GspHost host;
    private final FrameBuffer frameBuffer;
    private final VgpuTypes types = new VgpuTypes();
    private final Map<Integer, Vgpu> vgpus = new ConcurrentSkipListMap<>();
    private final Set<PluginFault> faults = ConcurrentHashMap.newKeySet();
    private volatile String lastRefusal = "";

    /**
     * Makes it.
     *
     * @param host the physical function
     * @param frameBuffer the board's memory, of which vGPUs get parts
     */
    public VgpuPlugin(GspHost host, FrameBuffer frameBuffer) {
        this.host = host;
        this.frameBuffer = frameBuffer;
    }

    /** Makes it fail from here on, or not any more. Any thread. */
    public void inject(PluginFault fault, boolean on) {
        if (on) {
            faults.add(fault);
        } else {
            faults.remove(fault);
        }
    }

    /** Every vGPU, by GFID; also those that are stopped and not cleaned up. Any thread. */
    public List<VgpuStatus> vgpus() {
        return vgpus.values().stream().map(Vgpu::status).toList();
    }

    /** The GSP of a vGPU that runs, or null. Any thread. */
    public @Nullable GspInstance guest(int gfid) {
        Vgpu vgpu = vgpus.get(gfid);
        return vgpu == null ? null : vgpu.guest();
    }

    /** Types that the host has told. Any thread. */
    public List<VgpuType> types() {
        return types.list();
    }

    /** Why a control was last refused, as a sentence, or empty. Any thread. */
    public String lastRefusal() {
        return lastRefusal;
    }

    @Override
    public void addControls(RmSystem system, ControlTable table) {
        types.clear();
        table.add(RmControl.VGPU_MGR_ADD_VGPU_TYPE, (target, params) -> types.add(system.abi(), params));
        table.add(
                RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK,
                (target, params) -> answering(PluginFault.BOOT, () -> boot(system, params)));
        StructField.U32 stopGfid =
                system.abi().control(RmControl.VGPU_MGR_SHUTDOWN_PLUGIN_TASK).u32("gfid");
        table.add(
                RmControl.VGPU_MGR_SHUTDOWN_PLUGIN_TASK,
                (target, params) -> answering(PluginFault.SHUTDOWN, () -> shutdown(stopGfid.get(params, 0))));
        StructField.U32 cleanGfid =
                system.abi().control(RmControl.VGPU_MGR_PLUGIN_CLEANUP).u32("gfid");
        table.add(
                RmControl.VGPU_MGR_PLUGIN_CLEANUP,
                (target, params) -> answering(PluginFault.CLEAN_UP, () -> cleanUp(cleanGfid.get(params, 0))));
    }

    private interface Work {
        void run() throws Refusal;
    }

    private NvStatus answering(PluginFault fault, Work work) {
        try {
            if (faults.contains(fault)) {
                throw new Refusal(NvStatus.GENERIC, "A test made " + fault + " fail.");
            }
            work.run();
            return NvStatus.OK;
        } catch (Refusal e) {
            lastRefusal = e.reason();
            return e.status();
        }
    }

    private void boot(RmSystem system, MemorySegment params) throws Refusal {
        BootRequest request = BootRequest.read(system.abi(), params);
        int gfid = request.gfid();
        VirtualFunctionControl functions = host.virtualFunctions();
        if (gfid < 1 || gfid > functions.total()) {
            throw Refusal.argument("There is no function with GFID " + Integer.toUnsignedString(gfid)
                    + "; they run from 1 to " + functions.total() + ".");
        }
        if (!functions.isEnabled(gfid)) {
            throw new Refusal(NvStatus.INVALID_STATE, "The function with GFID " + gfid + " is not switched on.");
        }
        Vgpu there = vgpus.get(gfid);
        if (there != null) {
            throw new Refusal(
                    NvStatus.STATE_IN_USE,
                    "GFID " + gfid + " has a vGPU, which is " + there.state() + "; clean it up first.");
        }
        VgpuType type = types.find(request.typeId());
        if (type == null) {
            throw Refusal.argument("The host has told of no vGPU type " + request.typeId() + ".");
        }
        HostRpc layout = HostRpc.of(system.abi());
        checkMemory(system, request, type, layout);
        FbSegment board = system.memory().fb();
        Vgpu vgpu = new Vgpu(
                request,
                type,
                layout,
                new HostChannel(layout, board, request.heap(), request.controlOffset()),
                host.engines(),
                new HostReports(system, host.tasks(), request));
        vgpu.channel().check();
        activate(vgpu, type);
        vgpus.put(gfid, vgpu);
        if (!faults.contains(PluginFault.SILENT_BOOT)) {
            vgpu.channel().announce();
        }
    }

    private void checkMemory(RmSystem system, BootRequest request, VgpuType type, HostRpc layout) throws Refusal {
        if (request.frameBufferBytes() != type.frameBufferBytes()) {
            throw Refusal.argument("A vGPU of type " + type.name() + " has " + type.frameBufferBytes()
                    + " bytes of memory, not " + request.frameBufferBytes() + ".");
        }
        if (request.heap().lengthBytes() < layout.totalBytes() || request.heap().base() % PAGE_BYTES != 0) {
            throw Refusal.argument("The management heap " + request.heap() + " must begin a page and have "
                    + layout.totalBytes() + " bytes for the buffers alone.");
        }
        FbRange usable = new FbRange(0, system.layout().usableEnd());
        requireInside("The management heap", request.heap(), usable);
        for (int i = 0; i < request.frameBuffer().size(); i++) {
            FbRange part = request.frameBuffer().get(i);
            if (part.base() % VMMU_SEGMENT_BYTES != 0 || part.lengthBytes() % VMMU_SEGMENT_BYTES != 0) {
                throw Refusal.argument("The vGPU's memory " + part + " is not made of whole VMMU segments of "
                        + VMMU_SEGMENT_BYTES + " bytes.");
            }
            requireInside("The vGPU's memory", part, usable);
            requireApart(part, request.heap(), "its own management heap");
            for (FbRange other : request.frameBuffer().subList(0, i)) {
                requireApart(part, other, "another part of it");
            }
        }
        for (Vgpu other : vgpus.values()) {
            requireApart(request, other.request());
        }
    }

    private static void requireInside(String what, FbRange range, FbRange usable) throws Refusal {
        if (!usable.contains(range)) {
            throw Refusal.argument(
                    what + " " + range + " reaches beyond " + usable + ", where the firmware's own begins.");
        }
    }

    private static void requireApart(FbRange range, FbRange other, String owner) throws Refusal {
        if (range.overlaps(other)) {
            throw new Refusal(
                    NvStatus.STATE_IN_USE, "The memory " + range + " overlaps " + other + " of " + owner + ".");
        }
    }

    /** Nobody's memory or channel is anybody else's, a stopped vGPU's included: it may still hold data. */
    private static void requireApart(BootRequest request, BootRequest other) throws Refusal {
        String owner = "the vGPU with GFID " + other.gfid();
        int engine = request.sharedChannelEngine(other);
        if (engine >= 0) {
            long first = request.firstChannels().get(engine);
            throw new Refusal(
                    NvStatus.STATE_IN_USE,
                    "Channel ids " + first + " to " + (first + request.channelCount() - 1) + " of engine " + engine
                            + " overlap those of " + owner + ", which begin with "
                            + other.firstChannels().get(engine) + ".");
        }
        requireApart(request.heap(), other.heap(), owner);
        for (FbRange theirs : other.frameBuffer()) {
            requireApart(request.heap(), theirs, owner);
        }
        for (FbRange ours : request.frameBuffer()) {
            requireApart(ours, other.heap(), owner);
            for (FbRange theirs : other.frameBuffer()) {
                requireApart(ours, theirs, owner);
            }
        }
    }

    private void activate(Vgpu vgpu, VgpuType type) throws Refusal {
        try {
            FunctionShape shape = shape(type);
            FunctionMemory memory = new FunctionMemory(
                    shape.chip().architecture(),
                    frameBuffer.segment(vgpu.request().frameBuffer()),
                    shape.bar1Bytes(),
                    shape.bar2Bytes());
            host.engines().setSettings(vgpu.settings());
            RmIdentity identity = new RmIdentity(type.name(), type.name(), null);
            host.virtualFunctions()
                    .activate(
                            vgpu.gfid(),
                            shape,
                            memory,
                            guestHost -> {
                                GspInstance guest = new GspInstance(guestHost, memory, identity, null, vgpu.reports());
                                vgpu.setGuest(guest);
                                return guest;
                            },
                            vgpu::stopped);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new Refusal(NvStatus.INVALID_STATE, String.valueOf(e.getMessage()));
        }
    }

    /** A vGPU looks like a board of its own, with the memory and the identity that its type says. */
    private FunctionShape shape(VgpuType type) {
        FunctionShape board = host.shape();
        return new FunctionShape(
                board.chip(),
                type.deviceId() == 0 ? board.deviceId() : type.deviceId(),
                board.subsystemVendorId(),
                type.deviceId() == 0 ? board.subsystemId() : type.subsystemId(),
                board.revisionId(),
                board.classCode(),
                type.frameBufferBytes(),
                type.bar1Bytes() == 0 ? DEFAULT_BAR1_BYTES : type.bar1Bytes(),
                board.bar2Bytes(),
                true);
    }

    private Vgpu require(int gfid) throws Refusal {
        Vgpu vgpu = vgpus.get(gfid);
        if (vgpu == null) {
            throw new Refusal(
                    NvStatus.OBJECT_NOT_FOUND, "There is no vGPU with GFID " + Integer.toUnsignedString(gfid) + ".");
        }
        return vgpu;
    }

    private void shutdown(int gfid) throws Refusal {
        Vgpu vgpu = require(gfid);
        host.virtualFunctions().deactivate(gfid);
        vgpu.stopped();
    }

    private void cleanUp(int gfid) throws Refusal {
        Vgpu vgpu = require(gfid);
        if (vgpu.state() != VgpuStatus.State.STOPPED) {
            throw new Refusal(
                    NvStatus.INVALID_STATE,
                    "The vGPU with GFID " + gfid + " is " + vgpu.state() + "; shut it down first.");
        }
        vgpus.remove(gfid);
    }

    @Override
    public void hostDoorbell(int value) {
        Vgpu vgpu = HostRpc.isDoorbell(value) ? vgpus.get(HostRpc.gfidOf(value)) : null;
        if (vgpu != null && vgpu.queued.compareAndSet(false, true)) {
            host.tasks().execute(() -> answerMessages(vgpu));
        }
    }

    private void answerMessages(Vgpu vgpu) {
        vgpu.queued.set(false);
        if (vgpu.state() == VgpuStatus.State.STOPPED || faults.contains(PluginFault.SILENT_RPC)) {
            return;
        }
        // The host sends the next one only after this is answered, and rings for it.
        HostChannel.Message message = vgpu.channel().next();
        if (message != null) {
            int result = faults.contains(PluginFault.RPC) ? NvStatus.GENERIC.code() : vgpu.handle(message);
            vgpu.channel().answer(message, result);
        }
    }

    @Override
    public void stopped() {
        Collection<Vgpu> orphans = List.copyOf(vgpus.values());
        vgpus.clear();
        types.clear();
        if (!orphans.isEmpty()) {
            host.tasks()
                    .execute(() -> orphans.forEach(orphan -> {
                        if (orphan.state() != VgpuStatus.State.STOPPED) {
                            host.virtualFunctions().deactivate(orphan.gfid());
                            orphan.stopped();
                        }
                    }));
        }
    }

    @Override
    public void close() {
        vgpus.clear();
    }
}
