// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.hw.Chip;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parses the containers by nouveau's rules. Offsets are written out, so as not to share the writer's mistakes. */
class SyntheticFirmwareTest {
    private static ByteBuffer file(String name, String release) {
        byte[] bytes = SyntheticFirmware.files(release).get("nvidia/ad102/gsp/" + name + "-" + release + ".bin");
        return ByteBuffer.wrap(Objects.requireNonNull(bytes, name)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Content of a section, looked up by its name as the driver does. */
    private static ByteBuffer section(ByteBuffer elf, String name) {
        int headers = Math.toIntExact(elf.getLong(0x28));
        int count = elf.getShort(0x3c);
        int names = Math.toIntExact(elf.getLong(headers + elf.getShort(0x3e) * 64 + 24));
        for (int i = 0; i < count; i++) {
            int header = headers + i * 64;
            if (text(elf, names + elf.getInt(header)).equals(name)) {
                int offset = Math.toIntExact(elf.getLong(header + 24));
                return elf.slice(offset, Math.toIntExact(elf.getLong(header + 32)))
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        throw new AssertionError("No section " + name);
    }

    private static String text(ByteBuffer buffer, int offset) {
        byte[] bytes = new byte[Math.min(64, buffer.limit() - offset)];
        buffer.get(offset, bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.substring(0, text.indexOf('\0'));
    }

    @ParameterizedTest
    @MethodSource("io.lamella.gpu.firmware.SyntheticFirmware#releases")
    void filesHaveTheNamesThatDriversAskFor(String release) {
        assertThat(SyntheticFirmware.files(Chip.AD102, release).keySet())
                .containsExactlyInAnyOrder(
                        "nvidia/ad102/gsp/gsp-" + release + ".bin",
                        "nvidia/ad102/gsp/bootloader-" + release + ".bin",
                        "nvidia/ad102/gsp/booter_load-" + release + ".bin",
                        "nvidia/ad102/gsp/booter_unload-" + release + ".bin");
    }

    @Test
    void chipsHaveFilesFromTheirFirstReleaseOn() {
        assertThat(SyntheticFirmware.files(Chip.GB202, "570.144").keySet())
                .containsExactly(
                        "nvidia/gb202/gsp/bootloader-570.144.bin",
                        "nvidia/gb202/gsp/fmc-570.144.bin",
                        "nvidia/gb202/gsp/gsp-570.144.bin");
        assertThat(SyntheticFirmware.files(Chip.GB202, "535.113.01")).isEmpty();
        assertThat(SyntheticFirmware.files("570.144")).hasSize(7);
        ByteBuffer elf = ByteBuffer.wrap(SyntheticFirmware.files("570.144").get("nvidia/gb202/gsp/gsp-570.144.bin"))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(section(elf, ".fwsignature_gb20x").limit()).isEqualTo(4096);
    }

    /** The header that nouveau compares byte by byte, and the parts that it looks up. */
    @Test
    void theFmcIsInTheContainerThatNouveauTakes() throws Exception {
        ByteBuffer elf = ByteBuffer.wrap(SyntheticFirmware.files("570.144").get("nvidia/gb202/gsp/fmc-570.144.bin"))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[52];
        elf.get(0, header);
        assertThat(HexFormat.of().formatHex(header))
                .isEqualTo("7f454c4601010100000000000000000000000000010000000000000000000000"
                        + "34000000000000003400000000002800" + "06000100");
        Map<String, byte[]> parts = new HashMap<>();
        for (int i = 1; i < 6; i++) {
            int at = 52 + 40 * i;
            boolean names = i == 1;
            assertThat(elf.getInt(at + 4)).as("type").isEqualTo(names ? 3 : 1);
            assertThat(elf.getInt(at + 8)).as("flags").isEqualTo(names ? 0x20 : 0xfff00102);
            int offset = elf.getInt(at + 16);
            byte[] content = new byte[elf.getInt(at + 20)];
            assertThat(offset).isBetween(52 + 6 * 40, elf.limit() - content.length);
            elf.get(offset, content);
            assertThat(elf.getInt(at + 28)).as("no CRC").isZero();
            parts.put(text(elf, elf.getInt(52 + 40 + 16) + elf.getInt(at)), content);
        }
        assertThat(parts.keySet()).containsExactlyInAnyOrder(".shstrtab", "hash", "signature", "publickey", "image");
        assertThat(parts.get("publickey")).hasSize(97);
        assertThat(parts.get("signature")).hasSize(96);
        assertThat(parts.get("hash"))
                .isEqualTo(MessageDigest.getInstance("SHA-384").digest(parts.get("image")));
    }

    @Test
    void thereAreTwoReleases() {
        assertThat(SyntheticFirmware.releases()).containsExactly("570.144", "535.113.01");
        assertThatThrownBy(() -> SyntheticFirmware.files("1.2")).hasMessageContaining("not known");
    }

    @ParameterizedTest
    @MethodSource("io.lamella.gpu.firmware.SyntheticFirmware#releases")
    void gspImageHasItsSections(String release) {
        ByteBuffer elf = file("gsp", release);
        assertThat(elf.getInt(0)).isEqualTo(0x464c457f);
        assertThat(elf.get(4)).as("64 bits").isEqualTo((byte) 2);
        assertThat(elf.get(5)).as("little endian").isEqualTo((byte) 1);
        assertThat(elf.getShort(0x3a)).as("size of a section header").isEqualTo((short) 64);
        ByteBuffer image = section(elf, ".fwimage");
        assertThat(image.limit())
                .isPositive()
                .satisfies(size -> assertThat(size % 4096).isZero());
        assertThat(section(elf, ".fwsignature_ad10x").limit()).isEqualTo(4096);
        assertThat(text(section(elf, ".fwversion"), 0)).isEqualTo(release);
        assertThat(SyntheticFirmware.releaseOf(MemorySegment.ofBuffer(image))).contains(release);
        ByteBuffer note = section(elf, ".note.lamella");
        assertThat(note.getInt(0)).isEqualTo(8);
        assertThat(text(note, 12)).isEqualTo("Lamella");
        assertThat(text(note, 20)).contains(release);
    }

    @Test
    void otherImagesAreNotTakenForSyntheticOnes() {
        assertThat(SyntheticFirmware.releaseOf(MemorySegment.ofArray(new byte[4096])))
                .isEmpty();
        assertThat(SyntheticFirmware.releaseOf(MemorySegment.ofArray(new byte[0])))
                .isEmpty();
        byte[] endless = new byte[64];
        byte[] marker =
                "Lamella synthetic GSP-RM 1111111111111111111111111111111111111111".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(marker, 0, endless, 0, 64);
        assertThat(SyntheticFirmware.releaseOf(MemorySegment.ofArray(endless))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.lamella.gpu.firmware.SyntheticFirmware#releases")
    void bootloaderHasItsDescriptor(String release) {
        ByteBuffer file = file("bootloader", release);
        int descriptor = checkBinHeader(file);
        int dataBytes = file.getInt(20);
        assertThat(dataBytes % 4096).isZero();
        assertThat(file.getInt(descriptor + 28)).as("appVersion").isNotZero();
        for (int field : new int[] {32, 40, 48}) {
            assertThat(file.getInt(descriptor + field) + file.getInt(descriptor + field + 4))
                    .as("part at descriptor + %d", field)
                    .isBetween(1, dataBytes);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"booter_load", "booter_unload"})
    void bootersAreSignedCodeAndData(String name) {
        for (String release : SyntheticFirmware.releases()) {
            ByteBuffer file = file(name, release);
            int header = checkBinHeader(file);
            int data = file.getInt(16);
            int dataBytes = file.getInt(20);
            int signatures = file.getInt(file.getInt(header + 24));
            assertThat(signatures).isPositive();
            assertThat(file.getInt(header + 4) / signatures).isEqualTo(384);
            int signature = file.getInt(header) + file.getInt(file.getInt(header + 12));
            assertThat(signature + file.getInt(header + 4)).isLessThanOrEqualTo(data);

            int load = file.getInt(header + 28);
            int osDataOffset = file.getInt(load + 8);
            int osDataBytes = file.getInt(load + 12);
            assertThat(file.getInt(load + 16)).as("applications").isPositive();
            int codeOffset = file.getInt(load + 20);
            int codeBytes = file.getInt(load + 24);
            assertThat(file.getInt(header + 32)).isEqualTo(20 + 16);
            assertThat(codeBytes)
                    .isPositive()
                    .satisfies(size -> assertThat(size % 256).isZero());
            assertThat(osDataBytes)
                    .isPositive()
                    .satisfies(size -> assertThat(size % 256).isZero());
            assertThat(codeOffset + codeBytes).isLessThanOrEqualTo(osDataOffset);
            assertThat(osDataOffset + osDataBytes).isLessThanOrEqualTo(dataBytes);
            int patch = file.getInt(file.getInt(header + 8));
            assertThat(patch).isGreaterThanOrEqualTo(osDataOffset);
            assertThat(patch + 384).isLessThanOrEqualTo(osDataOffset + osDataBytes);

            int meta = file.getInt(header + 16);
            assertThat(file.getInt(header + 20)).isEqualTo(12);
            assertThat(file.getInt(meta)).as("fuse version").isZero();
            assertThat(file.getInt(meta + 4)).as("SEC2").isEqualTo(1);
            assertThat(file.getInt(meta + 8)).as("ucode id").isBetween(1, 16);
            assertThat(text(file, data)).isEqualTo("Lamella: " + name + " " + release);
        }
    }

    /** @return offset of the header that it points at */
    private static int checkBinHeader(ByteBuffer file) {
        assertThat(file.getInt(0)).isEqualTo(0x10de);
        assertThat(file.getInt(4)).isEqualTo(1);
        assertThat(file.getInt(8)).isEqualTo(file.limit());
        assertThat(file.getInt(16) + file.getInt(20)).isEqualTo(file.limit());
        return file.getInt(12);
    }

    @Test
    void generatorWritesEveryFile(@TempDir Path directory) throws IOException {
        FirmwareGenerator.main(new String[] {directory.toString()});
        for (String release : SyntheticFirmware.releases()) {
            for (var entry : SyntheticFirmware.files(release).entrySet()) {
                assertThat(Files.readAllBytes(directory.resolve(entry.getKey())))
                        .isEqualTo(entry.getValue());
            }
        }
    }
}
