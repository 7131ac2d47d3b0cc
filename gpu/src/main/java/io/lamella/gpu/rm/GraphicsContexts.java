// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.gr.GraphicsEngine;
import io.lamella.gpu.host.Channel;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the firmware does for contexts of graphics. A driver prepares the first context of every channel before it makes any, on copy engines
 * too: a channel on GR0 that is never scheduled, buffers for its context, and a 3D object, whose allocation makes the firmware fill them. The
 * engine has no classes yet (see io.lamella.gpu.gr), so there is nothing to fill in: a context is one page, and a channel that uses a 3D object stops.
 */
final class GraphicsContexts {
    private static final int CONTEXT_BYTES = 4096;
    private static final int BUFFER_KINDS = 25;
    private static final int MAX_ENTRIES = 16;

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
        // Present from one release on. No depth culling: nothing of it has a size.
        if (abi.has(RmControl.GR_GET_ZCULL_INFO)) {
            Struct zcull = abi.control(RmControl.GR_GET_ZCULL_INFO);
            controls.add(RmControl.GR_GET_ZCULL_INFO, (target, params) -> {
                zcull.clear(params, 0);
                return NvStatus.OK;
            });
        }
        classes.add(
                system.architecture().graphicsClass(),
                Set.of(system.architecture().channelClass()),
                (object, params) -> isContext(object.parent()) ? NvStatus.OK : NvStatus.INVALID_CLASS);
    }

    private static boolean isContext(@Nullable RmObject object) {
        Channel channel = object == null ? null : object.state(Channel.class);
        return channel != null && channel.runlist().engineType() == GraphicsEngine.ENGINE_TYPE;
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
