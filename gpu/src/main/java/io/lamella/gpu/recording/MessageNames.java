// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import io.lamella.gpu.trace.RpcText;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.GspQueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells messages of the GSP from other memory, so that a difference in one can be told by the field's name. */
final class MessageNames {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int FIRST_EVENT = GspEvent.GSP_INIT_DONE.number();
    private static final int SHOWN_BYTES = 16;

    private @Nullable GspAbi abi;

    /** Gets what differs. */
    interface Sink {
        void differs(String what, String expected, String got);
    }

    private static boolean isMessage(byte[] data) {
        return data.length >= GspQueue.ELEMENT_HEADER_BYTES
                && field(data, GspQueue.RPC_SIGNATURE) == GspQueue.SIGNATURE
                && field(data, GspQueue.RPC_VERSION) == GspQueue.HEADER_VERSION;
    }

    private static int field(byte[] data, int offset) {
        return MemorySegment.ofArray(data).get(INT, offset);
    }

    /** Looks at what the function read: the driver's first message says which release it speaks. */
    void see(byte[] data) {
        if (isMessage(data) && field(data, GspQueue.RPC_FUNCTION) == GspFunction.GSP_SET_SYSTEM_INFO.number()) {
            long payload = Integer.toUnsignedLong(field(data, GspQueue.RPC_LENGTH)) - GspQueue.RPC_HEADER_BYTES;
            abi = GspAbi.ofSystemInfoPayload(payload).orElse(abi);
        }
    }

    private RpcText text(byte[] data) {
        int function = field(data, GspQueue.RPC_FUNCTION);
        MemorySegment payload = MemorySegment.ofArray(data).asSlice(GspQueue.ELEMENT_HEADER_BYTES);
        return Integer.compareUnsigned(function, FIRST_EVENT) >= 0
                ? RpcText.ofEvent(abi, function, payload)
                : RpcText.of(abi, function, payload, payload.byteSize());
    }

    /** What an event is about. */
    String what(RecordedEvent event) {
        if (event.type() != EventType.DMA_WRITE) {
            return "interrupt";
        }
        return isMessage(event.data())
                ? "message from the GSP"
                : "guest memory at 0x" + Long.toHexString(event.address());
    }

    /** What it is. */
    String describe(RecordedEvent event) {
        return switch (event.type()) {
            case DMA_WRITE -> isMessage(event.data()) ? text(event.data()).name() : bytes(event.data(), 0);
            case PIN -> event.value() == 0 ? "the pin to go down" : "the pin to go up";
            default -> "message " + event.value();
        };
    }

    private static String bytes(byte[] data, int from) {
        int end = Math.min(data.length, from + SHOWN_BYTES);
        return HexFormat.of().formatHex(data, from, end) + (end < data.length ? "..." : "");
    }

    /** Two writes to one place that are not the same. */
    void difference(RecordedEvent wanted, RecordedEvent got, Sink sink) {
        byte[] one = wanted.data();
        byte[] other = got.data();
        if (isMessage(one) && isMessage(other)) {
            messages(one, other, sink);
            return;
        }
        int at = java.util.Arrays.mismatch(one, other);
        sink.differs("guest memory at 0x" + Long.toHexString(wanted.address() + at), bytes(one, at), bytes(other, at));
    }

    private void messages(byte[] one, byte[] other, Sink sink) {
        RpcText expected = text(one);
        RpcText got = text(other);
        if (!expected.name().equals(got.name())) {
            sink.differs("message from the GSP", expected.name(), got.name());
            return;
        }
        String name = "reply to " + expected.name();
        int result = field(one, GspQueue.RPC_RESULT);
        if (result != field(other, GspQueue.RPC_RESULT)) {
            sink.differs(
                    name + ", result",
                    RpcText.statusName(result),
                    RpcText.statusName(field(other, GspQueue.RPC_RESULT)));
            return;
        }
        if (expected.status() != got.status()) {
            sink.differs(name + ", status", RpcText.statusName(expected.status()), RpcText.statusName(got.status()));
            return;
        }
        Set<String> keys = new LinkedHashSet<>(expected.fields().keySet());
        keys.addAll(got.fields().keySet());
        for (String key : keys) {
            Object was = expected.fields().getOrDefault(key, 0L);
            Object is = got.fields().getOrDefault(key, 0L);
            if (!was.equals(is)) {
                sink.differs(name + ", field " + key, String.valueOf(was), String.valueOf(is));
                return;
            }
        }
        // The checksum differs with whatever else does, so it is not what is of interest.
        byte[] alike = other.clone();
        System.arraycopy(one, GspQueue.ELEMENT_CHECKSUM, alike, GspQueue.ELEMENT_CHECKSUM, Integer.BYTES);
        int at = Math.max(0, java.util.Arrays.mismatch(one, alike));
        sink.differs(
                name + ", byte " + (at - GspQueue.ELEMENT_HEADER_BYTES) + " of the payload",
                bytes(one, at),
                bytes(other, at));
    }
}
