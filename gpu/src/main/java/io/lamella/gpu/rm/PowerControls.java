// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.host.FunctionChannels;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What drivers send before they let the power go, at a suspend and at every orderly power-off: lists of pages to save video memory to, and
 * regions to save. Video memory keeps its content here whatever the power state, so the lists are checked and nothing is copied.
 */
final class PowerControls {
    /** The most pages of one list: 512 MiB. */
    private static final long MAX_PAGES = 1L << 17;

    private static final int MEMORY_LIST_SYSTEM = 0x81;
    private static final int MEMORY_LIST_VIDEO = 0x82;

    private final GspAbi abi;
    private final RmObjects objects;
    private final FunctionChannels channels;

    /** A list of pages. */
    private record PageList(long lengthBytes) {}

    PowerControls(GspAbi abi, RmObjects objects, FunctionChannels channels) {
        this.channels = channels;
        this.abi = abi;
        this.objects = objects;
    }

    void addTo(ControlTable table) {
        table.add(RmControl.FB_GET_COMPBIT_STORE_INFO, (target, params) -> {
            // Compression has no backing store.
            abi.control(RmControl.FB_GET_COMPBIT_STORE_INFO).clear(params, 0);
            return NvStatus.OK;
        });
        table.add(RmControl.INTERNAL_MEMSYS_PROGRAM_RAW_COMPRESSION_MODE, (target, params) -> NvStatus.OK);
        // Of releases whose drivers save what they need themselves, with the channels at rest.
        if (abi.has(RmControl.INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING)) {
            StructField.U8 disable = abi.control(RmControl.INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING)
                    .u8("bDisableActiveChannels");
            table.add(RmControl.INTERNAL_FIFO_TOGGLE_ACTIVE_CHANNEL_SCHEDULING, (target, params) -> {
                if (disable.isSet(params, 0)) {
                    channels.pause(FunctionChannels.Pause.DRIVER);
                } else {
                    channels.goOn(FunctionChannels.Pause.DRIVER);
                }
                return NvStatus.OK;
            });
        }
        listControl(table, RmControl.INTERNAL_FBSR_INIT, "hSysMem");
        listControl(table, RmControl.INTERNAL_FBSR_SEND_REGION_INFO, "hVidMem");
    }

    private void listControl(ControlTable table, RmControl control, String memoryField) {
        if (!abi.has(control)) {
            return;
        }
        Struct layout = abi.control(control);
        StructField.U32 client = layout.u32("hClient");
        StructField.U32 memory = layout.u32(memoryField);
        table.add(control, (target, params) -> {
            RmClient owner = objects.client(client.get(params, 0));
            RmObject list = owner == null ? null : owner.find(memory.get(params, 0));
            return list == null || list.state(PageList.class) == null ? NvStatus.INVALID_OBJECT_HANDLE : NvStatus.OK;
        });
    }

    /** How long an ALLOC_MEMORY says it is, or null if it is too short to say. */
    static @Nullable Long declaredBytes(GspAbi abi, MemorySegment payload) {
        Struct layout = abi.payload(GspFunction.ALLOC_MEMORY).orElseThrow();
        return layout.fits(payload, 0)
                ? (Long) (layout.sizeBytes() + 8 * layout.u32("pageCount").value(payload, 0))
                : null;
    }

    /** ALLOC_MEMORY: a list of pages becomes an object. */
    NvStatus allocateMemory(MemorySegment payload) {
        Struct layout = abi.payload(GspFunction.ALLOC_MEMORY).orElseThrow();
        Long declared = declaredBytes(abi, payload);
        if (declared == null || declared > payload.byteSize()) {
            return NvStatus.INVALID_PARAM_STRUCT;
        }
        long pages = layout.u32("pageCount").value(payload, 0);
        long length = layout.u64("length").get(payload, 0);
        int type = layout.u32("hClass").get(payload, 0);
        if (type != MEMORY_LIST_SYSTEM && type != MEMORY_LIST_VIDEO) {
            return NvStatus.NOT_SUPPORTED;
        }
        if (pages > MAX_PAGES || length < 0 || length > pages << 12) {
            return NvStatus.INVALID_ARGUMENT;
        }
        RmClient client = objects.client(layout.u32("hClient").get(payload, 0));
        if (client == null) {
            return NvStatus.INVALID_CLIENT;
        }
        RmObject parent = client.find(layout.u32("hDevice").get(payload, 0));
        if (parent == null) {
            return NvStatus.INVALID_OBJECT_PARENT;
        }
        try {
            objects.add(parent, layout.u32("hMemory").get(payload, 0), type).setState(new PageList(length));
            return NvStatus.OK;
        } catch (RmObjects.Refusal e) {
            return e.status();
        }
    }
}
