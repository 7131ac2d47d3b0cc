// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import static io.lamella.hw.gsp.GspQueue.ELEMENT_BYTES;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_CHECKSUM;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_PAGES;
import static io.lamella.hw.gsp.GspQueue.ELEMENT_SEQUENCE;
import static io.lamella.hw.gsp.GspQueue.HEADER_VERSION;
import static io.lamella.hw.gsp.GspQueue.MAX_PAYLOAD_BYTES;
import static io.lamella.hw.gsp.GspQueue.RESULT_PENDING;
import static io.lamella.hw.gsp.GspQueue.RPC_FUNCTION;
import static io.lamella.hw.gsp.GspQueue.RPC_HEADER_BYTES;
import static io.lamella.hw.gsp.GspQueue.RPC_LENGTH;
import static io.lamella.hw.gsp.GspQueue.RPC_RESULT;
import static io.lamella.hw.gsp.GspQueue.RPC_RESULT_PRIVATE;
import static io.lamella.hw.gsp.GspQueue.RPC_SEQUENCE;
import static io.lamella.hw.gsp.GspQueue.RPC_SIGNATURE;
import static io.lamella.hw.gsp.GspQueue.RPC_VERSION;
import static io.lamella.hw.gsp.GspQueue.SIGNATURE;

import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.GspQueue;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A queue element: transport header, message header, payload, padding to whole pages. */
final class Element {
    private Element() {}

    /** A whole element, padded. */
    static MemorySegment encode(int function, int messageSequence, int transportSequence, MemorySegment payload) {
        int payloadBytes = (int) payload.byteSize();
        int pages = GspQueue.elementsFor(payloadBytes);
        MemorySegment element = MemorySegment.ofArray(new long[pages * ELEMENT_BYTES / Long.BYTES]);
        element.set(Bytes.INT, ELEMENT_SEQUENCE, transportSequence);
        element.set(Bytes.INT, ELEMENT_PAGES, pages);
        element.set(Bytes.INT, RPC_VERSION, HEADER_VERSION);
        element.set(Bytes.INT, RPC_SIGNATURE, SIGNATURE);
        element.set(Bytes.INT, RPC_LENGTH, RPC_HEADER_BYTES + payloadBytes);
        element.set(Bytes.INT, RPC_FUNCTION, function);
        element.set(Bytes.INT, RPC_RESULT, RESULT_PENDING);
        element.set(Bytes.INT, RPC_RESULT_PRIVATE, RESULT_PENDING);
        element.set(Bytes.INT, RPC_SEQUENCE, messageSequence);
        MemorySegment.copy(payload, 0, element, ELEMENT_HEADER_BYTES, payloadBytes);
        element.set(Bytes.INT, ELEMENT_CHECKSUM, GspQueue.checksum(element, 0, element.byteSize()));
        return element;
    }

    /** Why these bytes cannot begin an element. Where nothing is said, the length is to be trusted. */
    static Optional<String> defect(MemorySegment header) {
        int version = header.get(Bytes.INT, RPC_VERSION);
        int signature = header.get(Bytes.INT, RPC_SIGNATURE);
        if (version != HEADER_VERSION || signature != SIGNATURE) {
            return Optional.of(String.format("its header has version 0x%x and signature 0x%x", version, signature));
        }
        int length = header.get(Bytes.INT, RPC_LENGTH);
        if (length < RPC_HEADER_BYTES || length > RPC_HEADER_BYTES + MAX_PAYLOAD_BYTES) {
            return Optional.of("it claims a length of " + Integer.toUnsignedString(length) + " bytes");
        }
        return Optional.empty();
    }
}
