// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreEvent;
import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.vgpu.PluginNotifier;
import java.util.Optional;

/** Events of the firmware as events of the core. */
final class EventDecoder {
    private final GspAbi abi;

    EventDecoder(GspAbi abi) {
        this.abi = abi;
    }

    /** The event, or empty for what no client needs to know. @throws io.lamella.core.CoreException if it is cut short */
    Optional<CoreEvent> decode(GspMessage message) {
        GspEvent kind = GspEvent.of(message.function()).orElse(null);
        if (kind == GspEvent.RC_TRIGGERED) {
            return Optional.of(channelError(message.payload()));
        }
        if (kind == GspEvent.OS_ERROR_LOG) {
            return Optional.of(osError(message.payload()));
        }
        if (kind == GspEvent.VGPU_GSP_PLUGIN_TRIGGERED) {
            return guestDriver(message.payload());
        }
        return Optional.empty();
    }

    private CoreEvent channelError(Bytes payload) {
        Struct layout = abi.struct("rpc_rc_triggered_v17_02");
        int engineType = word(payload, layout, "nv2080EngineType");
        int gfid = layout.find("gfid").isPresent() ? word(payload, layout, "gfid") : 0;
        return new CoreEvent.ChannelError(
                gfid, engineType, word(payload, layout, "chid"), word(payload, layout, "exceptType"));
    }

    private Optional<CoreEvent> guestDriver(Bytes payload) {
        Struct layout = abi.struct("rpc_vgpu_gsp_plugin_triggered_v17_00");
        int gfid = word(payload, layout, "gfid");
        CoreEvent.GuestDriver.Change change =
                switch (PluginNotifier.of(word(payload, layout, "notifyIndex")).orElse(null)) {
                    case GUEST_DRIVER_LOADED -> CoreEvent.GuestDriver.Change.LOADED;
                    case GUEST_DRIVER_UNLOADED -> CoreEvent.GuestDriver.Change.UNLOADED;
                    case TASK_CRASHED -> CoreEvent.GuestDriver.Change.CRASHED;
                    case null, default -> null;
                };
        return change == null ? Optional.empty() : Optional.of(new CoreEvent.GuestDriver(gfid, change));
    }

    private CoreEvent osError(Bytes payload) {
        Struct layout = abi.struct("rpc_os_error_log_v17_00");
        Bytes text = payload.slice(
                "text", layout.offsetOf("errString"), layout.bytes("errString").sizeBytes());
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.sizeBytes() && text.u8(i) != 0; i++) {
            int letter = text.u8(i);
            line.append(letter >= ' ' && letter < 0x7f ? (char) letter : '?');
        }
        return new CoreEvent.OsError(
                word(payload, layout, "exceptType"),
                word(payload, layout, "runlistId"),
                word(payload, layout, "chid"),
                line.toString());
    }

    private static int word(Bytes payload, Struct layout, String field) {
        return (int) payload.u32(layout.offsetOf(field));
    }
}
