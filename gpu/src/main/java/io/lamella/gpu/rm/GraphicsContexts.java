// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the firmware does for contexts of graphics. There is no graphics engine, and the table of engines names none. But a driver may prepare the
 * first context of every channel before it makes any, on copy engines too: a channel on GR0 that is never scheduled, buffers for its context, and
 * a 3D object, whose allocation makes the firmware fill them. With no graphics clusters there is nothing to fill in: a context is one page.
 */
final class GraphicsContexts {
    /** NV2080_ENGINE_TYPE_GR0. */
    static final int ENGINE_TYPE = 1;

    private static final int CONTEXT_BYTES = 4096;
    private static final int BUFFER_KINDS = 25;
    private static final int MAX_ENTRIES = 16;

    /** State of a channel that has no engine to run on. */
    static final class Context {}

    private final StructField.U32 client;
    private final StructField.U32 channel;
    private final StructField.U32 entries;

    GraphicsContexts(RmSystem system, ClassTable classes, ControlTable controls) {
        GspAbi abi = system.abi();
        Struct promote = abi.control(RmControl.GPU_PROMOTE_CTX);
        client = promote.u32("hChanClient");
        channel = promote.u32("hObject");
        entries = promote.u32("entryCount");
        controls.add(RmControl.GPU_PROMOTE_CTX, this::promote);
        Struct sizes = abi.control(RmControl.INTERNAL_STATIC_KGR_GET_CONTEXT_BUFFERS_INFO);
        controls.add(RmControl.INTERNAL_STATIC_KGR_GET_CONTEXT_BUFFERS_INFO, (target, params) -> {
            sizes.clear(params, 0);
            for (int kind = 0; kind < BUFFER_KINDS; kind++) {
                String entry = "engineContextBuffersInfo[0].engine[" + kind + "].";
                sizes.u32(entry + "size").set(params, 0, CONTEXT_BYTES);
                sizes.u32(entry + "alignment").set(params, 0, CONTEXT_BYTES);
            }
            return NvStatus.OK;
        });
        classes.add(
                RmClass.ADA_3D,
                Set.of(RmClass.AMPERE_CHANNEL),
                (object, params) -> isContext(object.parent()) ? NvStatus.OK : NvStatus.INVALID_CLASS);
    }

    private static boolean isContext(@Nullable RmObject object) {
        return object != null && object.state(Context.class) != null;
    }

    private NvStatus promote(RmObject subdevice, MemorySegment params) {
        // The channel belongs to the client that asks, whatever else the message names.
        if (client.get(params, 0) != subdevice.client().handle()) {
            return NvStatus.INVALID_CLIENT;
        }
        if (!isContext(subdevice.client().find(channel.get(params, 0)))) {
            return NvStatus.INVALID_CHANNEL;
        }
        return Integer.compareUnsigned(entries.get(params, 0), MAX_ENTRIES) > 0
                ? NvStatus.INVALID_ARGUMENT
                : NvStatus.OK;
    }
}
