// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.vbios;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.falcon.Signatures;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;

/**
 * The FWSEC program as the VBIOS has it: descriptor version 3, signatures, code, data. One program with several commands; which one it
 * carries out is written into its data before it is loaded.
 */
public final class FwsecImage {
    private static final Struct DESCRIPTOR = BootStructs.FALCON_UCODE_DESC_V3;
    private static final Struct INTERFACES = BootStructs.APP_INTERFACE_HEADER;
    private static final Struct INTERFACE = BootStructs.APP_INTERFACE_ENTRY;
    private static final Struct MAPPER = BootStructs.DMEM_MAPPER_V3;
    private static final Struct COMMAND = BootStructs.FWSEC_FRTS_COMMAND;
    private static final int BLOCK_BYTES = 256;
    private static final int MOST_BYTES = 0x1_0000;
    private static final int PAGE_SHIFT = 12;

    private final Bytes descriptor;
    private final Bytes signatures;
    private final Bytes code;
    private final Bytes data;

    private FwsecImage(Bytes descriptor, Bytes signatures, Bytes code, Bytes data) {
        this.descriptor = descriptor;
        this.signatures = signatures;
        this.code = code;
        this.data = data;
    }

    static FwsecImage parse(Bytes from) {
        long header = from.field(DESCRIPTOR, "header");
        int version = (int) (header >>> 8 & 0xff);
        long descriptorBytes = header >>> 16;
        if ((header & BootStructs.UCODE_DESC_HAS_VERSION) == 0 || version != BootStructs.VERSION_3) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED,
                    "The VBIOS has an FWSEC descriptor of version " + version + "; only version 3 (GA102 and later) is"
                            + " supported.");
        }
        Bytes descriptor = from.slice("descriptor", 0, DESCRIPTOR.sizeBytes());
        long signatureCount = descriptor.field(DESCRIPTOR, "signatureCount");
        long codeBytes = descriptor.field(DESCRIPTOR, "imemLoadSize");
        long dataBytes = descriptor.field(DESCRIPTOR, "dmemLoadSize");
        if (codeBytes == 0 || codeBytes % BLOCK_BYTES != 0 || codeBytes > MOST_BYTES || dataBytes > MOST_BYTES) {
            throw from.broken("code of " + codeBytes + " and data of " + dataBytes + " bytes do not fit a falcon");
        }
        return new FwsecImage(
                descriptor,
                from.slice("signatures", DESCRIPTOR.sizeBytes(), signatureCount * BootStructs.SIGNATURE_BYTES),
                from.slice("code", descriptorBytes, codeBytes),
                from.slice("data", descriptorBytes + codeBytes, dataBytes));
    }

    /** The program that creates the FRTS region, and with it the protected region WPR2, in frame buffer. */
    public FalconProgram frts(Device device, long regionAddress, long regionBytes) {
        return program("FWSEC-FRTS", device, BootStructs.FWSEC_COMMAND_FRTS, regionAddress, regionBytes);
    }

    /** The program that puts the unit back in order after the GSP has stopped. */
    public FalconProgram sb(Device device) {
        return program("FWSEC-SB", device, BootStructs.FWSEC_COMMAND_SB, 0, 0);
    }

    private FalconProgram program(String name, Device device, int command, long regionAddress, long regionBytes) {
        int engines = number("engineIdMask");
        int ucodeId = number("ucodeId");
        if ((engines & BootStructs.ENGINE_ID_GSP) == 0) {
            throw descriptor.broken("it is not for the GSP");
        }
        int codeBytes = Math.toIntExact(code.sizeBytes());
        int dataBytes = Math.toIntExact(data.sizeBytes() + BLOCK_BYTES - 1 & -BLOCK_BYTES);
        MemorySegment image = MemorySegment.ofArray(new byte[codeBytes + dataBytes]);
        MemorySegment.copy(code.memory(), 0, image, 0, codeBytes);
        MemorySegment.copy(data.memory(), 0, image, codeBytes, data.sizeBytes());

        int fuse = Signatures.fuse(device, name, engines, ucodeId);
        int chosen = Signatures.ofFwsec(name, fuse, number("signatureVersions"), number("signatureCount"));
        long signatureAddress = descriptor.field(DESCRIPTOR, "pkcDataOffset");
        data.slice("room for the signature", signatureAddress, BootStructs.SIGNATURE_BYTES);
        FalconUnit.sign(
                image,
                codeBytes + signatureAddress,
                signatures.slice(
                        "signature " + chosen,
                        (long) chosen * BootStructs.SIGNATURE_BYTES,
                        BootStructs.SIGNATURE_BYTES));

        patch(image.asSlice(codeBytes, data.sizeBytes()), command, regionAddress, regionBytes);
        return new FalconProgram(
                name,
                image,
                0,
                number("imemPhysBase"),
                codeBytes,
                codeBytes,
                number("dmemPhysBase"),
                dataBytes,
                (int) signatureAddress,
                engines,
                ucodeId,
                0);
    }

    private int number(String field) {
        return (int) descriptor.field(DESCRIPTOR, field);
    }

    /** Writes the command into the program's data, where its table of applications leads. */
    private void patch(MemorySegment target, int command, long regionAddress, long regionBytes) {
        Bytes view = new Bytes("VBIOS, FWSEC, data", target);
        long table = descriptor.field(DESCRIPTOR, "interfaceOffset");
        long version = view.field(INTERFACES, table, "version");
        if (version != BootStructs.VERSION_1) {
            throw view.broken("its application table has version " + version + ", not " + BootStructs.VERSION_1);
        }
        long headerBytes = view.field(INTERFACES, table, "headerSize");
        long entryBytes = view.field(INTERFACES, table, "entrySize");
        long count = view.field(INTERFACES, table, "entryCount");
        for (long i = 0; i < count; i++) {
            long entry = table + headerBytes + i * entryBytes;
            if (view.field(INTERFACE, entry, "id") == BootStructs.APP_INTERFACE_DMEM_MAPPER) {
                long place = view.field(INTERFACE, entry, "dmemOffset");
                Bytes mapper = view.slice("mapper", place, MAPPER.sizeBytes());
                MAPPER.u32("initCommand").set(mapper.memory(), 0, command);
                long input = mapper.field(MAPPER, "cmdInBufferOffset");
                write(view.slice("command", input, COMMAND.sizeBytes()).memory(), command, regionAddress, regionBytes);
                return;
            }
        }
        throw view.broken("it has no memory mapper among " + count + " applications");
    }

    private static void write(MemorySegment arguments, int command, long regionAddress, long regionBytes) {
        set(arguments, "readVbios.version", BootStructs.VERSION_1);
        set(arguments, "readVbios.headerSize", COMMAND.nested("readVbios").sizeBytes());
        set(arguments, "readVbios.address", 0);
        set(arguments, "readVbios.sizeBytes", 0);
        set(arguments, "readVbios.flags", BootStructs.FWSEC_READ_VBIOS_FLAGS);
        if (command == BootStructs.FWSEC_COMMAND_FRTS) {
            set(arguments, "region.version", BootStructs.VERSION_1);
            set(arguments, "region.headerSize", COMMAND.nested("region").sizeBytes());
            set(arguments, "region.offset4K", regionAddress >>> PAGE_SHIFT);
            set(arguments, "region.size4K", regionBytes >>> PAGE_SHIFT);
            set(arguments, "region.type", BootStructs.FRTS_REGION_FRAME_BUFFER);
        }
    }

    private static void set(MemorySegment arguments, String field, long value) {
        COMMAND.scalar(field).setValue(arguments, 0, value);
    }
}
