// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.vbios;

import io.lamella.core.device.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the VBIOS that booting needs: the first PC-AT image, which has the tables, and everything from the first FWSEC image on,
 * which has the program.
 */
public final class Vbios {
    private static final int CODE_PC_AT = 0x00;
    private static final int CODE_NBSI = 0x70;
    private static final int CODE_FWSEC = 0xe0;
    private static final int MOST_IMAGES = 32;
    private static final int PCIR_BYTES = 0x18;
    private static final int NPDE_BYTES = 0x0b;
    private static final byte[] BIT = {(byte) 0xff, (byte) 0xb8, 'B', 'I', 'T', 0};
    private static final int TOKEN_FALCON_DATA = 'p';
    private static final int FWSEC_PRODUCTION = 0x85;

    private final Bytes tables;
    private final Bytes fwsec;

    private Vbios(Bytes tables, Bytes fwsec) {
        this.tables = tables;
        this.fwsec = fwsec;
    }

    /**
     * Reads and checks the ROM.
     *
     * @param words the 32-bit word at an offset from the start of the PROM window
     */
    public static Vbios read(IntUnaryOperator words) {
        Rom rom = new Rom(words);
        @Nullable Bytes tables = null;
        int fwsecStart = -1;
        int offset = rom.imageOffset();
        boolean last = false;
        for (int count = 0; !last; count++) {
            if (count == MOST_IMAGES) {
                throw Rom.broken("it has more than " + MOST_IMAGES + " images");
            }
            Image image = image(rom, offset);
            if (fwsecStart < 0 && image.code == CODE_FWSEC) {
                fwsecStart = offset;
            } else if (tables == null && image.code == CODE_PC_AT) {
                tables = rom.at(offset, image.sizeBytes);
            }
            offset += image.sizeBytes;
            last = image.last;
        }
        if (tables == null || fwsecStart < 0) {
            throw Rom.broken("it has no " + (tables == null ? "PC-AT" : "FWSEC") + " image");
        }
        return new Vbios(tables, rom.at(fwsecStart, offset - fwsecStart));
    }

    private record Image(int sizeBytes, int code, boolean last) {}

    private static Image image(Rom rom, int offset) {
        Bytes header = rom.at(offset, 0x1a);
        int signature = header.u16(0);
        if (signature != 0xaa55 && signature != 0xbb77 && signature != 0x4e56) {
            throw Rom.broken(String.format("there is no image at 0x%x (signature 0x%04x)", offset, signature));
        }
        int pcirOffset = header.u16(0x18);
        Bytes pcir = rom.at(offset + pcirOffset, PCIR_BYTES);
        long pcirSignature = pcir.u32(0);
        if (pcirSignature != 0x52494350L && pcirSignature != 0x53494752L && pcirSignature != 0x5344504eL) {
            throw Rom.broken(String.format("the image at 0x%x has no PCIR structure", offset));
        }
        int code = pcir.u8(0x14);
        int blocks = pcir.u16(0x10);
        boolean last = code == CODE_NBSI || (pcir.u8(0x15) & 0x80) != 0;
        Bytes npde = rom.at(offset + (pcirOffset + pcir.u16(0x0a) + 15 & ~15), NPDE_BYTES);
        if (code != CODE_NBSI && npde.u32(0) == 0x4544504eL && npde.u16(8) != 0) {
            blocks = npde.u16(8);
            last = (npde.u8(0x0a) & 0x80) != 0;
        }
        if (blocks == 0) {
            throw Rom.broken(String.format("the image at 0x%x is empty", offset));
        }
        return new Image(blocks * 512, code, last);
    }

    /** The descriptor of the FWSEC program, with signatures, code and data after it. */
    public FwsecImage fwsec() {
        Bytes table = at(falconDataPointer(), "falcon table");
        int headerBytes = table.u8(1);
        int entryBytes = table.u8(2);
        int count = table.u8(3);
        for (int i = 0; i < count; i++) {
            int entry = headerBytes + i * entryBytes;
            if (table.u8(entry) == FWSEC_PRODUCTION) {
                return FwsecImage.parse(at(table.u32(entry + 2), "FWSEC"));
            }
        }
        throw Rom.broken("its falcon table has no production FWSEC among " + count + " entries");
    }

    private long falconDataPointer() {
        long bit = tables.memory().byteSize() < BIT.length ? -1 : find(BIT);
        if (bit < 0) {
            throw Rom.broken("it has no BIT");
        }
        int headerBytes = tables.u8(bit + 8);
        int tokenBytes = tables.u8(bit + 9);
        int count = tables.u8(bit + 10);
        for (int i = 0; i < count; i++) {
            long token = bit + headerBytes + (long) i * tokenBytes;
            if (tables.u8(token) == TOKEN_FALCON_DATA && tables.u8(token + 1) == 2 && tables.u16(token + 2) >= 4) {
                return tables.u32(tables.u16(token + 4));
            }
        }
        throw Rom.broken("its BIT has no falcon data");
    }

    private long find(byte[] pattern) {
        MemorySegment needle = MemorySegment.ofArray(pattern);
        for (long at = 0; at <= tables.sizeBytes() - pattern.length; at++) {
            if (MemorySegment.mismatch(tables.memory(), at, at + pattern.length, needle, 0, pattern.length) < 0) {
                return at;
            }
        }
        return -1;
    }

    /** Pointers past the PC-AT image lead on into the FWSEC part, whatever lies between the two in the ROM. */
    private Bytes at(long pointer, String what) {
        Bytes part = pointer < tables.sizeBytes() ? tables : fwsec;
        long offset = pointer < tables.sizeBytes() ? pointer : pointer - tables.sizeBytes();
        return part.slice(what, offset, Math.max(0, part.sizeBytes() - offset));
    }
}
