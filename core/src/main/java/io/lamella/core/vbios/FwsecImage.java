// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.vbios;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.falcon.Signatures;
import java.lang.foreign.MemorySegment;

/**
 * The FWSEC program as the VBIOS has it: descriptor version 3, signatures, code, data. One program with several commands; which one it
 * carries out is written into its data before it is loaded.
 */
public final class FwsecImage {
    private static final int DESCRIPTOR_BYTES = 0x2c;
    private static final int SIGNATURE_BYTES = 384;
    private static final int BLOCK_BYTES = 256;
    private static final int MOST_BYTES = 0x1_0000;
    private static final int GSP_ENGINE = 0x400;
    private static final int APPLICATION_DMEM_MAPPER = 4;
    private static final int COMMAND_OFFSET = 0x2c;
    private static final int COMMAND_FRTS = 0x15;
    private static final int COMMAND_SB = 0x19;
    private static final int FRTS_IN_FRAME_BUFFER = 2;

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
        long header = from.u32(0);
        int version = (int) (header >>> 8 & 0xff);
        long descriptorBytes = header >>> 16;
        if ((header & 1) == 0 || version != 3) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED,
                    "The VBIOS has an FWSEC descriptor of version " + version + "; only version 3 (GA102 and later) is"
                            + " supported.");
        }
        Bytes descriptor = from.slice("descriptor", 0, DESCRIPTOR_BYTES);
        int signatureCount = descriptor.u8(0x27);
        long codeBytes = descriptor.u32(0x14);
        long dataBytes = descriptor.u32(0x20);
        if (codeBytes == 0 || codeBytes % BLOCK_BYTES != 0 || codeBytes > MOST_BYTES || dataBytes > MOST_BYTES) {
            throw from.broken("code of " + codeBytes + " and data of " + dataBytes + " bytes do not fit a falcon");
        }
        return new FwsecImage(
                descriptor,
                from.slice("signatures", DESCRIPTOR_BYTES, (long) signatureCount * SIGNATURE_BYTES),
                from.slice("code", descriptorBytes, codeBytes),
                from.slice("data", descriptorBytes + codeBytes, dataBytes));
    }

    /** The program that creates the FRTS region, and with it the protected region WPR2, in frame buffer. */
    public FalconProgram frts(Device device, long regionAddress, long regionBytes) {
        return program("FWSEC-FRTS", device, COMMAND_FRTS, regionAddress, regionBytes);
    }

    /** The program that puts the unit back in order after the GSP has stopped. */
    public FalconProgram sb(Device device) {
        return program("FWSEC-SB", device, COMMAND_SB, 0, 0);
    }

    private FalconProgram program(String name, Device device, int command, long regionAddress, long regionBytes) {
        int engines = descriptor.u16(0x24);
        int ucodeId = descriptor.u8(0x26);
        if ((engines & GSP_ENGINE) == 0) {
            throw descriptor.broken("it is not for the GSP");
        }
        int codeBytes = Math.toIntExact(code.sizeBytes());
        int dataBytes = Math.toIntExact(data.sizeBytes() + BLOCK_BYTES - 1 & -BLOCK_BYTES);
        MemorySegment image = MemorySegment.ofArray(new byte[codeBytes + dataBytes]);
        MemorySegment.copy(code.memory(), 0, image, 0, codeBytes);
        MemorySegment.copy(data.memory(), 0, image, codeBytes, data.sizeBytes());

        int fuse = Signatures.fuse(device, name, engines, ucodeId);
        int chosen = Signatures.ofFwsec(name, fuse, descriptor.u16(0x28), descriptor.u8(0x27));
        long signatureAddress = descriptor.u32(0x08);
        data.slice("room for the signature", signatureAddress, SIGNATURE_BYTES);
        FalconUnit.sign(
                image,
                codeBytes + signatureAddress,
                signatures.slice("signature " + chosen, (long) chosen * SIGNATURE_BYTES, SIGNATURE_BYTES));

        patch(image.asSlice(codeBytes, data.sizeBytes()), command, regionAddress, regionBytes);
        return new FalconProgram(
                name,
                image,
                0,
                (int) descriptor.u32(0x10),
                codeBytes,
                codeBytes,
                (int) descriptor.u32(0x1c),
                dataBytes,
                (int) signatureAddress,
                engines,
                ucodeId,
                0);
    }

    /** Writes the command into the program's data, where its table of applications leads. */
    private void patch(MemorySegment target, int command, long regionAddress, long regionBytes) {
        Bytes view = new Bytes("VBIOS, FWSEC, data", target);
        long table = descriptor.u32(0x0c);
        if (view.u8(table) != 1) {
            throw view.broken("its application table has version " + view.u8(table) + ", not 1");
        }
        int headerBytes = view.u8(table + 1);
        int entryBytes = view.u8(table + 2);
        int count = view.u8(table + 3);
        for (int i = 0; i < count; i++) {
            long entry = table + headerBytes + (long) i * entryBytes;
            if (view.u32(entry) == APPLICATION_DMEM_MAPPER) {
                MemorySegment mapper =
                        view.slice("mapper", view.u32(entry + 4), 64).memory();
                mapper.set(Bytes.INT, COMMAND_OFFSET, command);
                long input = Integer.toUnsignedLong(mapper.get(Bytes.INT, 8));
                MemorySegment arguments = view.slice("command", input, 44).memory();
                arguments.set(Bytes.INT, 0, 1);
                arguments.set(Bytes.INT, 4, 24);
                arguments.set(Bytes.LONG, 8, 0);
                arguments.set(Bytes.INT, 16, 0);
                arguments.set(Bytes.INT, 20, 2);
                if (command == COMMAND_FRTS) {
                    arguments.set(Bytes.INT, 24, 1);
                    arguments.set(Bytes.INT, 28, 20);
                    arguments.set(Bytes.INT, 32, (int) (regionAddress >>> 12));
                    arguments.set(Bytes.INT, 36, (int) (regionBytes >>> 12));
                    arguments.set(Bytes.INT, 40, FRTS_IN_FRAME_BUFFER);
                }
                return;
            }
        }
        throw view.broken("it has no memory mapper among " + count + " applications");
    }
}
