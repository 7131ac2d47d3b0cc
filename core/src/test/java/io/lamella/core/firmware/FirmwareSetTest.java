// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.Blob;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FirmwareSource;
import io.lamella.core.chip.Chip;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.testing.RegisterFunction;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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
        // Sections: null, image at 0x200, signature at 0x600, names at 0x700; headers at 0x40.
        String names = "\0.fwimage\0" + SECTION + "\0.shstrtab\0";
        Blob blob = new Blob(0x800).u32(0, 0x464c457f).u8(4, 2).u8(5, 1);
        blob.u64(0x28, 0x40).u16(0x3a, 64).u16(0x3c, 4).u16(0x3e, 3);
        section(blob, 1, 1, 0x200, 0x400);
        section(blob, 2, 10, 0x600, 0x80);
        section(blob, 3, 11 + SECTION.length(), 0x700, names.length());
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
}
