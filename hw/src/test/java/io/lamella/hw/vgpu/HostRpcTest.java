// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.vgpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.gsp.GspAbi;
import org.junit.jupiter.api.Test;

/** Numbers are from the RFC series' headers, worked out by hand. */
class HostRpcTest {
    private final HostRpc r535 = HostRpc.of(GspAbi.R535);
    private final HostRpc r570 = HostRpc.of(GspAbi.R570);

    @Test
    void controlBufferIsTheSameInBothReleases() {
        for (HostRpc rpc : new HostRpc[] {r535, r570}) {
            assertThat(rpc.control().offsetOf("message_type")).isEqualTo(4);
            assertThat(rpc.control().offsetOf("message_seq_num")).isEqualTo(8);
            assertThat(rpc.control().offsetOf("response_buff_offset")).isEqualTo(16);
            assertThat(rpc.control().offsetOf("error_buff_offset")).isEqualTo(40);
            assertThat(rpc.control().offsetOf("is_migration_in_progress")).isEqualTo(52);
            assertThat(rpc.control().offsetOf("attached_vgpu_count")).isEqualTo(60);
            assertThat(rpc.control().offsetOf("host_info[1].vgpu_uuid")).isEqualTo(64 + 28 + 12);
            assertThat(rpc.control().sizeBytes())
                    .isEqualTo(512)
                    .isLessThanOrEqualTo(HostRpc.CONTROL_BUFFER.sizeBytes());
        }
    }

    @Test
    void responseBuffersDiffer() {
        assertThat(r535.response().offsetOf("message_seq_num_processed")).isZero();
        assertThat(r535.response().offsetOf("result_code")).isEqualTo(4);
        assertThat(r535.response().offsetOf("surface")).isEqualTo(24);
        assertThat(r535.response().offsetOf("surface[0].is_blanking_enabled")).isEqualTo(24 + 64);
        assertThat(r570.response().offsetOf("message_seq_num_processed")).isEqualTo(4);
        assertThat(r570.response().offsetOf("result_code")).isEqualTo(8);
        assertThat(r570.response().offsetOf("surface[0].is_blanking_enabled")).isEqualTo(24 + 61);
        assertThat(r535.response().find("frl_config")).isEmpty();
        assertThat(r570.response().find("frl_config")).isPresent();
        assertThat(r570.response().sizeBytes()).isLessThanOrEqualTo(HostRpc.RESPONSE_BUFFER.sizeBytes());
    }

    @Test
    void configParamsDiffer() {
        assertThat(r535.configParams().sizeBytes()).isEqualTo(88);
        assertThat(r535.configParams().offsetOf("host_page_size")).isEqualTo(64);
        assertThat(r535.configParams().offsetOf("enable_uvm")).isEqualTo(74);
        assertThat(r570.configParams().sizeBytes()).isEqualTo(112);
        assertThat(r570.configParams().offsetOf("enable_uvm")).isEqualTo(75);
        assertThat(r570.configParams().offsetOf("placement_id")).isEqualTo(84);
        assertThat(r570.configParams().offsetOf("channel_usage_threshold_percentage"))
                .isEqualTo(92);
    }

    @Test
    void buffersFollowOneAnother() {
        assertThat(HostRpc.RESPONSE_BUFFER.offset()).isEqualTo(HostRpc.CONTROL_BUFFER.end());
        assertThat(HostRpc.MESSAGE_BUFFER.offset()).isEqualTo(HostRpc.RESPONSE_BUFFER.end());
        assertThat(HostRpc.MIGRATION_BUFFER.offset()).isEqualTo(HostRpc.MESSAGE_BUFFER.end());
        assertThat(HostRpc.ERROR_BUFFER.offset()).isEqualTo(HostRpc.MIGRATION_BUFFER.end());
        assertThat(HostRpc.INIT_TASK_LOG_BUFFER.offset()).isEqualTo(HostRpc.ERROR_BUFFER.end());
        assertThat(HostRpc.VGPU_TASK_LOG_BUFFER.offset()).isEqualTo(HostRpc.INIT_TASK_LOG_BUFFER.end());
        assertThat(r535.kernelLogBuffer()).isEmpty();
        assertThat(r535.totalBytes()).isEqualTo(0x264000);
        assertThat(r570.kernelLogBuffer()).contains(new HostRpc.Buffer(0x264000, 0x10000));
        assertThat(r570.totalBytes()).isEqualTo(0x274000);
    }

    @Test
    void messageNumbersBelongToAVersion() {
        assertThat(HostRpcMessage.of(HostRpcVersion.V1, 14)).contains(HostRpcMessage.GET_GUEST_INFO);
        assertThat(HostRpcMessage.of(HostRpcVersion.V2, 14)).contains(HostRpcMessage.RESET_MIGRATION_BUFFER_POINTER);
        assertThat(HostRpcMessage.of(HostRpcVersion.V1, 15)).isEmpty();
        assertThat(HostRpcMessage.of(HostRpcVersion.V1, 0)).isEmpty();
        assertThat(HostRpcMessage.UPDATE_BME_STATE.number(HostRpcVersion.V1)).isEqualTo(13);
        assertThatThrownBy(() -> HostRpcMessage.CHECK_IS_ALIVE.number(HostRpcVersion.V1))
                .hasMessageContaining("no message CHECK_IS_ALIVE");
    }

    @Test
    void doorbellNamesTheVgpu() {
        assertThat(HostRpc.doorbell(3)).isEqualTo(113);
        assertThat(HostRpc.isDoorbell(113)).isTrue();
        assertThat(HostRpc.gfidOf(113)).isEqualTo(3);
        assertThat(HostRpc.isDoorbell(112)).isFalse();
    }
}
