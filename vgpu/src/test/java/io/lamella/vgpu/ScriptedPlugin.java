// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.FbRange;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.HostRpc;
import io.lamella.hw.vgpu.HostRpcMessage;
import io.lamella.hw.vgpu.HostRpcVersion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The firmware task's end of the host RPC, as far as a manager can tell. */
final class ScriptedPlugin {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final HostRpc LAYOUT = HostRpc.of(GspAbi.R570);
    private static final Struct CONTROL = LAYOUT.control();
    private static final Struct RESPONSE = LAYOUT.response();

    final List<HostRpcMessage> messages = new ArrayList<>();
    private final ScriptedCore.Range frameBuffer;
    private final MemorySegment heap;
    boolean stopped;
    boolean busMaster;
    boolean deaf;
    int resets;
    int nextResult;
    int version = 1;
    int placementId;
    boolean console;
    boolean unifiedMemory;

    /** Weight, priority and preemption timeout as last told, or empty. */
    String scheduling = "";

    ScriptedPlugin(ScriptedCore.Range frameBuffer, MemorySegment heap, boolean silent) {
        this.frameBuffer = frameBuffer;
        this.heap = heap;
        if (!silent) {
            CONTROL.u32("message_seq_num").set(heap, 0, HostRpc.BOOTLOADED);
        }
    }

    void touchedBy(FbRange scrubbed, List<String> faults) {
        if (!stopped && scrubbed == frameBuffer && resets == 0) {
            faults.add("The memory of a running firmware task was cleared.");
        }
    }

    void ring() {
        if (stopped || deaf) {
            return;
        }
        long response = CONTROL.u64("response_buff_offset").get(heap, 0);
        long payload = CONTROL.u64("message_buff_offset").get(heap, 0);
        HostRpcMessage message = HostRpcMessage.of(
                        HostRpcVersion.V1, CONTROL.u32("message_type").get(heap, 0))
                .orElseThrow();
        messages.add(message);
        if (nextResult == 0) {
            serve(message, payload);
        }
        RESPONSE.u32("result_code").set(heap, response, nextResult);
        RESPONSE.u32("message_seq_num_processed")
                .set(heap, response, CONTROL.u32("message_seq_num").get(heap, 0));
        nextResult = 0;
    }

    private void serve(HostRpcMessage message, long payload) {
        switch (message) {
            case VERSION_NEGOTIATION ->
                LAYOUT.versionNegotiation().u32("version_negotiated").set(heap, payload, version);
            case UPDATE_BME_STATE -> {
                busMaster = LAYOUT.updateBmeState().u8("enable").isSet(heap, payload);
                LAYOUT.updateBmeState().u8("allowed").set(heap, payload, 1);
            }
            case RESET -> {
                resets++;
                busMaster = false;
            }
            case SETUP_CONFIG_PARAMS_AND_INIT -> {
                Struct fields = LAYOUT.configParams();
                placementId = fields.u16("placement_id").get(heap, payload) & 0xffff;
                console = fields.u8("enable_console_vnc").isSet(heap, payload);
                unifiedMemory = fields.u8("enable_uvm").isSet(heap, payload);
            }
            case LAMELLA_SCHEDULING -> {
                Struct fields = LAYOUT.scheduling();
                scheduling = fields.u32("weight").get(heap, payload) + " "
                        + fields.u32("priority").get(heap, payload) + " "
                        + fields.u64("preemption_timeout_ns").get(heap, payload);
            }
            default -> {}
        }
    }
}
