// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.gsp.FakeHost;
import io.lamella.gpu.gsp.GspInstance;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.hw.vgpu.HostRpcMessage;
import io.lamella.hw.vgpu.HostRpcVersion;
import java.lang.foreign.MemorySegment;

/** The host's end of the message buffers of one vGPU. */
final class HostEnd {
    private final HostRpc rpc;
    private final int gfid;
    private final long heapBase;
    private final FbSegment fb;
    private final GspInstance gsp;
    private final FakeHost host;
    private int sequence;

    HostEnd(GspAbi abi, int gfid, long heapBase, FbSegment fb, GspInstance gsp, FakeHost host) {
        this.rpc = HostRpc.of(abi);
        this.gfid = gfid;
        this.heapBase = heapBase;
        this.fb = fb;
        this.gsp = gsp;
        this.host = host;
    }

    private long control(String field) {
        return heapBase + HostRpc.CONTROL_BUFFER.offset() + rpc.control().offsetOf(field);
    }

    private long response(String field) {
        return heapBase + HostRpc.RESPONSE_BUFFER.offset() + rpc.response().offsetOf(field);
    }

    boolean isReady() {
        return fb.readInt(control("message_seq_num")) == HostRpc.BOOTLOADED;
    }

    /** The result; {@code payload} becomes the answer. */
    int call(int type, MemorySegment payload) {
        long buffer = heapBase + HostRpc.MESSAGE_BUFFER.offset();
        fb.copyFrom(buffer, payload);
        fb.writeInt(control("message_type"), type);
        fb.writeInt(control("message_seq_num"), ++sequence);
        gsp.hostDoorbell(HostRpc.doorbell(gfid));
        host.awaitIdle();
        assertThat(fb.readInt(response("message_seq_num_processed"))).isEqualTo(sequence);
        fb.copyTo(buffer, payload);
        return fb.readInt(response("result_code"));
    }

    int call(HostRpcMessage message, MemorySegment payload) {
        return call(message.number(HostRpcVersion.V1), payload);
    }

    int negotiate() {
        MemorySegment payload =
                MemorySegment.ofArray(new byte[rpc.versionNegotiation().sizeBytes()]);
        rpc.versionNegotiation().u32("version_cpu").set(payload, 0, 7);
        int result = call(HostRpcMessage.VERSION_NEGOTIATION, payload);
        assertThat(rpc.versionNegotiation().u32("version_negotiated").get(payload, 0))
                .isEqualTo(1);
        return result;
    }

    int configure(int type) {
        Struct layout = rpc.configParams();
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        byte[] uuid = java.nio.ByteBuffer.allocate(16)
                .putLong(VgpuPluginTest.VGPU_UUID.getMostSignificantBits())
                .putLong(VgpuPluginTest.VGPU_UUID.getLeastSignificantBits())
                .array();
        layout.bytes("vgpu_uuid").set(payload, 0, uuid);
        layout.u32("vgpu_type").set(payload, 0, type);
        layout.u32("num_channels").set(payload, 0, 32);
        return call(HostRpcMessage.SETUP_CONFIG_PARAMS_AND_INIT, payload);
    }

    boolean allowsBusMaster() {
        Struct layout = rpc.updateBmeState();
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u8("enable").set(payload, 0, true);
        assertThat(call(HostRpcMessage.UPDATE_BME_STATE, payload)).isZero();
        return layout.u8("allowed").isSet(payload, 0);
    }
}
