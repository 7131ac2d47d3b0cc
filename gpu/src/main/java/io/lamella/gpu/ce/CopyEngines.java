// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.port.Vectors;
import io.lamella.hw.Architecture;
import java.util.List;
import java.util.stream.IntStream;

/** The copy engines: five, each with a runlist of its own. */
public final class CopyEngines {
    /** How many there are. */
    public static final int COUNT = 5;

    /** NV2080_ENGINE_TYPE_COPY0. */
    public static final int ENGINE_TYPE_COPY_0 = 9;

    /** What a driver logs when copy engine n refuses a method (nverror.h). */
    private static final int[] XIDS = {39, 40, 41, 70, 71};

    private CopyEngines() {}

    /** Runlist n belongs to copy engine n. */
    public static List<Runlist> runlists(Architecture architecture) {
        return IntStream.range(0, COUNT)
                .mapToObj(n -> new Runlist(
                        n,
                        ENGINE_TYPE_COPY_0 + n,
                        "CE" + n,
                        Vectors.CE0_NON_STALL + n,
                        XIDS[n],
                        List.of(CopyClass.of(architecture)),
                        architecture.semaphoreAddressBits()))
                .toList();
    }
}
