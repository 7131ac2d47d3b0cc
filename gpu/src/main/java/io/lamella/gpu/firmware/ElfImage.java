// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes an ELF64 file of sections only, as GSP images are read by section names. */
final class ElfImage {
    private static final int HEADER_BYTES = 64;
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int TYPE_PROGBITS = 1;
    private static final int TYPE_STRTAB = 3;
    private static final int TYPE_NOTE = 7;
    private static final short MACHINE_RISCV = 243;

    private static final class Section {
        private final String name;
        private final int type;
        private final byte[] content;
        private final int alignmentBytes;

        Section(String name, int type, byte[] content, int alignmentBytes) {
            this.name = name;
            this.type = type;
            this.content = content;
            this.alignmentBytes = alignmentBytes;
        }
    }

    private final List<Section> sections = new ArrayList<>();

    ElfImage data(String name, byte[] content, int alignmentBytes) {
        sections.add(new Section(name, TYPE_PROGBITS, content, alignmentBytes));
        return this;
    }

    /** A note: owner, type and text, each padded to 4 bytes. */
    ElfImage note(String name, String owner, int type, String text) {
        byte[] ownerBytes = (owner + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] textBytes = (text + "\0").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer note = ByteBuffer.allocate(12 + roundUp(ownerBytes.length, 4) + roundUp(textBytes.length, 4))
                .order(ByteOrder.LITTLE_ENDIAN);
        note.putInt(ownerBytes.length).putInt(textBytes.length).putInt(type);
        note.put(ownerBytes).position(12 + roundUp(ownerBytes.length, 4));
        note.put(textBytes);
        sections.add(new Section(name, TYPE_NOTE, note.array(), 4));
        return this;
    }

    byte[] bytes() {
        List<Section> all = new ArrayList<>(sections);
        StringBuilder names = new StringBuilder("\0");
        List<Integer> nameOffsets = new ArrayList<>();
        for (Section section : sections) {
            nameOffsets.add(names.length());
            names.append(section.name).append('\0');
        }
        nameOffsets.add(names.length());
        names.append(".shstrtab\0");
        byte[] nameBytes = names.toString().getBytes(StandardCharsets.US_ASCII);
        all.add(new Section(".shstrtab", TYPE_STRTAB, nameBytes, 1));

        int end = HEADER_BYTES;
        List<Integer> offsets = new ArrayList<>();
        for (Section section : all) {
            int offset = roundUp(end, section.alignmentBytes);
            offsets.add(offset);
            end = offset + section.content.length;
        }
        int headers = roundUp(end, 8);
        int count = all.size() + 1;
        ByteBuffer file =
                ByteBuffer.allocate(headers + count * SECTION_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header(file, headers, count);
        for (int i = 0; i < all.size(); i++) {
            Section section = all.get(i);
            file.position(offsets.get(i)).put(section.content);
            file.position(headers + (i + 1) * SECTION_HEADER_BYTES);
            file.putInt(nameOffsets.get(i)).putInt(section.type);
            file.putLong(0).putLong(0);
            file.putLong(offsets.get(i)).putLong(section.content.length);
            file.putInt(0).putInt(0).putLong(section.alignmentBytes).putLong(0);
        }
        return file.array();
    }

    private static void header(ByteBuffer file, int sectionHeaders, int sectionCount) {
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).position(16);
        file.putShort((short) 2).putShort(MACHINE_RISCV).putInt(1);
        file.putLong(0).putLong(0).putLong(sectionHeaders).putInt(0);
        file.putShort((short) HEADER_BYTES).putShort((short) 0).putShort((short) 0);
        file.putShort((short) SECTION_HEADER_BYTES).putShort((short) sectionCount);
        file.putShort((short) (sectionCount - 1));
    }

    private static int roundUp(int value, int to) {
        return (value + to - 1) / to * to;
    }
}
