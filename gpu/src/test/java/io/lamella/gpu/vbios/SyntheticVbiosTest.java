// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.vbios;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.hw.gsp.BootStructs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Walks the ROM by the rules of the two drivers that read it. Offsets are written out, so as not to share the builder's mistakes. */
class SyntheticVbiosTest {
    private final byte[] rom = SyntheticVbios.bytes(0x26b5, 0x030200);

    record Image(int base, int sizeBytes, int type, boolean last) {}

    /** The chain as both drivers follow it; an NPDE behind the PCIR would overrule the size. */
    private List<Image> images() {
        List<Image> images = new ArrayList<>();
        int base = 0;
        boolean last = false;
        while (!last) {
            ByteBuffer image = at(base);
            assertThat(image.getShort(0) & 0xffff).isEqualTo(0xaa55);
            int pcir = image.getShort(0x18) & 0xffff;
            assertThat(text(base + pcir, 4)).isEqualTo("PCIR");
            int length = image.getShort(pcir + 0x0a) & 0xffff;
            assertThat(length).isGreaterThanOrEqualTo(0x18);
            int npde = (pcir + length + 0xf) & ~0xf;
            assertThat(text(base + npde, 4)).isNotEqualTo("NPDE");
            int size = (image.getShort(pcir + 0x10) & 0xffff) * 512;
            assertThat(size).isPositive();
            last = (image.get(pcir + 0x15) & 0x80) != 0;
            images.add(new Image(base, size, image.get(pcir + 0x14) & 0xff, last));
            base += size;
        }
        return images;
    }

    private ByteBuffer at(int offset) {
        return ByteBuffer.wrap(rom, offset, rom.length - offset).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private String text(int offset, int length) {
        return new String(rom, offset, length, StandardCharsets.ISO_8859_1);
    }

    private int find(byte[] pattern, int limit) {
        for (int i = 0; i <= limit - pattern.length; i++) {
            if (Arrays.equals(rom, i, i + pattern.length, pattern, 0, pattern.length)) {
                return i;
            }
        }
        throw new AssertionError("pattern not found");
    }

    private ByteBuffer token(int bit, char id) {
        int entries = rom[bit + 10];
        for (int i = 0; i < entries; i++) {
            ByteBuffer token = at(bit + 12 + i * rom[bit + 9]);
            if (token.get(0) == id) {
                return token;
            }
        }
        throw new AssertionError("no token " + id);
    }

    @Test
    void chainIsAPcAtImageAndAnExtendedOne() {
        assertThat(images()).containsExactly(new Image(0, 0x1000, 0x00, false), new Image(0x1000, 0x1000, 0xe0, true));
        int pcir = at(0).getShort(0x18);
        assertThat(at(pcir).getShort(4) & 0xffff).isEqualTo(0x10de);
        assertThat(at(pcir).getShort(6) & 0xffff).isEqualTo(0x26b5);
        assertThat(at(pcir).getInt(0xc) >>> 8).isEqualTo(0x030200);
        assertThat(rom).hasSize(images().getLast().base() + 0x1000);
    }

    @Test
    void pcAtImageAddsUpToZero() {
        int sum = 0;
        for (int i = 0; i < 0x1000; i++) {
            sum += rom[i];
        }
        assertThat(sum & 0xff).isZero();
    }

    @Test
    void thereIsNoFlashHeaderInFront() {
        assertThat(text(0, 4)).isNotEqualTo("NVGI");
    }

    @Test
    void nouveauFindsFwsec() {
        int bit = find(new byte[] {(byte) 0xff, (byte) 0xb8, 'B', 'I', 'T'}, 0x1000);
        ByteBuffer version = token(bit, 'i');
        assertThat(version.getShort(2)).isGreaterThanOrEqualTo((short) 4);
        ByteBuffer falcon = token(bit, 'p');
        assertThat(falcon.get(1)).isEqualTo((byte) 2);
        assertThat(falcon.getShort(2)).isGreaterThanOrEqualTo((short) 4);
        int table = redirected(at(falcon.getShort(4)).getInt(0));
        int headerBytes = rom[table + 1];
        int entryBytes = rom[table + 2];
        for (int i = 0; i < rom[table + 3]; i++) {
            ByteBuffer entry = at(table + headerBytes + i * entryBytes);
            if ((entry.get(0) & 0xff) == 0x85) {
                checkFwsec(redirected(entry.getInt(2)), rom.length);
                return;
            }
        }
        throw new AssertionError("no ucode of type 0x85");
    }

    /** Past the first image, offsets count on in the first extended one. */
    private int redirected(int offset) {
        Image first = images().getFirst();
        if (offset < first.sizeBytes()) {
            return offset;
        }
        Image extended = images().stream()
                .filter(image -> image.type() == 0xe0)
                .findFirst()
                .orElseThrow();
        return offset - first.sizeBytes() + extended.base();
    }

    @Test
    void novaFindsFwsec() {
        Image pcAt = images().getFirst();
        Image section = images().get(1);
        int bit = find(new byte[] {(byte) 0xff, (byte) 0xb8, 'B', 'I', 'T', 0}, pcAt.sizeBytes());
        ByteBuffer token = at(bit + (rom[bit + 8] & 0xff));
        while (token.get(0) != 0x70) {
            token = token.slice(rom[bit + 9], token.remaining() - rom[bit + 9]).order(ByteOrder.LITTLE_ENDIAN);
        }
        int table = at(token.getShort(4) & 0xffff).getInt(0) - pcAt.sizeBytes();
        assertThat(table).isBetween(0, section.sizeBytes());
        ByteBuffer lookup = at(section.base() + table);
        ByteBuffer entry = lookup.slice(lookup.get(1), lookup.get(2)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(entry.get(0) & 0xff).isEqualTo(0x85);
        int descriptor = entry.getInt(2) - pcAt.sizeBytes();
        assertThat(descriptor).isPositive();
        checkFwsec(section.base() + descriptor, section.base() + section.sizeBytes());
    }

    private void checkFwsec(int offset, int end) {
        ByteBuffer descriptor = at(offset);
        int header = descriptor.getInt(0);
        assertThat(header & 1).isOne();
        assertThat((header >>> 8) & 0xff).isEqualTo(3);
        int signatures = descriptor.get(0x27);
        assertThat(header >>> 16).isEqualTo(0x2c + 384 * signatures);
        int imem = descriptor.getInt(0x14);
        int dmem = descriptor.getInt(0x20);
        assertThat(descriptor.getInt(4)).isEqualTo(imem + dmem);
        assertThat(imem).isPositive().satisfies(size -> assertThat(size % 256).isZero());
        assertThat(dmem).isPositive().satisfies(size -> assertThat(size % 256).isZero());
        assertThat(descriptor.getShort(0x24) & 0x400).as("may run on the GSP").isNotZero();
        assertThat((int) descriptor.get(0x26)).isBetween(1, 16);
        assertThat(descriptor.getShort(0x28) & 1)
                .as("a signature for fuse version 0")
                .isOne();
        int code = offset + (header >>> 16);
        assertThat(code + imem + dmem).isLessThanOrEqualTo(end);
        int signatureInData = descriptor.getInt(8);
        assertThat(signatureInData + 384).isLessThanOrEqualTo(dmem);

        int data = code + imem;
        ByteBuffer interfaces = at(data + descriptor.getInt(0xc));
        assertThat(interfaces.get(0)).isOne();
        ByteBuffer entry =
                interfaces.slice(interfaces.get(1), interfaces.get(2)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(interfaces.get(3)).isOne();
        assertThat(entry.getInt(0)).isEqualTo(4);
        ByteBuffer mapper = at(data + entry.getInt(4));
        assertThat(mapper.getInt(0)).isEqualTo(BootStructs.DMEM_MAPPER_SIGNATURE);
        assertThat(mapper.getShort(4)).isEqualTo((short) 3);
        assertThat(mapper.getShort(6)).isEqualTo((short) 64);
        int command = mapper.getInt(8);
        assertThat(mapper.getInt(12)).isGreaterThanOrEqualTo(44);
        assertThat(command + 44).as("clear of the signature").isLessThanOrEqualTo(signatureInData);
        assertThat(entry.getInt(4) + 64).as("mapper clear of the command").isLessThanOrEqualTo(command);
        assertThat(command % 8).isZero();
    }
}
