// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.fsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Offsets and numbers as nouveau's and nova-core's sources have them, written out once more. */
class FspMessagesTest {
    @ParameterizedTest
    @CsvSource({
        "COT, 860, gspFmcSysmemOffset, 4",
        "COT, 860, frtsSysmemOffset, 12",
        "COT, 860, frtsSysmemSize, 20",
        "COT, 860, frtsVidmemOffset, 24",
        "COT, 860, frtsVidmemSize, 32",
        "COT, 860, hash384, 36",
        "COT, 860, publicKey, 84",
        "COT, 860, signature, 468",
        "COT, 860, gspBootArgsSysmemOffset, 852",
        "PRC, 4, objectId, 2",
        "RESPONSE, 12, errorCode, 8",
        "PRC_RESPONSE, 4, value, 0",
        "HEADER, 8, nvdm, 4",
        "ELF_HEADER, 52, sectionHeaderOffset, 32",
        "ELF_HEADER, 52, nameSectionIndex, 50",
        "ELF_SECTION, 40, info, 28",
    })
    void offsets(String name, int sizeBytes, String field, int offset) throws ReflectiveOperationException {
        Struct struct = (Struct) FspMessages.class.getField(name).get(null);
        assertThat(struct.sizeBytes()).as("size of %s", name).isEqualTo(sizeBytes);
        assertThat(struct.offsetOf(field)).as("%s.%s", name, field).isEqualTo(offset);
    }

    @Test
    void bootParametersAreTheReleases() {
        Struct params = GspAbi.R570.struct("GSP_FMC_BOOT_PARAMS");
        assertThat(params.sizeBytes()).isEqualTo(80);
        assertThat(params.offsetOf("bootGspRmParams.gspRmDescOffset")).isEqualTo(16);
        assertThat(params.offsetOf("bootGspRmParams.bIsGspRmBoot")).isEqualTo(36);
        assertThat(params.offsetOf("gspRmParams.bootArgsOffset")).isEqualTo(48);
    }

    @Test
    void headers() {
        assertThat(FspMessages.Mctp.SINGLE.raw()).isEqualTo(0xc000_0000);
        FspMessages.Mctp second = new FspMessages.Mctp(0x5307_0000);
        assertThat(second.isStart()).isFalse();
        assertThat(second.isEnd()).isTrue();
        assertThat(second.sequence()).isEqualTo(1);
        assertThat(second.tag()).isEqualTo(3);
        assertThat(second.source()).isEqualTo(7);
        assertThat(FspMessages.Nvdm.of(FspMessages.TYPE_COT).raw()).isEqualTo(0x1410_de7e);
        assertThat(new FspMessages.Nvdm(0x1510_de7e).type()).isEqualTo(FspMessages.TYPE_RESPONSE);
        assertThat(new FspMessages.Nvdm(0x1510_de7e).isNvidia()).isTrue();
        assertThat(new FspMessages.Nvdm(0x1510_dd7e).isNvidia()).isFalse();
        assertThat(new FspMessages.Nvdm(0x1510_de7d).isNvidia()).isFalse();
    }
}
