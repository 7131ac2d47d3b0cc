// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.hw.struct.Struct;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Offsets and numbers as the drivers' sources have them, written out once more so that a slip in the layout shows. */
class BootStructsTest {
    @ParameterizedTest
    @CsvSource({
        "BIN_HEADER, 24, dataOffset, 16",
        "HS_HEADER_V2, 36, headerOffset, 28",
        "HS_LOAD_HEADER_V2, 20, osDataSize, 12",
        "HS_META, 12, ucodeId, 8",
        "FALCON_UCODE_DESC_V3, 44, signatureVersions, 40",
        "FALCON_UCODE_DESC_V3, 44, dmemLoadSize, 32",
        "FALCON_UCODE_DESC_V3, 44, engineIdMask, 36",
        "APP_INTERFACE_ENTRY, 8, dmemOffset, 4",
        "DMEM_MAPPER_V3, 64, initCommand, 44",
        "DMEM_MAPPER_V3, 64, cmdInBufferOffset, 8",
        "FWSEC_FRTS_COMMAND, 48, region.offset4K, 32",
        "PMU_LOOKUP_TABLE_ENTRY, 6, dataLow, 2",
        "ROM_IMAGE_HEADER, 26, pcirPointer, 24",
        "PCIR, 24, imageBlocks, 16",
        "PCIR, 24, codeType, 20",
        "PCIR, 24, indicator, 21",
        "NPDE, 12, imageBlocks, 8",
        "NPDE, 12, indicator, 10",
        "BIT_HEADER, 12, tokenSize, 9",
        "BIT_TOKEN, 6, dataPointer, 4",
    })
    void offsets(String name, int sizeBytes, String field, int offset) throws ReflectiveOperationException {
        Struct struct = (Struct) BootStructs.class.getField(name).get(null);
        assertThat(struct.sizeBytes()).as("size of %s", name).isEqualTo(sizeBytes);
        assertThat(struct.offsetOf(field)).as("%s.%s", name, field).isEqualTo(offset);
    }

    /** gsp_fw_wpr_meta.h and gsp_fw_sr_meta.h of both releases of NVIDIA's open modules. */
    @Test
    void metadataSentinels() {
        for (GspAbi abi : GspAbi.all()) {
            assertThat(abi.wprMeta().sizeBytes()).isEqualTo(256);
            assertThat(abi.wprMeta().offsetOf("verified")).isEqualTo(248);
        }
        assertThat(BootStructs.WPR_META_VERIFIED).isEqualTo(0xa0a0a0a0a0a0a0a0L);
        assertThat(BootStructs.WPR_META_MAGIC).isEqualTo(0xdc3aae21371a60b3L);
        assertThat(BootStructs.WPR_META_REVISION).isEqualTo(1);
        assertThat(BootStructs.SR_META_MAGIC).isEqualTo(0x8a3bb9e6c6c39d93L);
    }
}
