// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gr;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.port.Vectors;
import io.lamella.hw.Architecture;
import java.util.List;

/** The graphics engine GR0, which has a runlist but no classes. */
public final class GraphicsEngine {
    /** NV2080_ENGINE_TYPE_GR0. */
    public static final int ENGINE_TYPE = 1;

    /** What a driver logs when graphics refuses a method (nverror.h). */
    private static final int XID = 13;

    private GraphicsEngine() {}

    /** The runlist after those of the copy engines. */
    public static Runlist runlist(Architecture architecture) {
        return new Runlist(
                CopyEngines.COUNT,
                ENGINE_TYPE,
                "GR0",
                Vectors.GR0_NON_STALL,
                XID,
                List.of(),
                architecture.semaphoreAddressBits());
    }
}
