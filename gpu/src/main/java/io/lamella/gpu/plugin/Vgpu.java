// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.gsp.GspInstance;
import io.lamella.gpu.host.EngineThread;
import io.lamella.gpu.sched.MemberSettings;
import io.lamella.gpu.sched.Priority;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.hw.vgpu.HostRpcMessage;
import io.lamella.hw.vgpu.HostRpcVersion;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One vGPU with its plugin. Messages are answered on the physical function's tasks; any thread asks for the status. */
final class Vgpu {
    private static final HostRpcVersion VERSION = HostRpcVersion.V1;

    private final BootRequest request;
    private final VgpuType type;
    private final HostRpc layout;
    private final HostChannel channel;
    private final EngineThread engines;
    private volatile MemberSettings settings;
    private final HostReports reports;
    final AtomicBoolean queued = new AtomicBoolean();
    private volatile @Nullable GspInstance guest;
    private volatile VgpuStatus.State state = VgpuStatus.State.BOOTED;
    private volatile @Nullable UUID uuid;
    private volatile boolean busMasterEnabled;
    private volatile String refusal = "";

    Vgpu(
            BootRequest request,
            VgpuType type,
            HostRpc layout,
            HostChannel channel,
            EngineThread engines,
            HostReports reports) {
        // What the type does not say in a sane way is no share of the GPU.
        int instances = type.maxInstances() > MemberSettings.MAX_INSTANCES ? 0 : Math.max(0, type.maxInstances());
        this.settings = MemberSettings.vgpu(request.gfid(), instances);
        this.engines = engines;
        this.reports = reports;
        this.request = request;
        this.type = type;
        this.layout = layout;
        this.channel = channel;
    }

    BootRequest request() {
        return request;
    }

    int gfid() {
        return request.gfid();
    }

    VgpuStatus.State state() {
        return state;
    }

    /** How it counts for the scheduler. */
    MemberSettings settings() {
        return settings;
    }

    /** Where what happens in the guest is told. */
    HostReports reports() {
        return reports;
    }

    HostChannel channel() {
        return channel;
    }

    /** The function's own GSP, once the function is there. */
    void setGuest(GspInstance instance) {
        guest = instance;
    }

    /** The guest's firmware, or null after it was stopped. */
    @Nullable
    GspInstance guest() {
        return guest;
    }

    void stopped() {
        state = VgpuStatus.State.STOPPED;
        reports.end();
        guest = null;
    }

    void refused(String reason) {
        refusal = reason;
    }

    VgpuStatus status() {
        GspInstance shown = guest;
        return new VgpuStatus(
                gfid(),
                type,
                state,
                uuid,
                request.frameBuffer(),
                busMasterEnabled,
                shown == null ? null : shown.status(),
                refusal);
    }

    /** Answers one message; the result is what the host finds beside it. */
    int handle(HostChannel.Message message) {
        try {
            HostRpcMessage known = HostRpcMessage.of(VERSION, message.type())
                    .orElseThrow(() -> new Refusal(
                            NvStatus.NOT_SUPPORTED, "Host RPC " + VERSION + " has no message " + message.type() + "."));
            switch (known) {
                case VERSION_NEGOTIATION -> negotiate(message.payload());
                case SETUP_CONFIG_PARAMS_AND_INIT -> configure(message.payload());
                case RESET -> reset();
                case UPDATE_BME_STATE -> updateBusMaster(message.payload());
                case LAMELLA_SCHEDULING -> schedule(message.payload());
                default -> throw new Refusal(NvStatus.NOT_SUPPORTED, "The plugin cannot do " + known + ".");
            }
            return NvStatus.OK.code();
        } catch (Refusal e) {
            refusal = e.reason();
            return e.status().code();
        }
    }

    private void require(String what, boolean allowed) throws Refusal {
        if (!allowed) {
            throw new Refusal(NvStatus.INVALID_STATE, "The vGPU is " + state + ", which is no time for " + what + ".");
        }
    }

    private void negotiate(MemorySegment payload) throws Refusal {
        require("negotiating a version", state == VgpuStatus.State.BOOTED || state == VgpuStatus.State.NEGOTIATED);
        Struct fields = layout.versionNegotiation();
        int newest = fields.u32("version_cpu").get(payload, 0);
        if (Integer.compareUnsigned(newest, VERSION.number()) < 0) {
            throw new Refusal(
                    NvStatus.NOT_SUPPORTED,
                    "The host speaks version " + newest + " of the host RPC at the most, the plugin " + VERSION.number()
                            + ".");
        }
        fields.u32("version_negotiated").set(payload, 0, VERSION.number());
        state = VgpuStatus.State.NEGOTIATED;
    }

    private void configure(MemorySegment payload) throws Refusal {
        require("its configuration", state == VgpuStatus.State.NEGOTIATED);
        Struct fields = layout.configParams();
        int wantedType = fields.u32("vgpu_type").get(payload, 0);
        long channels = fields.u32("num_channels").value(payload, 0);
        if (wantedType != type.id() || channels != request.channelCount()) {
            throw Refusal.argument("The configuration says type " + wantedType + " with " + channels
                    + " channels; the vGPU was booted as type " + type.id() + " with " + request.channelCount() + ".");
        }
        ByteBuffer bytes = ByteBuffer.wrap(fields.bytes("vgpu_uuid").get(payload, 0));
        uuid = new UUID(bytes.getLong(), bytes.getLong());
        state = VgpuStatus.State.ACTIVE;
    }

    /** The guest's firmware is gone; the host resets registers and clears memory by the ways that are there for that. */
    private void reset() throws Refusal {
        require("a reset", state == VgpuStatus.State.ACTIVE);
        busMasterEnabled = false;
        GspInstance instance = guest;
        if (instance != null) {
            instance.stop();
            instance.forgetSuspended();
        }
    }

    /** From the vGPU's next turn on. */
    private void schedule(MemorySegment payload) throws Refusal {
        require("its scheduling", state == VgpuStatus.State.ACTIVE);
        Struct fields = layout.scheduling();
        int priority = fields.u32("priority").get(payload, 0);
        Priority named = switch (priority) {
            case HostRpc.PRIORITY_LOW -> Priority.LOW;
            case HostRpc.PRIORITY_NORMAL -> Priority.NORMAL;
            case HostRpc.PRIORITY_HIGH -> Priority.HIGH;
            default -> throw Refusal.argument("There is no priority " + Integer.toUnsignedString(priority) + ".");
        };
        try {
            settings = new MemberSettings(
                    gfid(),
                    fields.u32("weight").get(payload, 0),
                    settings.maxInstances(),
                    named,
                    fields.u64("preemption_timeout_ns").get(payload, 0));
            engines.setSettings(settings);
        } catch (IllegalArgumentException e) {
            throw Refusal.argument(String.valueOf(e.getMessage()));
        }
    }

    private void updateBusMaster(MemorySegment payload) throws Refusal {
        require("a change of bus mastering", state == VgpuStatus.State.ACTIVE);
        Struct fields = layout.updateBmeState();
        busMasterEnabled = fields.u8("enable").isSet(payload, 0);
        fields.u8("allowed").set(payload, 0, busMasterEnabled);
    }
}
