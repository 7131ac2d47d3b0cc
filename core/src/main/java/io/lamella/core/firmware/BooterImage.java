// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.falcon.Signatures;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;

/** A booter: a heavy-secured program for SEC2 in the container "hs header version 2". */
public final class BooterImage {
    private static final Struct HEADER = BootStructs.HS_HEADER_V2;
    private static final Struct LOAD = BootStructs.HS_LOAD_HEADER_V2;
    private static final Struct META = BootStructs.HS_META;
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
        Bytes header = file.slice("header", container.headerOffset(), HEADER.sizeBytes());
        patchOffset = file.u32(header.field(HEADER, "patchLocLocation"));
        long skipped = file.u32(header.field(HEADER, "patchSigLocation"));
        long meta = header.field(HEADER, "metaDataLocation");
        long count = file.u32(header.field(HEADER, "numSigLocation"));
        long allBytes = header.field(HEADER, "sigProdSize");
        if (count < 1 || count > MOST_SIGNATURES || allBytes % count != 0 || data.sizeBytes() > MOST_BYTES) {
            throw file.broken(count + " signatures in " + allBytes + " bytes make no sense");
        }
        signatureCount = (int) count;
        signatureBytes = (int) (allBytes / count);
        signatures = file.slice("signatures", header.field(HEADER, "sigProdOffset") + skipped, allBytes);
        Bytes load = file.slice(
                "load header",
                header.field(HEADER, "headerOffset"),
                LOAD.sizeBytes() + (long) BootStructs.HS_APP.sizeBytes());
        dataOffset = load.field(LOAD, "osDataOffset");
        dataBytes = load.field(LOAD, "osDataSize");
        if (load.field(LOAD, "numApps") < 1) {
            throw file.broken("it has no application");
        }
        codeOffset = load.field(LOAD, "app[0].offset");
        codeBytes = load.field(LOAD, "app[0].size");
        data.slice("code", codeOffset, codeBytes);
        data.slice("data", dataOffset, dataBytes);
        data.slice("room for the signature", patchOffset, signatureBytes);
        if (patchOffset < dataOffset || codeBytes % BLOCK_BYTES != 0 || dataBytes % BLOCK_BYTES != 0) {
            throw file.broken("its code of " + codeBytes + " and data of " + dataBytes
                    + " bytes are not whole blocks of 256 with the signature in the data");
        }
        newestVersion = (int) file.field(META, meta, "fuseVersion");
        engineIdMask = (int) file.field(META, meta, "engineId");
        ucodeId = (int) file.field(META, meta, "ucodeId");
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
