// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.falcon.Signatures;
import java.lang.foreign.MemorySegment;

/** A booter: a heavy-secured program for SEC2 in the container "hs header version 2". */
public final class BooterImage {
    private static final int BLOCK_BYTES = 256;
    private static final int MOST_SIGNATURES = 64;
    private static final int MOST_BYTES = 0x10_0000;

    private final Bytes data;
    private final Bytes signatures;
    private final int signatureCount;
    private final int signatureBytes;
    private final long patchOffset;
    private final long codeOffset;
    private final long codeBytes;
    private final long dataOffset;
    private final long dataBytes;
    private final int newestVersion;
    private final int engineIdMask;
    private final int ucodeId;

    private BooterImage(Bytes file) {
        Container container = Container.parse(file);
        data = container.data();
        Bytes header = file.slice("header", container.headerOffset(), 36);
        patchOffset = file.u32(header.u32(8));
        long skipped = file.u32(header.u32(12));
        long meta = header.u32(16);
        long count = file.u32(header.u32(24));
        long allBytes = header.u32(4);
        if (count < 1 || count > MOST_SIGNATURES || allBytes % count != 0 || data.sizeBytes() > MOST_BYTES) {
            throw file.broken(count + " signatures in " + allBytes + " bytes make no sense");
        }
        signatureCount = (int) count;
        signatureBytes = (int) (allBytes / count);
        signatures = file.slice("signatures", header.u32(0) + skipped, allBytes);
        Bytes load = file.slice("load header", header.u32(28), 20 + 16);
        dataOffset = load.u32(8);
        dataBytes = load.u32(12);
        if (load.u32(16) < 1) {
            throw file.broken("it has no application");
        }
        codeOffset = load.u32(20);
        codeBytes = load.u32(24);
        data.slice("code", codeOffset, codeBytes);
        data.slice("data", dataOffset, dataBytes);
        data.slice("room for the signature", patchOffset, signatureBytes);
        if (patchOffset < dataOffset || codeBytes % BLOCK_BYTES != 0 || dataBytes % BLOCK_BYTES != 0) {
            throw file.broken("its code of " + codeBytes + " and data of " + dataBytes
                    + " bytes are not whole blocks of 256 with the signature in the data");
        }
        newestVersion = (int) file.u32(meta);
        engineIdMask = (int) file.u32(meta + 4);
        ucodeId = (int) file.u32(meta + 8);
    }

    static BooterImage parse(Bytes file) {
        return new BooterImage(file);
    }

    /** The program with the signature that this GPU accepts. */
    public FalconProgram program(String name, Device device) {
        MemorySegment image = data.copy(data.sizeBytes());
        int fuse = Signatures.fuse(device, name, engineIdMask, ucodeId);
        int chosen = Signatures.ofBooter(name, fuse, newestVersion, signatureCount);
        FalconUnit.sign(
                image,
                patchOffset,
                signatures.slice("signature " + chosen, (long) chosen * signatureBytes, signatureBytes));
        return new FalconProgram(
                name,
                image,
                (int) codeOffset,
                0,
                (int) codeBytes,
                (int) dataOffset,
                0,
                (int) dataBytes,
                (int) (patchOffset - dataOffset),
                engineIdMask,
                ucodeId,
                (int) codeOffset);
    }
}
