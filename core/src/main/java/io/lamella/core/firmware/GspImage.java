// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import java.nio.charset.StandardCharsets;

/**
 * The resource manager's image: an ELF64 file of which two sections matter.
 *
 * @param image what runs on the GSP
 * @param signature for the chip's family
 */
public record GspImage(Bytes image, Bytes signature) {
    private static final int SECTION_BYTES = 64;
    private static final int MOST_NAME_BYTES = 64;

    static GspImage parse(Bytes file, String signatureSection) {
        if (file.u32(0) != 0x464c457fL || file.u8(4) != 2 || file.u8(5) != 1) {
            throw file.broken("it is no little-endian ELF64 file");
        }
        Bytes image = section(file, ".fwimage");
        if (image.sizeBytes() == 0) {
            throw file.broken("its image is empty");
        }
        return new GspImage(image, section(file, signatureSection));
    }

    private static Bytes section(Bytes file, String wanted) {
        long table = file.u64(0x28);
        int entryBytes = file.u16(0x3a);
        int count = file.u16(0x3c);
        int names = file.u16(0x3e);
        if (entryBytes != SECTION_BYTES || names >= count) {
            throw file.broken("its section table makes no sense");
        }
        Bytes sections = file.slice("section table", table, (long) count * SECTION_BYTES);
        Bytes strings = content(file, sections, names, "section names");
        for (int i = 0; i < count; i++) {
            if (name(strings, sections.u32((long) i * SECTION_BYTES)).equals(wanted)) {
                return content(file, sections, i, wanted);
            }
        }
        throw file.broken("it has no section " + wanted);
    }

    private static Bytes content(Bytes file, Bytes sections, int index, String name) {
        long header = (long) index * SECTION_BYTES;
        return file.slice(name, sections.u64(header + 0x18), sections.u64(header + 0x20));
    }

    private static String name(Bytes strings, long offset) {
        byte[] text = new byte[MOST_NAME_BYTES];
        int length = 0;
        while (length < MOST_NAME_BYTES && offset + length < strings.sizeBytes() && strings.u8(offset + length) != 0) {
            text[length] = (byte) strings.u8(offset + length);
            length++;
        }
        return new String(text, 0, length, StandardCharsets.ISO_8859_1);
    }
}
