// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventDecoderTest {
    static List<GspAbi> releases() {
        return GspAbi.all();
    }

    private static GspMessage message(GspEvent event, MemorySegment payload) {
        return new GspMessage(event.number(), 0, 0, new Bytes("test", payload));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aChannelErrorSaysWhoseChannelItWas(GspAbi abi) {
        Struct layout = abi.struct("rpc_rc_triggered_v17_02");
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u32("nv2080EngineType").set(payload, 0, 9);
        layout.u32("chid").set(payload, 0, 515);
        layout.u32("exceptType").set(payload, 0, 31);
        boolean hasGfid = layout.find("gfid").isPresent();
        if (hasGfid) {
            layout.u32("gfid").set(payload, 0, 3);
        }
        assertThat(hasGfid).isEqualTo(abi == GspAbi.R570);
        assertThat(new EventDecoder(abi).decode(message(GspEvent.RC_TRIGGERED, payload)))
                .contains(new CoreEvent.ChannelError(hasGfid ? 3 : 0, 9, 515, 31));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void anErrorForTheSystemIsPlainText(GspAbi abi) {
        Struct layout = abi.struct("rpc_os_error_log_v17_00");
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u32("exceptType").set(payload, 0, 119);
        layout.u32("runlistId").set(payload, 0, 2);
        layout.u32("chid").set(payload, 0, 7);
        layout.bytes("errString").setText(payload, 0, "bad\u001b[31m\nthing");
        assertThat(new EventDecoder(abi).decode(message(GspEvent.OS_ERROR_LOG, payload)))
                .contains(new CoreEvent.OsError(119, 2, 7, "bad?[31m?thing"));
        // A text without an end is as long as its field.
        layout.bytes("errString").in(payload, 0).fill((byte) 'x');
        assertThat(new EventDecoder(abi).decode(message(GspEvent.OS_ERROR_LOG, payload)))
                .contains(new CoreEvent.OsError(119, 2, 7, "x".repeat(256)));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void aGuestsDriverComesAndGoes(GspAbi abi) {
        Struct layout = abi.struct("rpc_vgpu_gsp_plugin_triggered_v17_00");
        MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        layout.u32("gfid").set(payload, 0, 5);
        CoreEvent.GuestDriver.Change[] expected = {
            null,
            null,
            CoreEvent.GuestDriver.Change.CRASHED,
            CoreEvent.GuestDriver.Change.LOADED,
            CoreEvent.GuestDriver.Change.UNLOADED,
            null,
            null,
            null
        };
        for (int notifier = 0; notifier < expected.length; notifier++) {
            layout.u32("notifyIndex").set(payload, 0, notifier);
            assertThat(new EventDecoder(abi).decode(message(GspEvent.VGPU_GSP_PLUGIN_TRIGGERED, payload)))
                    .isEqualTo(Optional.ofNullable(expected[notifier]).map(to -> new CoreEvent.GuestDriver(5, to)));
        }
    }

    @ParameterizedTest
    @MethodSource("releases")
    void whatIsCutShortIsRefused(GspAbi abi) {
        MemorySegment few = MemorySegment.ofArray(new byte[4]);
        for (GspEvent event :
                List.of(GspEvent.RC_TRIGGERED, GspEvent.OS_ERROR_LOG, GspEvent.VGPU_GSP_PLUGIN_TRIGGERED)) {
            assertThatExceptionOfType(CoreException.class)
                    .isThrownBy(() -> new EventDecoder(abi).decode(message(event, few)));
        }
    }

    @Test
    void othersAreNobodysBusiness() {
        EventDecoder decoder = new EventDecoder(GspAbi.R570);
        MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
        assertThat(decoder.decode(message(GspEvent.POST_EVENT, nothing))).isEmpty();
        assertThat(decoder.decode(new GspMessage(0x7fff_ffff, 0, 0, new Bytes("test", nothing))))
                .isEmpty();
    }
}
