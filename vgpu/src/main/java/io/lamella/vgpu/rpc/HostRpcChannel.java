// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.rpc;

import io.lamella.core.BarMapping;
import io.lamella.core.CoreClock;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.hw.vgpu.HostRpcMessage;
import io.lamella.hw.vgpu.HostRpcVersion;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.VgpuParameters;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.function.IntPredicate;

/** The host's end of the host RPC of one vGPU. */
public final class HostRpcChannel {
    /** The control buffer's layout, as the host announces it. */
    private static final int CONTROL_VERSION = 1;

    private static final HostRpcVersion NEWEST = HostRpcVersion.V1;
    private static final long FIRST_PAUSE_NANOS = 20_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000;
    private static final int HYPERVISOR_KVM = 4;
    private static final int NO_INSTANCE = -1;

    private final HostRpc layout;
    private final BarMapping memory;
    private final Runnable doorbell;
    private final CoreClock clock;
    private final int timeoutMillis;
    private volatile int negotiated;
    private int sequence;

    /**
     * Lays the control buffer out; the task may be started after that.
     *
     * @param layout of the firmware release
     * @param memory the beginning of the management heap, cleared
     * @param doorbell tells the task of a message
     * @param timeoutMillis how long the task may take over a call
     */
    public HostRpcChannel(HostRpc layout, BarMapping memory, Runnable doorbell, CoreClock clock, int timeoutMillis) {
        this.layout = layout;
        this.memory = memory;
        this.doorbell = doorbell;
        this.clock = clock;
        this.timeoutMillis = timeoutMillis;
        memory.writeInt(control("version"), CONTROL_VERSION);
        announce("response_buff_offset", HostRpc.RESPONSE_BUFFER);
        announce("message_buff_offset", HostRpc.MESSAGE_BUFFER);
        announce("migration_buff_offset", HostRpc.MIGRATION_BUFFER);
        announce("error_buff_offset", HostRpc.ERROR_BUFFER);
    }

    private void announce(String field, HostRpc.Buffer buffer) {
        memory.writeLong(control(field), buffer.offset());
    }

    private int control(String field) {
        return HostRpc.CONTROL_BUFFER.offset() + layout.control().offsetOf(field);
    }

    private int response(String field) {
        return HostRpc.RESPONSE_BUFFER.offset() + layout.response().offsetOf(field);
    }

    /** Returns when the task has shown that it runs. @throws VgpuException {@code FIRMWARE} if it has not within the time */
    public void awaitReady(int limitMillis) {
        if (!await(control("message_seq_num"), value -> value == HostRpc.BOOTLOADED, limitMillis)) {
            throw new VgpuException(
                    Reason.FIRMWARE, "The firmware task has not shown within " + limitMillis + " ms that it runs.");
        }
    }

    /** The version in use, or 0 before {@link #negotiate}. */
    public int version() {
        return negotiated;
    }

    /** Agrees with the task on a version. @throws VgpuException {@code FIRMWARE} if there is none that both speak */
    public synchronized void negotiate() {
        Struct request = layout.versionNegotiation();
        MemorySegment payload = empty(request);
        request.u32("version_cpu").set(payload, 0, NEWEST.number());
        MemorySegment reply = call(HostRpcMessage.VERSION_NEGOTIATION, payload);
        int answer = request.u32("version_negotiated").get(reply, 0);
        if (answer < 1 || answer > NEWEST.number() || HostRpcVersion.of(answer).isEmpty()) {
            throw new VgpuException(
                    Reason.FIRMWARE,
                    "The firmware task answered with host RPC version " + Integer.toUnsignedString(answer)
                            + "; this manager speaks 1 to " + NEWEST.number() + ".");
        }
        negotiated = answer;
    }

    /** Configures the task and has it start its vGPU. @throws VgpuException {@code FIRMWARE} */
    public synchronized void configure(PluginConfiguration configuration) {
        Struct request = layout.configParams();
        MemorySegment payload = empty(request);
        request.bytes("vgpu_uuid").set(payload, 0, bytes(configuration.uuid()));
        request.u32("dbdf").set(payload, 0, configuration.functionAddress());
        request.u32("vgpu_type").set(payload, 0, configuration.typeId());
        request.u32("vm_pid").set(payload, 0, (int) configuration.hostProcessId());
        request.u32("swizz_id").set(payload, 0, NO_INSTANCE);
        request.u32("num_channels").set(payload, 0, configuration.channels());
        request.u32("num_plugin_channels").set(payload, 0, configuration.pluginChannels());
        request.u32("hypervisor_type").set(payload, 0, HYPERVISOR_KVM);
        request.u32("host_cpu_arch").set(payload, 0, cpuArchitecture());
        request.u64("host_page_size").set(payload, 0, 4096);
        request.u8("enable_uvm").set(payload, 0, configuration.unifiedMemory());
        request.u8("enable_console_vnc").set(payload, 0, configuration.console());
        if (request.find("placement_id").isPresent()) {
            request.u16("placement_id").set(payload, 0, configuration.placementId());
        }
        var _ = call(HostRpcMessage.SETUP_CONFIG_PARAMS_AND_INIT, payload);
    }

    private static int cpuArchitecture() {
        return "aarch64".equals(System.getProperty("os.arch")) ? HostRpc.HOST_CPU_AARCH64 : HostRpc.HOST_CPU_X86_64;
    }

    private static byte[] bytes(UUID uuid) {
        return ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    /** Tells the task whether its function may do DMA. @throws VgpuException {@code FIRMWARE} if it does not agree */
    public synchronized void updateBusMaster(boolean enabled) {
        Struct request = layout.updateBmeState();
        MemorySegment payload = empty(request);
        request.u8("enable").set(payload, 0, enabled);
        MemorySegment reply = call(HostRpcMessage.UPDATE_BME_STATE, payload);
        if (enabled && !request.u8("allowed").isSet(reply, 0)) {
            throw new VgpuException(Reason.FIRMWARE, "The firmware task does not allow bus mastering.");
        }
    }

    /**
     * Says how the vGPU counts for the scheduler. The message is Lamella's own: NVIDIA's firmware has no such settings and refuses it.
     *
     * @throws VgpuException {@code FIRMWARE}
     */
    public synchronized void setScheduling(VgpuParameters parameters) {
        Struct request = layout.scheduling();
        MemorySegment payload = empty(request);
        request.u32("weight").set(payload, 0, parameters.weight());
        request.u32("priority")
                .set(
                        payload,
                        0,
                        switch (parameters.priority()) {
                            case LOW -> HostRpc.PRIORITY_LOW;
                            case NORMAL -> HostRpc.PRIORITY_NORMAL;
                            case HIGH -> HostRpc.PRIORITY_HIGH;
                        });
        request.u64("preemption_timeout_ns").set(payload, 0, parameters.preemptionTimeoutMillis() * 1_000_000L);
        var _ = call(HostRpcMessage.LAMELLA_SCHEDULING, payload);
    }

    /** Sets the vGPU back to how it was after {@link #configure}. @throws VgpuException {@code FIRMWARE} */
    public synchronized void reset() {
        var _ = call(HostRpcMessage.RESET, MemorySegment.ofArray(new byte[0]));
    }

    private static MemorySegment empty(Struct struct) {
        return MemorySegment.ofArray(new byte[struct.sizeBytes()]);
    }

    /** Sends a message, waits for its end and returns what is then in the message buffer, as long as the payload was. */
    private MemorySegment call(HostRpcMessage message, MemorySegment payload) {
        sequence++;
        memory.write(HostRpc.MESSAGE_BUFFER.offset(), payload);
        memory.writeInt(control("message_type"), message.number(NEWEST));
        memory.writeInt(control("message_seq_num"), sequence);
        doorbell.run();
        int wanted = sequence;
        if (!await(response("message_seq_num_processed"), value -> value == wanted, timeoutMillis)) {
            throw new VgpuException(
                    Reason.FIRMWARE,
                    "The firmware task has not answered " + message + ", message " + wanted + ", within "
                            + timeoutMillis + " ms.");
        }
        int result = memory.readInt(response("result_code"));
        if (result != 0) {
            throw new VgpuException(
                    Reason.FIRMWARE,
                    "The firmware task refused " + message + " with result 0x" + Integer.toHexString(result) + ".");
        }
        MemorySegment reply = MemorySegment.ofArray(new byte[(int) payload.byteSize()]);
        memory.read(HostRpc.MESSAGE_BUFFER.offset(), reply);
        return reply;
    }

    /** Looks at a word, less and less often, until it is right or the time is over. */
    private boolean await(long offset, IntPredicate wanted, int limitMillis) {
        long start = clock.nanoTime();
        long limitNanos = limitMillis * 1_000_000L;
        long pause = FIRST_PAUSE_NANOS;
        while (!wanted.test(memory.readInt(offset))) {
            if (clock.nanoTime() - start >= limitNanos) {
                return false;
            }
            clock.sleepNanos(pause);
            pause = Math.min(LONGEST_PAUSE_NANOS, pause * 2);
        }
        return true;
    }
}
