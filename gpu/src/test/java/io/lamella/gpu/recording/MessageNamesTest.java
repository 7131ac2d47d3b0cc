// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A difference in a message is told by the names of its release. */
class MessageNamesTest {
    private static byte[] element(GspFunction function, int payloadBytes) {
        byte[] bytes = new byte[GspQueue.ELEMENT_HEADER_BYTES + payloadBytes];
        MemorySegment element = MemorySegment.ofArray(bytes);
        element.set(ValueLayout.JAVA_INT_UNALIGNED, GspQueue.RPC_VERSION, GspQueue.HEADER_VERSION);
        element.set(ValueLayout.JAVA_INT_UNALIGNED, GspQueue.RPC_SIGNATURE, GspQueue.SIGNATURE);
        element.set(ValueLayout.JAVA_INT_UNALIGNED, GspQueue.RPC_LENGTH, GspQueue.RPC_HEADER_BYTES + payloadBytes);
        element.set(ValueLayout.JAVA_INT_UNALIGNED, GspQueue.RPC_FUNCTION, function.number());
        return bytes;
    }

    private static byte[] control(GspAbi abi, RmControl control, String field, int value) {
        int envelope = abi.controlEnvelope().sizeBytes();
        byte[] bytes = element(
                GspFunction.GSP_RM_CONTROL, envelope + abi.control(control).sizeBytes());
        MemorySegment payload = MemorySegment.ofArray(bytes).asSlice(GspQueue.ELEMENT_HEADER_BYTES);
        abi.controlEnvelope().u32("cmd").set(payload, 0, abi.number(control));
        abi.control(control).u32(field).set(payload, envelope, value);
        return bytes;
    }

    private static RecordedEvent write(byte[] bytes) {
        return new RecordedEvent(EventType.DMA_WRITE, 0, 0, 0x1000, 0, 0, bytes);
    }

    private static String difference(MessageNames names, byte[] one, byte[] other) {
        List<String> said = new ArrayList<>();
        names.difference(
                write(one), write(other), (what, expected, got) -> said.add(what + ": " + expected + ", " + got));
        return said.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"535.113.01", "570.144"})
    void byControlAndField(String release) {
        GspAbi abi = GspAbi.ofRelease(release);
        MessageNames names = new MessageNames();
        names.see(element(GspFunction.GSP_SET_SYSTEM_INFO, abi.systemInfo().sizeBytes()));
        RmControl control = RmControl.CE_GET_FAULT_METHOD_BUFFER_SIZE;
        byte[] one = control(abi, control, "size", 4096);
        assertThat(difference(names, one, control(abi, control, "size", 8192)))
                .isEqualTo("[reply to GSP_RM_CONTROL CE_GET_FAULT_METHOD_BUFFER_SIZE, field size: 4096, 8192]");
        byte[] failed = one.clone();
        MemorySegment.ofArray(failed)
                .set(ValueLayout.JAVA_INT_UNALIGNED, GspQueue.RPC_RESULT, NvStatus.NO_MEMORY.code());
        assertThat(difference(names, one, failed)).contains("result: OK, NO_MEMORY");
        assertThat(difference(names, one, element(GspFunction.FREE, 64)))
                .startsWith("[message from the GSP: GSP_RM_CONTROL CE_GET")
                .endsWith(", FREE]");
        byte[] plain = new byte[100];
        byte[] changed = plain.clone();
        changed[50] = 1;
        assertThat(difference(names, plain, changed)).startsWith("[guest memory at 0x1032: ");
    }
}
