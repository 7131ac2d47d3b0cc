// SPDX-License-Identifier: Apache-2.0
package io.lamella.it.r999;

import io.lamella.hw.Architecture;
import io.lamella.hw.gsp.ControlNumbers;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspRelease;
import io.lamella.hw.gsp.r570.R570;
import io.lamella.hw.struct.StructCatalog;
import java.util.Optional;

/** Release 999.1, made up: 570.144 with other layouts, other numbers, other indices and more memory. */
public final class R999 implements GspRelease {
    private static final StructCatalog STRUCTS = R570.STRUCTS.extendedBy(R999.class, "gsp.layout");
    private static final StructCatalog HOST_RPC = R570.HOST_RPC.extendedBy(R999.class, "host-rpc.layout");
    private static final ControlNumbers CONTROLS = R570.CONTROLS.changedBy(R999.class, "controls.table");

    @Override
    public String name() {
        return "999.1";
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
        return 0x20000;
    }

    @Override
    public ControlNumbers controls() {
        return CONTROLS;
    }

    @Override
    public GspAbi.McEngines mcEngines() {
        return new GspAbi.McEngines(57, 93);
    }

    @Override
    public int firstChannelId() {
        return 3;
    }

    @Override
    public Optional<GspAbi.FirmwareSizes> sizes(Architecture architecture) {
        return new R570().sizes(architecture);
    }

    @Override
    public long osHeapBytes() {
        return 30L << 20;
    }

    @Override
    public long vgpuHeapBytes() {
        return 600L << 20;
    }
}
