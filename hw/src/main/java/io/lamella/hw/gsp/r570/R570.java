// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp.r570;

import io.lamella.hw.Architecture;
import io.lamella.hw.gsp.ControlNumbers;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspRelease;
import io.lamella.hw.gsp.r535.R535;
import io.lamella.hw.struct.StructCatalog;
import java.util.Optional;

/** Release 570.144. */
public final class R570 implements GspRelease {
    /** Every structure; those that did not change are release 535.113.01's. */
    public static final StructCatalog STRUCTS = R535.STRUCTS.extendedBy(
            R570.class, "gsp.layout", "object.layout", "engine.layout", "display.layout", "vgpu.layout");

    /** Every structure of the host RPC; those that did not change are release 535.113.01's. */
    public static final StructCatalog HOST_RPC = R535.HOST_RPC.extendedBy(R570.class, "host-rpc.layout");

    /** Controls by number. */
    public static final ControlNumbers CONTROLS = ControlNumbers.COMMON.changedBy(R570.class, "controls.table");

    @Override
    public String name() {
        return "570.144";
    }

    @Override
    public StructCatalog structs() {
        return STRUCTS;
    }

    @Override
    public StructCatalog hostRpc() {
        return HOST_RPC;
    }

    @Override
    public int hostRpcKernelLogBytes() {
        return 0x10000;
    }

    @Override
    public ControlNumbers controls() {
        return CONTROLS;
    }

    @Override
    public GspAbi.McEngines mcEngines() {
        return new GspAbi.McEngines(50, 84);
    }

    @Override
    public int firstChannelId() {
        return 1;
    }

    @Override
    public Optional<GspAbi.FirmwareSizes> sizes(Architecture architecture) {
        return switch (architecture) {
            case ADA -> Optional.of(new GspAbi.FirmwareSizes(8L << 20, 1L << 20, 0));
            case BLACKWELL_GB20X -> Optional.of(new GspAbi.FirmwareSizes(14L << 20, 0x22_0000, 0x182_0000));
        };
    }

    @Override
    public long osHeapBytes() {
        return 22L << 20;
    }

    @Override
    public long vgpuHeapBytes() {
        return 581L << 20;
    }
}
