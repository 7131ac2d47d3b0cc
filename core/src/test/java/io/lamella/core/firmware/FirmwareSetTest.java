// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.Blob;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FirmwareSource;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.testing.RegisterFunction;
import io.lamella.hw.Chip;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class FirmwareSetTest {
    private static final String SECTION = ".fwsignature_ad10x";
    private static final String FOLDER = "nvidia/ad102/gsp/";

    private final Map<String, byte[]> files = new HashMap<>();

    private FirmwareSource source() {
        return name -> Optional.ofNullable(files.get(name));
    }

    private void addRelease(String release) {
        files.put(FOLDER + "gsp-" + release + ".bin", elf());
        files.put(FOLDER + "bootloader-" + release + ".bin", bootloader());
        files.put(FOLDER + "booter_load-" + release + ".bin", booter(3, 1));
        files.put(FOLDER + "booter_unload-" + release + ".bin", booter(3, 1));
    }

    private static byte[] elf() {
        return elf(SECTION);
    }

    private static byte[] elf(String signature) {
        // Sections: null, image at 0x200, signature at 0x600, names at 0x700; headers at 0x40.
        String names = "\0.fwimage\0" + signature + "\0.shstrtab\0";
        Blob blob = new Blob(0x800).u32(0, 0x464c457f).u8(4, 2).u8(5, 1);
        blob.u64(0x28, 0x40).u16(0x3a, 64).u16(0x3c, 4).u16(0x3e, 3);
        section(blob, 1, 1, 0x200, 0x400);
        section(blob, 2, 10, 0x600, 0x80);
        section(blob, 3, 11 + signature.length(), 0x700, names.length());
        return blob.fill(0x200, 0x400, 0xab)
                .fill(0x600, 0x80, 0xcd)
                .text(0x700, names)
                .bytes();
    }

    private static void section(Blob blob, int index, int name, long offset, long size) {
        long at = 0x40 + index * 64L;
        blob.u32(at, name).u64(at + 0x18, offset).u64(at + 0x20, size);
    }

    private static byte[] bootloader() {
        return new Blob(0x400)
                .u32(0, 0x10de)
                .u32(4, 1)
                .u32(12, 0x18)
                .u32(16, 0x100)
                .u32(20, 0x200)
                .u32(0x18 + 28, 0x12345)
                .u32(0x18 + 32, 0x10)
                .u32(0x18 + 40, 0x20)
                .u32(0x18 + 48, 0x30)
                .fill(0x100, 0x200, 0x77)
                .bytes();
    }

    /** Header at 0x18, load header at 0x40, numbers at 0x80, signatures of 384 bytes at 0x100, data (code, data) at 0x800. */
    private static byte[] booter(int fuseVersion, int signatures) {
        Blob blob = new Blob(0x1000)
                .u32(0, 0x10de)
                .u32(12, 0x18)
                .u32(16, 0x800)
                .u32(20, 0x800)
                .u32(0x18, 0x100)
                .u32(0x18 + 4, 384L * signatures)
                .u32(0x18 + 8, 0x80)
                .u32(0x18 + 12, 0x84)
                .u32(0x18 + 16, 0x90)
                .u32(0x18 + 20, 12)
                .u32(0x18 + 24, 0x88)
                .u32(0x18 + 28, 0x40)
                .u32(0x18 + 32, 36);
        blob.u32(0x40 + 8, 0x400)
                .u32(0x40 + 12, 0x400)
                .u32(0x40 + 16, 1)
                .u32(0x40 + 20, 0x100)
                .u32(0x40 + 24, 0x300);
        blob.u32(0x80, 0x500).u32(0x84, 0).u32(0x88, signatures);
        blob.u32(0x90, fuseVersion).u32(0x94, 1).u32(0x98, 3);
        for (int i = 0; i < signatures; i++) {
            blob.fill(0x100 + 384L * i, 384, 0xa0 + i);
        }
        return blob.fill(0x800, 0x400, 0x11).fill(0xc00, 0x400, 0x22).bytes();
    }

    private FirmwareSet load(String... releases) {
        return FirmwareSet.load(source(), Chip.AD102, List.of(releases));
    }

    private static BootFiles.Booters booters(FirmwareSet set) {
        return (BootFiles.Booters) set.bootFiles();
    }

    @Test
    void takesTheFirstReleaseThatIsComplete() {
        addRelease("570.144");
        addRelease("535.113.01");
        assertThat(load("570.144", "535.113.01").release()).isEqualTo("570.144");
        files.remove(FOLDER + "booter_unload-570.144.bin");
        FirmwareSet set = load("570.144", "535.113.01");
        assertThat(set.release()).isEqualTo("535.113.01");
        assertThat(set.gsp().image().sizeBytes()).isEqualTo(0x400);
        assertThat(set.gsp().image().u8(0)).isEqualTo(0xab);
        assertThat(set.gsp().signature().u8(0x7f)).isEqualTo(0xcd);
        assertThat(set.bootloader())
                .extracting(
                        BootloaderImage::version,
                        BootloaderImage::manifestOffset,
                        BootloaderImage::dataOffset,
                        BootloaderImage::codeOffset)
                .containsExactly(0x12345, 0x10L, 0x20L, 0x30L);
        assertThat(set.bootloader().image().u8(0x1ff)).isEqualTo(0x77);
    }

    @Test
    void namesWhatIsMissing() {
        addRelease("570.144");
        files.remove(FOLDER + "bootloader-570.144.bin");
        assertThatThrownBy(() -> load("570.144"))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_FOUND))
                .hasMessageContaining(FOLDER + "bootloader-570.144.bin")
                .hasMessageNotContaining("booter_load");
    }

    @Test
    void passesOnWhatCannotBeRead() {
        FirmwareSource broken = name -> {
            throw new IOException("bad disk");
        };
        assertThatThrownBy(() -> FirmwareSet.load(broken, Chip.AD102, List.of("570.144")))
                .hasMessageContaining("gsp-570.144.bin")
                .hasMessageContaining("bad disk");
    }

    @Test
    void choosesTheSignatureByTheFuse() {
        RegisterFunction registers = new RegisterFunction();
        Device device = registers.device();
        BooterImage booter = BooterImage.parse(io.lamella.core.device.Bytes.of("booter", booter(3, 3)));
        assertThat(signatureOf(booter.program("booter", device))).isEqualTo(0xa2);
        registers.set(0x824140 + 2 * 4, 0b001);
        assertThat(signatureOf(booter.program("booter", device))).isEqualTo(0xa2);
        registers.set(0x824140 + 2 * 4, 0b011);
        assertThat(signatureOf(booter.program("booter", device))).isEqualTo(0xa1);
        registers.set(0x824140 + 2 * 4, 0b111);
        FalconProgram program = booter.program("booter", device);
        assertThat(signatureOf(program)).isEqualTo(0xa0);
        assertThat(program)
                .extracting(
                        FalconProgram::codeOffset,
                        FalconProgram::codeBytes,
                        FalconProgram::dataOffset,
                        FalconProgram::dataBytes,
                        FalconProgram::signatureAddress,
                        FalconProgram::bootAddress,
                        FalconProgram::ucodeId)
                .containsExactly(0x100, 0x300, 0x400, 0x400, 0x100, 0x100, 3);
        registers.set(0x824140 + 2 * 4, 0b1111);
        assertThatThrownBy(() -> booter.program("booter", device)).hasMessageContaining("revoke");
    }

    private static int signatureOf(FalconProgram program) {
        byte[] image = program.image().toArray(ValueLayout.JAVA_BYTE);
        assertThat(image[0x500 + 383]).isEqualTo(image[0x500]);
        assertThat(image[0x500 + 384]).isEqualTo((byte) 0x22);
        return Byte.toUnsignedInt(image[0x500]);
    }

    @Test
    void saysWhatIsWrongWithAnyDamagedFile() {
        long seed = System.nanoTime();
        System.out.println("FirmwareSetTest seed " + seed);
        Random random = new Random(seed);
        RegisterFunction registers = new RegisterFunction();
        for (int i = 0; i < 20_000; i++) {
            files.clear();
            addRelease("570.144");
            String victim = List.copyOf(files.keySet()).get(random.nextInt(4));
            byte[] content = java.util.Objects.requireNonNull(files.get(victim));
            if (random.nextBoolean()) {
                content = java.util.Arrays.copyOf(content, random.nextInt(content.length));
            }
            for (int damage = random.nextInt(8); damage > 0 && content.length > 0; damage--) {
                content[random.nextInt(Math.min(content.length, 0x180))] = (byte) random.nextInt();
            }
            files.put(victim, content);
            try {
                FirmwareSet set = load("570.144");
                booters(set).load().program("booter", registers.device());
                booters(set).unload().program("booter", registers.device());
            } catch (CoreException refused) {
                assertThat(refused.getMessage()).endsWith(".");
            }
        }
    }

    /** Five sections behind the header, with or without checksums. */
    private static byte[] fmc(int keyBytes, boolean checksums) {
        String names = "\0hash\0signature\0publickey\0image\0";
        int[] nameAt = {0, 1, 6, 16, 26};
        int[] size = {names.length(), 48, 96, keyBytes, 0x300};
        Blob blob = new Blob(0x800)
                .u32(0, 0x464c457f)
                .u8(4, 1)
                .u8(5, 1)
                .u8(6, 1)
                .u32(20, 1)
                .u32(32, 0x34)
                .u16(40, 0x34)
                .u16(46, 0x28)
                .u16(48, 6)
                .u16(50, 1);
        long at = 0x34 + 6 * 0x28;
        for (int i = 0; i < 5; i++) {
            long header = 0x34 + (i + 1) * 0x28L;
            if (i == 0) {
                blob.text(at, names);
            } else {
                blob.fill(at, size[i], 0x10 + i);
            }
            CRC32 crc = new CRC32();
            crc.update(blob.bytes(), (int) at, size[i]);
            blob.u32(header, nameAt[i])
                    .u32(header + 16, at)
                    .u32(header + 20, size[i])
                    .u32(header + 28, checksums ? (int) crc.getValue() : 0);
            at += size[i];
        }
        return blob.bytes();
    }

    private FirmwareSet blackwell(byte[] fmc) {
        String folder = "nvidia/gb202/gsp/";
        files.put(folder + "gsp-570.144.bin", elf(".fwsignature_gb20x"));
        files.put(folder + "bootloader-570.144.bin", bootloader());
        files.put(folder + "fmc-570.144.bin", fmc);
        return FirmwareSet.load(source(), Chip.GB202, List.of("535.113.01", "570.144"));
    }

    @Test
    void takesAnFmcWhereTheFspBoots() {
        FirmwareSet set = blackwell(fmc(97, true));
        assertThat(set.release()).isEqualTo("570.144");
        assertThat(set.bootFiles()).isInstanceOfSatisfying(FmcImage.class, fmc -> {
            assertThat(fmc.image().sizeBytes()).isEqualTo(0x300);
            assertThat(fmc.image().u8(0)).isEqualTo(0x14);
            assertThat(fmc.hash().u8(47)).isEqualTo(0x11);
            assertThat(fmc.publicKey().u8(96)).isEqualTo(0x13);
            assertThat(fmc.signature().u8(95)).isEqualTo(0x12);
        });
        assertThat(blackwell(fmc(97, false)).bootFiles()).isInstanceOf(FmcImage.class);
    }

    @Test
    void saysWhatIsWrongWithAnFmc() {
        assertThatThrownBy(() -> blackwell(fmc(384, true)))
                .hasMessageContaining("fmc-570.144.bin")
                .hasMessageContaining("public key has 384 bytes instead of 97");
        byte[] damaged = fmc(97, true);
        damaged[damaged.length / 2] ^= 1;
        assertThatThrownBy(() -> blackwell(damaged)).hasMessageContaining("checksum of its section image");
        files.remove("nvidia/gb202/gsp/fmc-570.144.bin");
        assertThatThrownBy(() -> FirmwareSet.load(source(), Chip.GB202, List.of("535.113.01", "570.144")))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_FOUND))
                .hasMessageContaining("anything of 535.113.01 for this chip, nvidia/gb202/gsp/fmc-570.144.bin");
    }

    @Test
    void damagedFmcsAreRefusedAndNothingElseHappens() {
        long seed = System.nanoTime();
        System.out.println("FirmwareSetTest.damagedFmcs seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            byte[] file = fmc(97, false);
            for (int n = random.nextInt(6); n >= 0; n--) {
                file[random.nextInt(0x124)] = (byte) random.nextInt();
            }
            byte[] cut = random.nextInt(4) == 0 ? Arrays.copyOf(file, random.nextInt(file.length)) : file;
            try {
                assertThat(blackwell(cut).bootFiles()).isInstanceOf(FmcImage.class);
            } catch (CoreException refused) {
                assertThat(refused.error()).isEqualTo(CoreError.DEVICE_FAULT);
            }
        }
    }
}
