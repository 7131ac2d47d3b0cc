// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.port.Vectors;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;

/** What a driver asks of the board while it starts: graphics clusters, memory system, interrupt vectors, engines. */
final class BoardControls {
    /** A vector that an engine does not have. */
    private static final int NO_VECTOR = -1;

    private BoardControls() {}

    static void addTo(ControlTable table) {
        GspAbi abi = table.abi();
        // There is no graphics engine yet: no cluster, and no processor in any.
        table.add(RmControl.GPU_GET_FERMI_GPC_INFO, clearing(abi.control(RmControl.GPU_GET_FERMI_GPC_INFO)));
        StructField.U32 tpcMask = abi.control(RmControl.GPU_GET_FERMI_TPC_INFO).u32("tpcMask");
        table.add(RmControl.GPU_GET_FERMI_TPC_INFO, (target, params) -> {
            tpcMask.set(params, 0, 0);
            return NvStatus.OK;
        });
        table.add(RmControl.INTERNAL_MEMSYS_GET_STATIC_CONFIG, memorySystem(abi));
        table.add(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE, interrupts(abi));
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
            // AD102 keeps compression tags in raw mode: no tag lines to hand out.
            layout.u8("bUseRawModeComptaglineAllocation").set(params, 0, true);
            layout.u8("bFbpaPresent").set(params, 0, true);
            return NvStatus.OK;
        };
    }

    private static ControlTable.Handler interrupts(GspAbi abi) {
        Struct layout = abi.control(RmControl.INTERNAL_INTR_GET_KERNEL_TABLE);
        return (target, params) -> {
            layout.clear(params, 0);
            layout.u32("tableLen").set(params, 0, 1);
            layout.u16("table[0].engineIdx").set(params, 0, abi.mcEngines().gsp());
            layout.u32("table[0].vectorStall").set(params, 0, Vectors.GSP_STALL);
            layout.u32("table[0].vectorNonStall").set(params, 0, NO_VECTOR);
            return NvStatus.OK;
        };
    }

    /** Host engines: see package-info for why they answer and are empty. */
    static void addHostEnginesTo(ControlTable table) {
        GspAbi abi = table.abi();
        table.add(RmControl.FIFO_GET_DEVICE_INFO_TABLE, clearing(abi.control(RmControl.FIFO_GET_DEVICE_INFO_TABLE)));
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
}
