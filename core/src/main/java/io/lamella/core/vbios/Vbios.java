// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.vbios;

import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the VBIOS that booting needs: the first PC-AT image, which has the tables, and everything from the first FWSEC image on,
 * which has the program.
 */
public final class Vbios {
    private static final Struct HEADER = BootStructs.ROM_IMAGE_HEADER;
    private static final Struct PCIR = BootStructs.PCIR;
    private static final Struct NPDE = BootStructs.NPDE;
    private static final Struct BIT = BootStructs.BIT_HEADER;
    private static final Struct TOKEN = BootStructs.BIT_TOKEN;
    private static final Struct UCODES = BootStructs.PMU_LOOKUP_TABLE_HEADER;
    private static final Struct UCODE = BootStructs.PMU_LOOKUP_TABLE_ENTRY;
    private static final byte[] BIT_START = {
        (byte) BootStructs.BIT_ID, (byte) (BootStructs.BIT_ID >> 8), 'B', 'I', 'T', 0
    };
    /** Signatures that NVIDIA's own images have in place of the two standard ones. */
    private static final Set<Long> IMAGE_SIGNATURES = Set.of((long) BootStructs.ROM_SIGNATURE, 0xbb77L, 0x4e56L);

    private static final Set<Long> PCIR_SIGNATURES =
            Set.of((long) BootStructs.PCIR_SIGNATURE, 0x53494752L, 0x5344504eL);
    private static final int CODE_NBSI = 0x70;
    private static final int MOST_IMAGES = 32;

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
            if (fwsecStart < 0 && image.code == BootStructs.CODE_TYPE_FWSEC) {
                fwsecStart = offset;
            } else if (tables == null && image.code == BootStructs.CODE_TYPE_PC_AT) {
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
        Bytes header = rom.at(offset, HEADER.sizeBytes());
        long signature = header.field(HEADER, "signature");
        if (!IMAGE_SIGNATURES.contains(signature)) {
            throw Rom.broken(String.format("there is no image at 0x%x (signature 0x%04x)", offset, signature));
        }
        int pcirOffset = (int) header.field(HEADER, "pcirPointer");
        Bytes pcir = rom.at(offset + pcirOffset, PCIR.sizeBytes());
        if (!PCIR_SIGNATURES.contains(pcir.field(PCIR, "signature"))) {
            throw Rom.broken(String.format("the image at 0x%x has no PCIR structure", offset));
        }
        int code = (int) pcir.field(PCIR, "codeType");
        int blocks = (int) pcir.field(PCIR, "imageBlocks");
        boolean last = code == CODE_NBSI || (pcir.field(PCIR, "indicator") & BootStructs.LAST_IMAGE) != 0;
        int npdeOffset = pcirOffset + (int) pcir.field(PCIR, "size") + 15 & ~15;
        Bytes npde = rom.at(offset + npdeOffset, NPDE.sizeBytes());
        if (code != CODE_NBSI
                && npde.field(NPDE, "signature") == BootStructs.NPDE_SIGNATURE
                && npde.field(NPDE, "imageBlocks") != 0) {
            blocks = (int) npde.field(NPDE, "imageBlocks");
            last = (npde.field(NPDE, "indicator") & BootStructs.LAST_IMAGE) != 0;
        }
        if (blocks == 0) {
            throw Rom.broken(String.format("the image at 0x%x is empty", offset));
        }
        return new Image(blocks * BootStructs.ROM_BLOCK_BYTES, code, last);
    }

    /** The descriptor of the FWSEC program, with signatures, code and data after it. */
    public FwsecImage fwsec() {
        Bytes table = at(falconDataPointer(), "falcon table");
        long headerBytes = table.field(UCODES, "headerSize");
        long entryBytes = table.field(UCODES, "entrySize");
        long count = table.field(UCODES, "entryCount");
        for (long i = 0; i < count; i++) {
            long entry = headerBytes + i * entryBytes;
            if (table.field(UCODE, entry, "type") == BootStructs.UCODE_TYPE_FWSEC_PROD) {
                long pointer = table.field(UCODE, entry, "dataHigh") << 16 | table.field(UCODE, entry, "dataLow");
                return FwsecImage.parse(at(pointer, "FWSEC"));
            }
        }
        throw Rom.broken("its falcon table has no production FWSEC among " + count + " entries");
    }

    private long falconDataPointer() {
        long bit = tables.memory().byteSize() < BIT_START.length ? -1 : find(BIT_START);
        if (bit < 0) {
            throw Rom.broken("it has no BIT");
        }
        long headerBytes = tables.field(BIT, bit, "headerSize");
        long tokenBytes = tables.field(BIT, bit, "tokenSize");
        long count = tables.field(BIT, bit, "tokenCount");
        for (long i = 0; i < count; i++) {
            long token = bit + headerBytes + i * tokenBytes;
            if (tables.field(TOKEN, token, "id") == BootStructs.BIT_TOKEN_FALCON_DATA
                    && tables.field(TOKEN, token, "version") == BootStructs.BIT_TOKEN_FALCON_DATA_VERSION
                    && tables.field(TOKEN, token, "dataSize") >= Integer.BYTES) {
                return tables.u32(tables.field(TOKEN, token, "dataPointer"));
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
