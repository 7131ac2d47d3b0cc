// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.host.EngineClass;
import io.lamella.gpu.host.EngineContext;
import io.lamella.gpu.host.EngineObject;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.port.Vectors;
import io.lamella.hw.method.CopyMethod;
import java.util.List;
import java.util.stream.IntStream;

/** The copy engines of an AD102: five, each with a runlist of its own. */
public final class CopyEngines {
    /** How many there are. */
    public static final int COUNT = 5;

    /** NV2080_ENGINE_TYPE_COPY0. */
    public static final int ENGINE_TYPE_COPY_0 = 9;

    /** What a driver logs when copy engine n refuses a method (nverror.h). */
    private static final int[] XIDS = {39, 40, 41, 70, 71};

    private static final EngineClass AMPERE_DMA_COPY_B = new EngineClass() {
        @Override
        public int number() {
            return CopyMethod.CLASS_ID;
        }

        @Override
        public EngineObject create(EngineContext context) {
            return new CopyObject(context);
        }
    };

    private CopyEngines() {}

    /** Runlist n belongs to copy engine n. */
    public static List<Runlist> runlists() {
        return IntStream.range(0, COUNT)
                .mapToObj(n -> new Runlist(
                        n,
                        ENGINE_TYPE_COPY_0 + n,
                        "CE" + n,
                        Vectors.CE0_NON_STALL + n,
                        XIDS[n],
                        List.of(AMPERE_DMA_COPY_B)))
                .toList();
    }
}
