// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import io.lamella.hw.fsp.FspMessages;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The FMC: the first program of the GSP, which the FSP checks, loads and starts. Its container is an ELF32 file with four sections.
 *
 * @param image the program
 * @param hash SHA-384 of it
 * @param publicKey whose it is
 * @param signature of the hash
 */
public record FmcImage(Bytes image, Bytes hash, Bytes publicKey, Bytes signature) implements BootFiles {
    private static final Struct HEADER = FspMessages.ELF_HEADER;
    private static final Struct SECTION = FspMessages.ELF_SECTION;
    private static final byte[] IDENT = {0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final int MOST_SECTIONS = 64;
    private static final int MOST_NAME_BYTES = 64;
    private static final int MOST_BYTES = 0x100_0000;

    static FmcImage parse(Bytes file, int keyBytes, int signatureBytes) {
        Bytes header = file.slice("header", 0, HEADER.sizeBytes());
        if (!Arrays.equals(header.slice("identity", 0, IDENT.length).memory().toArray(ValueLayout.JAVA_BYTE), IDENT)) {
            throw file.broken("it is no little-endian ELF32 file");
        }
        Bytes image = section(file, header, "image");
        if (image.sizeBytes() == 0 || image.sizeBytes() > MOST_BYTES) {
            throw file.broken("its image has " + image.sizeBytes() + " bytes");
        }
        return new FmcImage(
                image,
                sized(file, section(file, header, "hash"), "hash", FspMessages.HASH_BYTES),
                sized(file, section(file, header, "publickey"), "public key", keyBytes),
                sized(file, section(file, header, "signature"), "signature", signatureBytes));
    }

    private static Bytes sized(Bytes file, Bytes content, String what, int bytes) {
        if (content.sizeBytes() != bytes) {
            throw file.broken("its " + what + " has " + content.sizeBytes() + " bytes instead of " + bytes);
        }
        return content;
    }

    private static Bytes section(Bytes file, Bytes header, String wanted) {
        long count = header.field(HEADER, "sectionHeaderCount");
        long nameSection = header.field(HEADER, "nameSectionIndex");
        if (header.field(HEADER, "sectionHeaderSize") != SECTION.sizeBytes()
                || count > MOST_SECTIONS
                || nameSection >= count) {
            throw file.broken("its section table makes no sense");
        }
        Bytes table =
                file.slice("section table", header.field(HEADER, "sectionHeaderOffset"), count * SECTION.sizeBytes());
        Bytes names = content(file, table, nameSection, "section names");
        for (long i = 1; i < count; i++) {
            if (name(names, table.field(SECTION, i * SECTION.sizeBytes(), "name"))
                    .equals(wanted)) {
                return content(file, table, i, wanted);
            }
        }
        throw file.broken("it has no section " + wanted);
    }

    private static Bytes content(Bytes file, Bytes table, long index, String name) {
        long entry = index * SECTION.sizeBytes();
        Bytes content = file.slice(name, table.field(SECTION, entry, "offset"), table.field(SECTION, entry, "size"));
        long expected = table.field(SECTION, entry, "info");
        if (expected != 0) {
            CRC32 crc = new CRC32();
            crc.update(content.memory().toArray(ValueLayout.JAVA_BYTE));
            if (crc.getValue() != expected) {
                throw file.broken("the checksum of its section " + name + " is wrong");
            }
        }
        return content;
    }

    private static String name(Bytes names, long offset) {
        byte[] text = new byte[MOST_NAME_BYTES];
        int length = 0;
        while (length < MOST_NAME_BYTES && offset + length < names.sizeBytes() && names.u8(offset + length) != 0) {
            text[length] = (byte) names.u8(offset + length);
            length++;
        }
        return new String(text, 0, length, StandardCharsets.ISO_8859_1);
    }
}
