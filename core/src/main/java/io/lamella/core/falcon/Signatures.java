// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.falcon;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Device;
import io.lamella.hw.Loc;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.reg.Fuse;

/**
 * Which of a program's signatures this GPU accepts: fuses count the versions that were revoked, a program carries one signature per
 * version that it can still be run as.
 */
public final class Signatures {
    private Signatures() {}

    /** The fuse that belongs to a program. */
    public static int fuse(Device device, String program, int engineIdMask, int ucodeId) {
        Loc.Array<Fuse.UcodeVersion> fuses;
        if ((engineIdMask & BootStructs.ENGINE_ID_SEC2) != 0) {
            fuses = Fuse.SEC2_UCODE_VERSION;
        } else if ((engineIdMask & BootStructs.ENGINE_ID_NVDEC) != 0) {
            fuses = Fuse.NVDEC_UCODE_VERSION;
        } else if ((engineIdMask & BootStructs.ENGINE_ID_GSP) != 0) {
            fuses = Fuse.GSP_UCODE_VERSION;
        } else {
            throw refuse(program, "it is for none of the engines SEC2, NVDEC and GSP");
        }
        if (ucodeId < 1 || ucodeId > Fuse.UCODE_COUNT) {
            throw refuse(program, "there is no fuse for ucode id " + ucodeId);
        }
        return device.read(fuses.at(ucodeId - 1)).raw();
    }

    /** The signature of a booter: signatures are in falling order of version, {@code newest} first. */
    public static int ofBooter(String program, int fuse, int newest, int count) {
        int index = fuse == 0 ? count - 1 : newest - bitLength(fuse);
        if (index < 0 || index >= count) {
            throw refuse(program, "the GPU's fuses revoke it");
        }
        return index;
    }

    /** The signature of an FWSEC program: bit n of {@code versions} says that there is one for version n, in rising order. */
    public static int ofFwsec(String program, int fuse, int versions, int count) {
        int version = 1 << bitLength(fuse);
        int index = Integer.bitCount(versions & (version - 1));
        if ((versions & version) == 0 || index >= count) {
            throw refuse(program, "the GPU's fuses revoke it");
        }
        return index;
    }

    private static int bitLength(int fuse) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(fuse);
    }

    private static CoreException refuse(String program, String why) {
        return new CoreException(CoreError.NOT_SUPPORTED, program + " cannot be run: " + why + ".");
    }
}
