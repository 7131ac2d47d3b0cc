// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.vbios;

import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds the ROM. */
public final class SyntheticVbios {
    /** Bytes of the ROM. */
    public static final int SIZE_BYTES = 0x2000;

    static final int IMAGE_BYTES = 0x1000;
    private static final int BLOCK_BYTES = 512;

    // Places in either image.
    private static final int SIGNATURE = 0x00;
    private static final int BLOCKS = 0x02;
    private static final int PCIR_POINTER = 0x18;
    private static final int PCIR = 0x20;
    private static final int PCIR_BYTES = 0x18;

    // Places in the PC-AT image.
    private static final int BIT = 0x60;
    private static final int BIT_HEADER_BYTES = 12;
    private static final int BIT_TOKEN_BYTES = 6;
    private static final int VERSION_DATA = 0x80;
    private static final int FALCON_DATA = 0x88;
    private static final int NOTICE = 0x100;

    // Places in the extended image.
    private static final int UCODE_TABLE = 0x60;
    private static final int UCODE_ENTRY_BYTES = 6;
    private static final int UCODE_DESCRIPTOR = 0x80;

    // FWSEC: code, then data.
    private static final int IMEM_BYTES = 0x100;
    private static final int DMEM_BYTES = 0x400;
    private static final int DMEM_INTERFACE = 0x10;
    private static final int DMEM_MAPPER = 0x20;
    private static final int DMEM_COMMAND = 0x80;
    private static final int DMEM_COMMAND_BYTES = 0x40;
    private static final int DMEM_OUTPUT = 0xc0;
    private static final int DMEM_OUTPUT_BYTES = 0x40;
    private static final int DMEM_SIGNATURE = 0x100;

    private static final int CODE_TYPE_PC_AT = 0x00;
    private static final int CODE_TYPE_EXTENDED = 0xe0;
    private static final int LAST_IMAGE = 0x80;
    private static final int ENGINE_GSP = 0x400;
    private static final int UCODE_ID = 9;

    /** What nouveau prints as the version: 95.02.51.00.01, each a byte. */
    private static final byte[] VERSION = {0x00, 0x51, 0x02, (byte) 0x95, 0x01};

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SyntheticVbios() {}

    /**
     * A ROM of {@link #SIZE_BYTES} bytes.
     *
     * @param deviceId the function's PCI device id
     * @param classCode its class, subclass and interface, such as 0x030200
     */
    public static byte[] bytes(int deviceId, int classCode) {
        byte[] rom = new byte[SIZE_BYTES];
        MemorySegment pcAt = MemorySegment.ofArray(rom).asSlice(0, IMAGE_BYTES);
        MemorySegment extended = MemorySegment.ofArray(rom).asSlice(IMAGE_BYTES, IMAGE_BYTES);
        header(pcAt, deviceId, classCode, CODE_TYPE_PC_AT, 0);
        header(extended, deviceId, classCode, CODE_TYPE_EXTENDED, LAST_IMAGE);
        bit(pcAt);
        text(pcAt, NOTICE, "Lamella software GPU: a VBIOS with no code in it");
        fwsec(extended);
        balance(pcAt);
        return rom;
    }

    private static void header(MemorySegment image, int deviceId, int classCode, int codeType, int last) {
        image.set(SHORT, SIGNATURE, (short) 0xaa55);
        image.set(ValueLayout.JAVA_BYTE, BLOCKS, (byte) (IMAGE_BYTES / BLOCK_BYTES));
        image.set(SHORT, PCIR_POINTER, (short) PCIR);
        text(image, PCIR, "PCIR");
        image.set(SHORT, PCIR + 0x04, (short) 0x10de);
        image.set(SHORT, PCIR + 0x06, (short) deviceId);
        image.set(SHORT, PCIR + 0x0a, (short) PCIR_BYTES);
        image.set(ValueLayout.JAVA_BYTE, PCIR + 0x0c, (byte) 3);
        image.set(ValueLayout.JAVA_BYTE, PCIR + 0x0d, (byte) classCode);
        image.set(ValueLayout.JAVA_BYTE, PCIR + 0x0e, (byte) (classCode >> 8));
        image.set(ValueLayout.JAVA_BYTE, PCIR + 0x0f, (byte) (classCode >> 16));
        image.set(SHORT, PCIR + 0x10, (short) (IMAGE_BYTES / BLOCK_BYTES));
        image.set(ValueLayout.JAVA_BYTE, PCIR + 0x14, (byte) codeType);
        image.set(ValueLayout.JAVA_BYTE, PCIR + 0x15, (byte) last);
    }

    private static void bit(MemorySegment image) {
        image.set(SHORT, BIT, (short) 0xb8ff);
        text(image, BIT + 2, "BIT");
        image.set(SHORT, BIT + 6, (short) 0x0100);
        image.set(ValueLayout.JAVA_BYTE, BIT + 8, (byte) BIT_HEADER_BYTES);
        image.set(ValueLayout.JAVA_BYTE, BIT + 9, (byte) BIT_TOKEN_BYTES);
        image.set(ValueLayout.JAVA_BYTE, BIT + 10, (byte) 2);
        image.set(ValueLayout.JAVA_BYTE, BIT + 11, (byte) -sum(image.asSlice(BIT, BIT_HEADER_BYTES)));
        token(image, 0, 'i', VERSION.length, VERSION_DATA);
        token(image, 1, 'p', 4, FALCON_DATA);
        MemorySegment.copy(VERSION, 0, image, ValueLayout.JAVA_BYTE, VERSION_DATA, VERSION.length);
        image.set(INT, FALCON_DATA, IMAGE_BYTES + UCODE_TABLE);
    }

    private static void token(MemorySegment image, int index, char id, int length, int offset) {
        int at = BIT + BIT_HEADER_BYTES + index * BIT_TOKEN_BYTES;
        image.set(ValueLayout.JAVA_BYTE, at, (byte) id);
        image.set(ValueLayout.JAVA_BYTE, at + 1, (byte) 2);
        image.set(SHORT, at + 2, (short) length);
        image.set(SHORT, at + 4, (short) offset);
    }

    private static void fwsec(MemorySegment image) {
        Struct table = BootStructs.PMU_LOOKUP_TABLE_HEADER;
        table.u8("version").set(image, UCODE_TABLE, 1);
        table.u8("headerSize").set(image, UCODE_TABLE, table.sizeBytes());
        table.u8("entrySize").set(image, UCODE_TABLE, UCODE_ENTRY_BYTES);
        table.u8("entryCount").set(image, UCODE_TABLE, 1);
        int entry = UCODE_TABLE + table.sizeBytes();
        image.set(ValueLayout.JAVA_BYTE, entry, (byte) BootStructs.UCODE_TYPE_FWSEC_PROD);
        image.set(INT, entry + 2, IMAGE_BYTES + UCODE_DESCRIPTOR);

        Struct descriptor = BootStructs.FALCON_UCODE_DESC_V3;
        int descriptorBytes = descriptor.sizeBytes() + BootStructs.SIGNATURE_BYTES;
        set(descriptor, image, UCODE_DESCRIPTOR, "header", descriptorBytes << 16 | 3 << 8 | 1);
        set(descriptor, image, UCODE_DESCRIPTOR, "storedSize", IMEM_BYTES + DMEM_BYTES);
        set(descriptor, image, UCODE_DESCRIPTOR, "pkcDataOffset", DMEM_SIGNATURE);
        set(descriptor, image, UCODE_DESCRIPTOR, "interfaceOffset", DMEM_INTERFACE);
        set(descriptor, image, UCODE_DESCRIPTOR, "imemLoadSize", IMEM_BYTES);
        set(descriptor, image, UCODE_DESCRIPTOR, "dmemLoadSize", DMEM_BYTES);
        set(descriptor, image, UCODE_DESCRIPTOR, "engineIdMask", ENGINE_GSP);
        set(descriptor, image, UCODE_DESCRIPTOR, "ucodeId", UCODE_ID);
        set(descriptor, image, UCODE_DESCRIPTOR, "signatureCount", 1);
        set(descriptor, image, UCODE_DESCRIPTOR, "signatureVersions", 1);

        int code = UCODE_DESCRIPTOR + descriptorBytes;
        text(image, code, "Lamella: FWSEC");
        fwsecData(image.asSlice(code + IMEM_BYTES, DMEM_BYTES));
    }

    private static void fwsecData(MemorySegment dmem) {
        Struct interfaces = BootStructs.APP_INTERFACE_HEADER;
        Struct entry = BootStructs.APP_INTERFACE_ENTRY;
        set(interfaces, dmem, DMEM_INTERFACE, "version", 1);
        set(interfaces, dmem, DMEM_INTERFACE, "headerSize", interfaces.sizeBytes());
        set(interfaces, dmem, DMEM_INTERFACE, "entrySize", entry.sizeBytes());
        set(interfaces, dmem, DMEM_INTERFACE, "entryCount", 1);
        int at = DMEM_INTERFACE + interfaces.sizeBytes();
        set(entry, dmem, at, "id", BootStructs.APP_INTERFACE_DMEM_MAPPER);
        set(entry, dmem, at, "dmemOffset", DMEM_MAPPER);

        Struct mapper = BootStructs.DMEM_MAPPER_V3;
        set(mapper, dmem, DMEM_MAPPER, "signature", BootStructs.DMEM_MAPPER_SIGNATURE);
        set(mapper, dmem, DMEM_MAPPER, "version", 3);
        set(mapper, dmem, DMEM_MAPPER, "size", mapper.sizeBytes());
        set(mapper, dmem, DMEM_MAPPER, "cmdInBufferOffset", DMEM_COMMAND);
        set(mapper, dmem, DMEM_MAPPER, "cmdInBufferSize", DMEM_COMMAND_BYTES);
        set(mapper, dmem, DMEM_MAPPER, "cmdOutBufferOffset", DMEM_OUTPUT);
        set(mapper, dmem, DMEM_MAPPER, "cmdOutBufferSize", DMEM_OUTPUT_BYTES);
        set(
                mapper,
                dmem,
                DMEM_MAPPER,
                "ucodeCommandMask0",
                1 << BootStructs.FWSEC_COMMAND_FRTS | 1 << BootStructs.FWSEC_COMMAND_SB);
    }

    private static void set(Struct struct, MemorySegment segment, long base, String field, long value) {
        struct.scalar(field).setValue(segment, base, value);
    }

    private static void text(MemorySegment segment, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    /** Makes the bytes of an image add up to 0, by its last one. */
    private static void balance(MemorySegment image) {
        image.set(ValueLayout.JAVA_BYTE, image.byteSize() - 1, (byte) -sum(image));
    }

    private static int sum(MemorySegment segment) {
        int sum = 0;
        for (long i = 0; i < segment.byteSize(); i++) {
            sum += segment.get(ValueLayout.JAVA_BYTE, i);
        }
        return sum;
    }
}
