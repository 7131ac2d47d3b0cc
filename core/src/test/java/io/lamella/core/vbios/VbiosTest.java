// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.vbios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.Blob;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.testing.RegisterFunction;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VbiosTest {
    private static final int IMAGE0 = 0x1000;
    private static final int EFI = 0x400;
    private static final int DESC = 0x80;
    private static final int CODE_BYTES = 0x100;
    private static final int DATA_BYTES = 0x3f0;
    private static final int SIGNATURES = 2;

    /** PC-AT image, an EFI image in between, FWSEC image: pointers skip the EFI image, file offsets do not. */
    private static Blob rom(int start) {
        int fwsec = start + IMAGE0 + EFI;
        Blob rom = new Blob(start + 0x4000);
        image(rom, start, 0x00, IMAGE0, false);
        image(rom, start + IMAGE0, 0x03, EFI, false);
        image(rom, fwsec, 0xe0, 0x1000, true);
        rom.u8(start + 0x60, 0xff).u8(start + 0x61, 0xb8).text(start + 0x62, "BIT");
        rom.u8(start + 0x68, 12).u8(start + 0x69, 6).u8(start + 0x6a, 2);
        rom.u8(start + 0x6c, 'i').u8(start + 0x6d, 2);
        rom.u8(start + 0x72, 'p').u8(start + 0x73, 2).u16(start + 0x74, 4).u16(start + 0x76, 0x100);
        rom.u32(start + 0x100, IMAGE0 + 0x40);

        rom.u8(fwsec + 0x40, 1).u8(fwsec + 0x41, 6).u8(fwsec + 0x42, 6).u8(fwsec + 0x43, 2);
        rom.u8(fwsec + 0x46, 0x45).u32(fwsec + 0x48, 0xdead);
        rom.u8(fwsec + 0x4c, 0x85).u32(fwsec + 0x4e, IMAGE0 + DESC);

        int desc = fwsec + DESC;
        int descBytes = 0x2c + 384 * SIGNATURES;
        rom.u32(desc, 1 | 3 << 8 | descBytes << 16)
                .u32(desc + 0x08, 0x200)
                .u32(desc + 0x0c, 0x10)
                .u32(desc + 0x14, CODE_BYTES)
                .u32(desc + 0x20, DATA_BYTES)
                .u16(desc + 0x24, 0x400)
                .u8(desc + 0x26, 9)
                .u8(desc + 0x27, SIGNATURES)
                .u16(desc + 0x28, 0b101);
        rom.fill(desc + 0x2c, 384, 0xa0).fill(desc + 0x2c + 384, 384, 0xa1);
        int code = desc + descBytes;
        rom.fill(code, CODE_BYTES, 0xcc);
        int data = code + CODE_BYTES;
        rom.u8(data + 0x10, 1).u8(data + 0x11, 4).u8(data + 0x12, 8).u8(data + 0x13, 1);
        rom.u32(data + 0x14, 4).u32(data + 0x18, 0x40);
        rom.u32(data + 0x40, 0x50414d44)
                .u16(data + 0x44, 3)
                .u16(data + 0x46, 64)
                .u32(data + 0x48, 0x100);
        return rom;
    }

    private static void image(Blob rom, int at, int code, int sizeBytes, boolean last) {
        rom.u16(at, 0xaa55).u16(at + 0x18, 0x20).text(at + 0x20, "PCIR").u16(at + 0x2a, 0x18);
        rom.u16(at + 0x30, sizeBytes / 512).u8(at + 0x34, code).u8(at + 0x35, last ? 0x80 : 0);
    }

    private static Vbios read(Blob rom) {
        return Vbios.read(offset -> offset < rom.bytes().length ? rom.word(offset) : 0);
    }

    @Test
    void findsTheProgramAndWritesTheCommandIntoIt() {
        RegisterFunction registers = new RegisterFunction();
        FalconProgram program = read(rom(0)).fwsec().frts(registers.device(), 0xb_fff0_0000L, 0x10_0000);
        MemorySegment image = program.image();
        assertThat(image.byteSize()).isEqualTo(CODE_BYTES + 0x400);
        assertThat(image.get(Bytes.INT, 0)).isEqualTo(0xcccccccc);
        assertThat(program.dataBytes()).isEqualTo(0x400);
        assertThat(program.signatureAddress()).isEqualTo(0x200);
        assertThat(image.get(Bytes.INT, CODE_BYTES + 0x200)).isEqualTo(0xa0a0a0a0);
        assertThat(image.get(Bytes.INT, CODE_BYTES + 0x40 + 0x2c)).isEqualTo(0x15);
        int[] command = new int[11];
        for (int i = 0; i < command.length; i++) {
            command[i] = image.get(Bytes.INT, CODE_BYTES + 0x100 + i * 4L);
        }
        assertThat(command).containsExactly(1, 24, 0, 0, 0, 2, 1, 20, 0xbfff00, 0x100, 2);

        FalconProgram sb = read(rom(0)).fwsec().sb(registers.device());
        assertThat(sb.image().get(Bytes.INT, CODE_BYTES + 0x40 + 0x2c)).isEqualTo(0x19);
        assertThat(sb.image().get(Bytes.INT, CODE_BYTES + 0x100 + 24)).isZero();
    }

    @Test
    void choosesTheSignatureByTheFuse() {
        RegisterFunction registers = new RegisterFunction();
        FwsecImage image = read(rom(0)).fwsec();
        registers.set(0x8241c0 + 8 * 4, 0b11);
        FalconProgram program = image.sb(registers.device());
        assertThat(program.image().get(Bytes.INT, CODE_BYTES + 0x200)).isEqualTo(0xa1a1a1a1);
        registers.set(0x8241c0 + 8 * 4, 0b01);
        assertThatThrownBy(() -> image.sb(registers.device())).hasMessageContaining("revoke");
    }

    @Test
    void findsImagesBehindAnIfrHeader() {
        Blob rom = rom(0x1000);
        rom.u32(0, 0x4947564e).u32(4, 0x40 << 16 | 2 << 8).u32(0x44, 0x1000);
        assertThat(read(rom).fwsec()).isNotNull();

        Blob newer = rom(0x2000);
        newer.u32(0, 0x4947564e).u32(4, 3 << 8).u32(8, 0x80).u32(0x80, 0x100);
        newer.u32(0x1100, 0x44524652).u32(0x1108, 0x2000);
        assertThat(read(newer).fwsec()).isNotNull();
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> read(new Blob(4096)))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT))
                .hasMessageContaining("no image at 0x0");
        assertThatThrownBy(() -> read(rom(0).u8(IMAGE0 + EFI + 0x34, 0x10))).hasMessageContaining("no FWSEC image");
        assertThatThrownBy(() -> read(rom(0).u8(0x72, 'q')).fwsec()).hasMessageContaining("no falcon data");
        assertThatThrownBy(
                        () -> read(rom(0).u16(IMAGE0 + EFI + DESC, 2 << 8 | 1)).fwsec())
                .hasMessageContaining("version 2");
    }

    @Test
    void readsNoFurtherThanTheImages() {
        Blob rom = rom(0);
        int[] furthest = {0};
        Vbios.read(offset -> {
            furthest[0] = Math.max(furthest[0], offset);
            return rom.word(offset);
        });
        assertThat(furthest[0]).isLessThan(IMAGE0 + EFI + 0x1000);
    }

    @Test
    void survivesAnyRom() {
        long seed = System.nanoTime();
        System.out.println("VbiosTest seed " + seed);
        Random random = new Random(seed);
        RegisterFunction registers = new RegisterFunction();
        for (int i = 0; i < 3000; i++) {
            Blob rom = rom(0);
            for (int damage = 1 + random.nextInt(6); damage > 0; damage--) {
                int part = new int[] {0, IMAGE0, IMAGE0 + EFI, IMAGE0 + EFI + DESC, IMAGE0 + EFI + 0x4b0}
                        [random.nextInt(5)];
                rom.u8(part + random.nextInt(0x120), random.nextInt());
            }
            byte[] content = rom.bytes();
            try {
                Vbios.read(offset -> offset < content.length ? rom.word(offset) : 0)
                        .fwsec()
                        .frts(registers.device(), 0x1000_0000, 0x10_0000);
            } catch (CoreException refused) {
                assertThat(refused.getMessage()).endsWith(".");
            }
        }
    }
}
