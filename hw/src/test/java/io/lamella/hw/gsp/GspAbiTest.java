// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GspAbiTest {
    @Test
    void releaseIsKnownFromTheFirstMessage() {
        assertThat(GspAbi.ofSystemInfoPayload(664)).contains(GspAbi.R535);
        assertThat(GspAbi.ofSystemInfoPayload(928)).contains(GspAbi.R570);
        assertThat(GspAbi.ofSystemInfoPayload(665)).isEmpty();
        assertThat(GspAbi.ofRelease("535.113.01")).isSameAs(GspAbi.R535);
        assertThatThrownBy(() -> GspAbi.ofRelease("999.1")).hasMessageContaining("known are 570.144, 535.113.01");
    }

    @Test
    void sizesThatDriversCheck() {
        assertThat(GspAbi.R535.staticInfo().sizeBytes()).isEqualTo(2168);
        assertThat(GspAbi.R570.staticInfo().sizeBytes()).isEqualTo(1656);
        assertThat(GspAbi.R535.arguments().sizeBytes()).isEqualTo(80);
        assertThat(GspAbi.R570.arguments().sizeBytes()).isEqualTo(72);
        assertThat(GspAbi.R535.systemInfo().offsetOf("gspVFInfo")).isEqualTo(624);
        assertThat(GspAbi.R570.systemInfo().offsetOf("gspVFInfo")).isEqualTo(856);
        assertThat(GspAbi.R535.allocation(RmClass.ROOT).map(Struct::sizeBytes)).contains(108);
        assertThat(GspAbi.R570.allocation(RmClass.ROOT).map(Struct::sizeBytes)).contains(120);
        assertThat(GspAbi.R535.allocation(RmClass.AMPERE_CHANNEL).map(Struct::sizeBytes))
                .contains(360);
        assertThat(GspAbi.R570.allocation(RmClass.AMPERE_CHANNEL).map(Struct::sizeBytes))
                .contains(368);
        assertThat(GspAbi.R570.allocation(RmClass.DISPLAY_COMMON)).isEmpty();
        assertThat(GspAbi.R535.payload(GspEvent.RC_TRIGGERED).map(Struct::sizeBytes))
                .contains(20);
        assertThat(GspAbi.R570.payload(GspEvent.RC_TRIGGERED).map(Struct::sizeBytes))
                .contains(48);
        assertThat(GspAbi.R570.payload(GspFunction.UPDATE_BAR_PDE).map(Struct::sizeBytes))
                .contains(24);
        assertThat(GspAbi.R535.wprMeta().offsetOf("gspFwRsvdStart")).isEqualTo(88);
        assertThat(GspAbi.R570.wprMeta().offsetOf("pmuReservedSize")).isEqualTo(244);
    }

    @Test
    void controlNumbersBelongToARelease() {
        assertThat(GspAbi.R535.number(RmControl.SYSTEM_GET_SUPPORTED)).isEqualTo(0x730120);
        assertThat(GspAbi.R570.number(RmControl.SYSTEM_GET_SUPPORTED)).isEqualTo(0x730107);
        assertThat(GspAbi.R535.controlOf(0x20800ac3)).contains(RmControl.INTERNAL_FBSR_SEND_REGION_INFO);
        assertThat(GspAbi.R570.controlOf(0x20800ac3))
                .contains(RmControl.INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING);
        assertThat(GspAbi.R535.controlOf(0x208001b0)).isEmpty();
        assertThat(GspAbi.R535.has(RmControl.VGPU_MGR_SET_HETEROGENEOUS_MODE)).isFalse();
        assertThatThrownBy(() -> GspAbi.R535.number(RmControl.VGPU_MGR_SET_HETEROGENEOUS_MODE))
                .hasMessage("GSP firmware 535.113.01 has no control VGPU_MGR_SET_HETEROGENEOUS_MODE.");
    }

    @Test
    void everyControlThatDriversSendAtBootIsThere() {
        for (int number : new int[] {
            0x20800a5c, 0x20801112, 0x20802a08, 0x20800137, 0x20800138, 0x20800a1c, 0x00801813, 0x00801814, 0xa06f0103,
            0xa06f0104, 0x20800301, 0x2080017e, 0x20800170, 0x20800afa, 0x20804001, 0x20804002, 0x20804003, 0x20804008
        }) {
            assertThat(GspAbi.R535.controlOf(number))
                    .as(Integer.toHexString(number))
                    .isPresent();
            assertThat(GspAbi.R570.controlOf(number))
                    .as(Integer.toHexString(number))
                    .isPresent();
        }
        assertThat(GspAbi.R535.controlOf(0x20800a42))
                .isEqualTo(GspAbi.R570.controlOf(0x208001b0))
                .isPresent();
    }

    @Test
    void noTwoControlsShareANumber() {
        for (GspAbi abi : GspAbi.all()) {
            for (RmControl control : RmControl.values()) {
                if (abi.has(control)) {
                    assertThat(abi.controlOf(abi.number(control))).contains(control);
                }
            }
        }
    }

    @Test
    void fieldsReadAndWriteAtAnyBase() {
        Struct info = GspAbi.R570.staticInfo();
        StructField.Array regions = info.array("fbRegionInfoParams.fbRegion");
        StructField.U64 limit = regions.type().u64("limit");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4096);
            limit.set(memory, regions.at(3, 1), 0x1_2345_6789L);
            assertThat(memory.get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, 3 + 344 + 8 + 48 + 8))
                    .isEqualTo(0x1_2345_6789L);
            info.bytes("gpuNameString").setText(memory, 3, "NVIDIA L40");
            assertThat(info.bytes("gpuNameString").text(memory, 3)).isEqualTo("NVIDIA L40");
            info.scalar("fbp_mask").setValue(memory, 3, 0xffL);
            assertThat(info.u64("fbp_mask").get(memory, 3)).isEqualTo(0xff);
            assertThat(info.fits(memory, 4096 - info.sizeBytes())).isTrue();
            assertThat(info.fits(memory, 4097 - info.sizeBytes())).isFalse();
        }
    }

    @Test
    void aMissingFieldIsNamed() {
        Struct params = GspAbi.R535.control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK);
        assertThat(params.find("kernelLogBuffOffset")).isEqualTo(Optional.empty());
        assertThatThrownBy(() -> params.u64("kernelLogBuffOffset")).hasMessageContaining("has no field");
        assertThatThrownBy(() -> params.u64("gfid")).hasMessageContaining("is U32, not U64");
        assertThat(params.array("chidOffset").count()).isEqualTo(0x3e);
        assertThat(GspAbi.R570
                        .control(RmControl.VGPU_MGR_BOOTLOAD_PLUGIN_TASK)
                        .array("chidOffset")
                        .count())
                .isEqualTo(0x54);
        assertThatThrownBy(() -> params.array("chidOffset").at(0, 0x3e)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void bootStructuresAreAsDriversReadThem() {
        assertThat(BootStructs.FALCON_UCODE_DESC_V3.sizeBytes()).isEqualTo(0x2c);
        assertThat(BootStructs.FALCON_UCODE_DESC_V3.offsetOf("engineIdMask")).isEqualTo(0x24);
        assertThat(BootStructs.FALCON_UCODE_DESC_V3.offsetOf("signatureVersions"))
                .isEqualTo(0x28);
        assertThat(BootStructs.DMEM_MAPPER_V3.sizeBytes()).isEqualTo(64);
        assertThat(BootStructs.DMEM_MAPPER_V3.offsetOf("initCommand")).isEqualTo(0x2c);
        assertThat(BootStructs.FWSEC_FRTS_COMMAND.offsetOf("region")).isEqualTo(24);
        assertThat(BootStructs.FWSEC_FRTS_COMMAND.nested("region").type().sizeBytes())
                .isEqualTo(20);
        assertThat(BootStructs.BIN_HEADER.sizeBytes()).isEqualTo(24);
        assertThat(BootStructs.HS_HEADER_V2.sizeBytes()).isEqualTo(36);
        assertThat(BootStructs.HS_LOAD_HEADER_V2.offsetOf("app")).isEqualTo(20);
        assertThat(GspAbi.R570.bootloaderDescriptor().offsetOf("appVersion")).isEqualTo(28);
        assertThat(BootStructs.libosId("RMARGS")).isEqualTo(0x524d41524753L);
    }

    @Test
    void statusesHaveNames() {
        assertThat(NvStatus.NOT_SUPPORTED.code()).isEqualTo(0x56);
        assertThat(NvStatus.nameOf(0x51)).isEqualTo("NO_MEMORY");
        assertThat(NvStatus.nameOf(0x12345)).isEqualTo("status 0x12345");
        assertThat(GspEvent.of(0x1001)).contains(GspEvent.GSP_INIT_DONE);
        assertThat(GspFunction.of(76)).contains(GspFunction.GSP_RM_CONTROL);
        assertThat(RmClass.of(0xc56f)).contains(RmClass.AMPERE_CHANNEL);
    }
}
