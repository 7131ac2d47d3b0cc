// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp.r535;

import io.lamella.hw.Architecture;
import io.lamella.hw.gsp.ControlNumbers;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspRelease;
import io.lamella.hw.struct.StructCatalog;
import java.util.Optional;

/** Release 535.113.01. */
public final class R535 implements GspRelease {
    /** Every structure. */
    public static final StructCatalog STRUCTS = StructCatalog.load(
            R535.class, "gsp.layout", "object.layout", "engine.layout", "display.layout", "vgpu.layout");

    /** Every structure of the host RPC. */
    public static final StructCatalog HOST_RPC = StructCatalog.load(R535.class, "host-rpc.layout");

    /** Controls by number. */
    public static final ControlNumbers CONTROLS = ControlNumbers.COMMON.changedBy(R535.class, "controls.table");

    @Override
    public String name() {
        return "535.113.01";
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
        return 0;
    }

    @Override
    public ControlNumbers controls() {
        return CONTROLS;
    }

    @Override
    public GspAbi.McEngines mcEngines() {
        return new GspAbi.McEngines(49, 82);
    }

    @Override
    public int firstChannelId() {
        return 0;
    }

    @Override
    public Optional<GspAbi.FirmwareSizes> sizes(Architecture architecture) {
        return switch (architecture) {
            case ADA -> Optional.of(new GspAbi.FirmwareSizes(8L << 20, 1L << 20, 0));
            case BLACKWELL_GB20X -> Optional.empty();
        };
    }

    @Override
    public long osHeapBytes() {
        return 20L << 20;
    }

    @Override
    public long vgpuHeapBytes() {
        return 549L << 20;
    }
}
