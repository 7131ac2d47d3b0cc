// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.ce.CopyEngines;
import io.lamella.gpu.gr.GraphicsEngine;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.port.Vectors;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a driver asks of the board while it starts: graphics clusters, memory system, interrupt vectors, engines. */
final class BoardControls {
    /** A vector that an engine does not have. */
    private static final int NO_VECTOR = -1;

    // Indices of an engine's data (open-gpu-kernel-modules, ENGINE_INFO_TYPE).
    private static final int ENGINE_DESC = 0;
    private static final int ENGINE_RM_TYPE = 2;
    private static final int ENGINE_RUNLIST = 3;
    private static final int ENGINE_RUNLIST_BASE = 11;

    /** Runlists have register blocks of their own; under a GSP a driver only tells runlists apart by them. */
    private static final int RUNLIST_BASE = 0x00d0_0000;

    private static final int RUNLIST_BYTES = 0x4000;
    private static final int FIRST_HOST_FAULT_ID = 0x20;

    private BoardControls() {}

    static void addTo(ControlTable table, List<Runlist> runlists, DisplayEngine display) {
        GspAbi abi = table.abi();
        // There is no graphics engine yet: no cluster, and no processor in any.
        table.add(RmControl.GPU_GET_FERMI_GPC_INFO, clearing(abi.control(RmControl.GPU_GET_FERMI_GPC_INFO)));
        StructField.U32 tpcMask = abi.control(RmControl.GPU_GET_FERMI_TPC_INFO).u32("tpcMask");
        table.add(RmControl.GPU_GET_FERMI_TPC_INFO, (target, params) -> {
            tpcMask.set(params, 0, 0);
            return NvStatus.OK;
        });
        table.add(RmControl.INTERNAL_MEMSYS_GET_STATIC_CONFIG, memorySystem(abi));
        table.add(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE, interrupts(abi, runlists, display));
        table.add(RmControl.GPU_GET_ENGINES_V2, clearing(abi.control(RmControl.GPU_GET_ENGINES_V2)));
    }

    private static ControlTable.Handler clearing(Struct layout) {
        return (target, params) -> {
            layout.clear(params, 0);
            return NvStatus.OK;
        };
    }

    private static ControlTable.Handler memorySystem(GspAbi abi) {
        Struct layout = abi.control(RmControl.INTERNAL_MEMSYS_GET_STATIC_CONFIG);
        return (target, params) -> {
            layout.clear(params, 0);
            // Compression tags are in raw mode: no tag lines to hand out.
            layout.u8("bUseRawModeComptaglineAllocation").set(params, 0, true);
            layout.u8("bFbpaPresent").set(params, 0, true);
            return NvStatus.OK;
        };
    }

    private static ControlTable.Handler interrupts(GspAbi abi, List<Runlist> runlists, DisplayEngine display) {
        Struct layout = abi.control(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE);
        return (target, params) -> {
            layout.clear(params, 0);
            layout.u32("tableLen")
                    .set(params, 0, 1 + runlists.size() + display.vectors().size());
            vector(layout, params, 0, abi.mcEngines().gsp(), Vectors.GSP_STALL, NO_VECTOR);
            for (int i = 0; i < runlists.size(); i++) {
                int type = runlists.get(i).engineType();
                int engine = type == GraphicsEngine.ENGINE_TYPE
                        ? abi.mcEngines().graphics0()
                        : GspAbi.McEngines.COPY_ENGINE_0 + type - CopyEngines.ENGINE_TYPE_COPY_0;
                vector(layout, params, 1 + i, engine, NO_VECTOR, runlists.get(i).nonStallVector());
            }
            int next = 1 + runlists.size();
            for (DisplayEngine.Vector one : display.vectors()) {
                vector(layout, params, next++, one.engine(), one.stall(), NO_VECTOR);
            }
            return NvStatus.OK;
        };
    }

    private static void vector(Struct layout, MemorySegment params, int index, int engine, int stall, int nonStall) {
        String entry = "table[" + index + "].";
        layout.u16(entry + "engineIdx").set(params, 0, engine);
        layout.u32(entry + "vectorStall").set(params, 0, stall);
        layout.u32(entry + "vectorNonStall").set(params, 0, nonStall);
    }

    /** Engines that channels can use, with their runlists. No engine is a falcon with context buffers of its own. */
    static void addHostEnginesTo(ControlTable table, List<Runlist> runlists) {
        GspAbi abi = table.abi();
        Struct engines = abi.control(RmControl.FIFO_GET_DEVICE_INFO_TABLE);
        table.add(RmControl.FIFO_GET_DEVICE_INFO_TABLE, (target, params) -> {
            long first = engines.u32("baseIndex").value(params, 0);
            engines.clear(params, 0);
            engines.u32("baseIndex").set(params, 0, (int) first);
            int count = (int) Math.max(0, runlists.size() - first);
            engines.u32("numEntries").set(params, 0, count);
            for (int i = 0; i < count; i++) {
                device(engines, params, "entries[" + i + "].", (int) first + i, runlists.get((int) first + i));
            }
            return NvStatus.OK;
        });
        table.add(
                RmControl.GPU_GET_CONSTRUCTED_FALCON_INFO,
                clearing(abi.control(RmControl.GPU_GET_CONSTRUCTED_FALCON_INFO)));
        StructField.U32 size =
                abi.control(RmControl.CE_GET_FAULT_METHOD_BUFFER_SIZE).u32("size");
        table.add(RmControl.CE_GET_FAULT_METHOD_BUFFER_SIZE, (target, params) -> {
            size.set(params, 0, 0x5000);
            return NvStatus.OK;
        });
    }

    private static void device(Struct engines, MemorySegment params, String entry, int index, Runlist runlist) {
        engines.u32(entry + "engineData[" + ENGINE_DESC + "]").set(params, 0, runlist.engineType() << 8);
        engines.u32(entry + "engineData[" + ENGINE_RM_TYPE + "]").set(params, 0, runlist.engineType());
        engines.u32(entry + "engineData[" + ENGINE_RUNLIST + "]").set(params, 0, runlist.id());
        engines.u32(entry + "engineData[" + ENGINE_RUNLIST_BASE + "]")
                .set(params, 0, RUNLIST_BASE + index * RUNLIST_BYTES);
        engines.u32(entry + "pbdmaIds[0]").set(params, 0, index);
        engines.u32(entry + "pbdmaFaultIds[0]").set(params, 0, FIRST_HOST_FAULT_ID + index);
        engines.u32(entry + "numPbdmas").set(params, 0, 1);
        byte[] name = runlist.name().getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(name, 0, params, ValueLayout.JAVA_BYTE, engines.offsetOf(entry + "engineName"), name.length);
    }
}
