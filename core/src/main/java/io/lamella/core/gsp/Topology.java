// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.EngineInfo;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.RmClass;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Engines and their interrupts, as the firmware lists them.
 *
 * @param gspVector the GSP's stall vector
 * @param engines those that take work
 */
public record Topology(int gspVector, List<EngineInfo> engines) {
    private static final int MOST_INTERRUPTS = 128;
    private static final int ENTRIES_PER_CALL = 32;
    private static final int MOST_ENGINES = 256;
    private static final int ENGINE_TYPE = 2;
    private static final int RUNLIST = 3;
    private static final int TYPE_GRAPHICS_0 = 1;
    private static final int TYPE_COPY_0 = 9;
    private static final int MOST_COPY_ENGINES = 20;
    private static final int VECTORS = 256;

    public Topology {
        engines = List.copyOf(engines);
    }

    /**
     * Asks the firmware.
     *
     * @param copyClass class of the objects of this chip's copy engines
     */
    public static Topology read(ResourceManager manager, StaticInfo info, RmClass copyClass) {
        GspAbi.McEngines indices = manager.abi().mcEngines();
        Map<Integer, Integer> nonStall = new HashMap<>();
        RmReply table =
                manager.control(info.client(), info.subdevice(), RmRequest.of("INTERNAL_INTR_GET_KERNEL_TABLE"));
        long count = bounded("interrupts", table.number("tableLen"), MOST_INTERRUPTS);
        int gspVector = -1;
        for (int i = 0; i < count; i++) {
            int index = (int) table.number("table[" + i + "].engineIdx");
            long stall = table.number("table[" + i + "].vectorStall");
            long vector = table.number("table[" + i + "].vectorNonStall");
            if (index == indices.gsp() && stall < VECTORS) {
                gspVector = (int) stall;
            }
            if (vector < VECTORS) {
                nonStall.put(index, (int) vector);
            }
        }
        if (gspVector < 0) {
            throw new CoreException(CoreError.DEVICE_FAULT, "The firmware lists no interrupt for the GSP.");
        }
        return new Topology(gspVector, engines(manager, info, indices, nonStall, copyClass));
    }

    private static List<EngineInfo> engines(
            ResourceManager manager,
            StaticInfo info,
            GspAbi.McEngines indices,
            Map<Integer, Integer> nonStall,
            RmClass copyClass) {
        List<EngineInfo> engines = new ArrayList<>();
        boolean more = true;
        for (int base = 0; more; base += ENTRIES_PER_CALL) {
            bounded("engines", base, MOST_ENGINES);
            RmReply table = manager.control(
                    info.client(),
                    info.subdevice(),
                    RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE").with("baseIndex", base));
            long count = bounded("engines", table.number("numEntries"), ENTRIES_PER_CALL);
            for (int i = 0; i < count; i++) {
                String entry = "entries[" + i + "].";
                int type = (int) table.number(entry + "engineData[" + ENGINE_TYPE + "]");
                engines.add(new EngineInfo(
                        table.text(entry + "engineName"),
                        type,
                        (int) table.number(entry + "engineData[" + RUNLIST + "]"),
                        nonStall.getOrDefault(interruptIndex(type, indices), -1),
                        isCopy(type) ? copyClass.number() : 0));
            }
            more = table.number("bMore") != 0;
        }
        return engines;
    }

    /** The interrupt table counts units differently than engines are counted. */
    private static int interruptIndex(int engineType, GspAbi.McEngines indices) {
        if (engineType == TYPE_GRAPHICS_0) {
            return indices.graphics0();
        }
        return isCopy(engineType) ? GspAbi.McEngines.COPY_ENGINE_0 + engineType - TYPE_COPY_0 : -1;
    }

    private static boolean isCopy(int engineType) {
        return engineType >= TYPE_COPY_0 && engineType < TYPE_COPY_0 + MOST_COPY_ENGINES;
    }

    private static long bounded(String what, long count, int most) {
        if (count > most) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The firmware lists " + count + " " + what + "; " + most + " are the most.");
        }
        return count;
    }

    /** The vectors of all engines. */
    public BitSet nonStallVectors() {
        BitSet vectors = new BitSet();
        engines.stream().map(EngineInfo::nonStallVector).filter(v -> v >= 0).forEach(vectors::set);
        return vectors;
    }
}
