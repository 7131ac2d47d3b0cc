// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.Chip;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parses the containers by nova-core's rules. */
class NovaFirmwareTest {
    private static final Map<String, byte[]> ADA = NovaFirmware.files(Chip.AD102);

    /** Blocks must fill the file exactly; a tag counts where it is first. */
    private static Map<String, byte[]> blocks(Map<String, byte[]> files, String name) {
        ByteBuffer file =
                ByteBuffer.wrap(Objects.requireNonNull(files.get(name), name)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(word(file)).isEqualTo("NVFW");
        Map<String, byte[]> blocks = new LinkedHashMap<>();
        while (file.hasRemaining()) {
            String tag = word(file);
            byte[] value = new byte[file.getInt()];
            file.get(value);
            file.position((file.position() + 3) & ~3);
            blocks.putIfAbsent(tag, value);
        }
        assertThat(blocks.get("VERS")).asString(StandardCharsets.US_ASCII).isEqualTo("570.144");
        return blocks;
    }

    private static String word(ByteBuffer file) {
        byte[] tag = new byte[4];
        file.get(tag);
        return new String(tag, StandardCharsets.US_ASCII);
    }

    private static int number(Map<String, byte[]> blocks, String tag) {
        byte[] value = Objects.requireNonNull(blocks.get(tag), tag);
        assertThat(value).hasSize(4);
        return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    @Test
    void theImageIsAsLongAsItsDescriptionSaysAndNamesItsRelease() {
        Map<String, byte[]> gsp = blocks(ADA, "nvidia/ad102/gsp/gsp.tlv");
        String file = new String(Objects.requireNonNull(gsp.get("FILE")), StandardCharsets.US_ASCII);
        byte[] image = Objects.requireNonNull(ADA.get("nvidia/ad102/gsp/" + file));
        assertThat(image).hasSize(number(gsp, "SIZE"));
        assertThat(gsp.get("SIGN")).isNotEmpty();
        assertThat(SyntheticFirmware.releaseOf(MemorySegment.ofArray(image))).contains("570.144");
    }

    @Test
    void theBootloadersPartsLieInIt() {
        Map<String, byte[]> loader = blocks(ADA, "nvidia/ad102/gsp/gsp_bootloader.tlv");
        int size = Objects.requireNonNull(loader.get("BLOB")).length;
        for (String part : new String[] {"CDOF", "DAOF", "MFOF"}) {
            assertThat(number(loader, part)).isBetween(0, size - 1);
        }
        assertThat(number(loader, "APPV")).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"booter_load", "booter_unload"})
    void aBooterCanBeSignedAndLoadedInBlocksOf256Bytes(String name) {
        Map<String, byte[]> booter = blocks(ADA, "nvidia/ad102/gsp/" + name + ".tlv");
        int size = Objects.requireNonNull(booter.get("BLOB")).length;
        int signature = Objects.requireNonNull(booter.get("SIGN")).length;
        assertThat(signature % number(booter, "NSIG")).isZero();
        assertThat(number(booter, "PLOC") - number(booter, "DAOF")).isNotNegative();
        assertThat(number(booter, "PLOC") + signature / number(booter, "NSIG")).isLessThanOrEqualTo(size);
        assertThat(number(booter, "A0CO") + number(booter, "A0CS")).isLessThanOrEqualTo(size);
        assertThat(number(booter, "DAOF") + number(booter, "DASZ")).isLessThanOrEqualTo(size);
        assertThat(number(booter, "A0CS")).isPositive().matches(bytes -> bytes % 256 == 0);
        assertThat(number(booter, "DASZ")).isPositive().matches(bytes -> bytes % 256 == 0);
    }

    @Test
    void aChipWithFspHasAFirstImageInPlaceOfTheBooters() {
        Map<String, byte[]> files = NovaFirmware.files(Chip.GB202);
        assertThat(files.keySet())
                .containsExactlyInAnyOrder(
                        "nvidia/gb202/gsp/gsp.bin",
                        "nvidia/gb202/gsp/gsp.tlv",
                        "nvidia/gb202/gsp/gsp_bootloader.tlv",
                        "nvidia/gb202/gsp/fmc.tlv");
        Map<String, byte[]> fmc = blocks(files, "nvidia/gb202/gsp/fmc.tlv");
        assertThat(fmc.get("HASH")).hasSize(48);
        assertThat(fmc.get("PKEY")).hasSizeLessThanOrEqualTo(384);
        assertThat(fmc.get("SIGN")).hasSizeLessThanOrEqualTo(384);
        assertThat(fmc.get("BLOB")).isNotEmpty();
    }

    @Test
    void tagsHaveFourLettersAndValuesArePadded() {
        assertThat(new TlvFile("1").text("ABCD", "xyzuv").file())
                .isEqualTo("NVFWVERS\1\0\0\0001\0\0\0ABCD\5\0\0\0xyzuv\0\0\0".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> new TlvFile("1").number("ABC", 1)).hasMessageContaining("four letters");
    }
}
