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

    // Places in either image.
    private static final int PCIR = 0x20;

    // Places in the PC-AT image.
    private static final int BIT = 0x60;
    private static final int VERSION_DATA = 0x80;
    private static final int FALCON_DATA = 0x88;
    private static final int NOTICE = 0x100;

    // Places in the extended image.
    private static final int UCODE_TABLE = 0x60;
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

    private static final int UCODE_ID = 9;

    /** What nouveau prints as the version: 95.02.51.00.01, each a byte. */
    private static final byte[] VERSION = {0x00, 0x51, 0x02, (byte) 0x95, 0x01};

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
        header(pcAt, deviceId, classCode, BootStructs.CODE_TYPE_PC_AT, 0);
        header(extended, deviceId, classCode, BootStructs.CODE_TYPE_FWSEC, BootStructs.LAST_IMAGE);
        bit(pcAt);
        text(pcAt, NOTICE, "Lamella software GPU: a VBIOS with no code in it");
        fwsec(extended);
        balance(pcAt);
        return rom;
    }

    private static void header(MemorySegment image, int deviceId, int classCode, int codeType, int last) {
        Struct start = BootStructs.ROM_IMAGE_HEADER;
        int blocks = IMAGE_BYTES / BootStructs.ROM_BLOCK_BYTES;
        set(start, image, 0, "signature", BootStructs.ROM_SIGNATURE);
        set(start, image, 0, "blocks", blocks);
        set(start, image, 0, "pcirPointer", PCIR);
        Struct pcir = BootStructs.PCIR;
        set(pcir, image, PCIR, "signature", BootStructs.PCIR_SIGNATURE);
        set(pcir, image, PCIR, "vendorId", 0x10de);
        set(pcir, image, PCIR, "deviceId", deviceId);
        set(pcir, image, PCIR, "size", pcir.sizeBytes());
        set(pcir, image, PCIR, "revision", 3);
        for (int i = 0; i < 3; i++) {
            image.set(ValueLayout.JAVA_BYTE, PCIR + pcir.offsetOf("classCode") + i, (byte) (classCode >> (8 * i)));
        }
        set(pcir, image, PCIR, "imageBlocks", blocks);
        set(pcir, image, PCIR, "codeType", codeType);
        set(pcir, image, PCIR, "indicator", last);
    }

    private static void bit(MemorySegment image) {
        Struct header = BootStructs.BIT_HEADER;
        set(header, image, BIT, "id", BootStructs.BIT_ID);
        text(image, BIT + header.offsetOf("signature"), "BIT");
        set(header, image, BIT, "version", 0x0100);
        set(header, image, BIT, "headerSize", header.sizeBytes());
        set(header, image, BIT, "tokenSize", BootStructs.BIT_TOKEN.sizeBytes());
        set(header, image, BIT, "tokenCount", 2);
        set(header, image, BIT, "checksum", -sum(image.asSlice(BIT, header.sizeBytes())));
        token(image, 0, 'i', VERSION.length, VERSION_DATA);
        token(image, 1, BootStructs.BIT_TOKEN_FALCON_DATA, Integer.BYTES, FALCON_DATA);
        MemorySegment.copy(VERSION, 0, image, ValueLayout.JAVA_BYTE, VERSION_DATA, VERSION.length);
        image.set(INT, FALCON_DATA, IMAGE_BYTES + UCODE_TABLE);
    }

    private static void token(MemorySegment image, int index, int id, int length, int offset) {
        Struct token = BootStructs.BIT_TOKEN;
        int at = BIT + BootStructs.BIT_HEADER.sizeBytes() + index * token.sizeBytes();
        set(token, image, at, "id", id);
        set(token, image, at, "version", BootStructs.BIT_TOKEN_FALCON_DATA_VERSION);
        set(token, image, at, "dataSize", length);
        set(token, image, at, "dataPointer", offset);
    }

    private static void fwsec(MemorySegment image) {
        Struct table = BootStructs.PMU_LOOKUP_TABLE_HEADER;
        Struct entry = BootStructs.PMU_LOOKUP_TABLE_ENTRY;
        table.u8("version").set(image, UCODE_TABLE, 1);
        table.u8("headerSize").set(image, UCODE_TABLE, table.sizeBytes());
        table.u8("entrySize").set(image, UCODE_TABLE, entry.sizeBytes());
        table.u8("entryCount").set(image, UCODE_TABLE, 1);
        int at = UCODE_TABLE + table.sizeBytes();
        set(entry, image, at, "type", BootStructs.UCODE_TYPE_FWSEC_PROD);
        set(entry, image, at, "dataLow", IMAGE_BYTES + UCODE_DESCRIPTOR);

        Struct descriptor = BootStructs.FALCON_UCODE_DESC_V3;
        int descriptorBytes = descriptor.sizeBytes() + BootStructs.SIGNATURE_BYTES;
        set(
                descriptor,
                image,
                UCODE_DESCRIPTOR,
                "header",
                descriptorBytes << 16 | BootStructs.VERSION_3 << 8 | BootStructs.UCODE_DESC_HAS_VERSION);
        set(descriptor, image, UCODE_DESCRIPTOR, "storedSize", IMEM_BYTES + DMEM_BYTES);
        set(descriptor, image, UCODE_DESCRIPTOR, "pkcDataOffset", DMEM_SIGNATURE);
        set(descriptor, image, UCODE_DESCRIPTOR, "interfaceOffset", DMEM_INTERFACE);
        set(descriptor, image, UCODE_DESCRIPTOR, "imemLoadSize", IMEM_BYTES);
        set(descriptor, image, UCODE_DESCRIPTOR, "dmemLoadSize", DMEM_BYTES);
        set(descriptor, image, UCODE_DESCRIPTOR, "engineIdMask", BootStructs.ENGINE_ID_GSP);
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
        set(interfaces, dmem, DMEM_INTERFACE, "version", BootStructs.VERSION_1);
        set(interfaces, dmem, DMEM_INTERFACE, "headerSize", interfaces.sizeBytes());
        set(interfaces, dmem, DMEM_INTERFACE, "entrySize", entry.sizeBytes());
        set(interfaces, dmem, DMEM_INTERFACE, "entryCount", 1);
        int at = DMEM_INTERFACE + interfaces.sizeBytes();
        set(entry, dmem, at, "id", BootStructs.APP_INTERFACE_DMEM_MAPPER);
        set(entry, dmem, at, "dmemOffset", DMEM_MAPPER);

        Struct mapper = BootStructs.DMEM_MAPPER_V3;
        set(mapper, dmem, DMEM_MAPPER, "signature", BootStructs.DMEM_MAPPER_SIGNATURE);
        set(mapper, dmem, DMEM_MAPPER, "version", BootStructs.VERSION_3);
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
