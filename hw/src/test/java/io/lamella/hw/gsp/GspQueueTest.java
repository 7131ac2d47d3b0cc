// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GspQueueTest {
    @Test
    void geometryIsWhatDriversLayOut() {
        assertThat(GspQueue.PAGE_TABLE_ENTRIES).isEqualTo(0x81);
        assertThat(GspQueue.STATUS_QUEUE_OFFSET).isEqualTo(0x41000);
        assertThat(GspQueue.ENTRY_OFFSET + GspQueue.ELEMENT_COUNT * GspQueue.ELEMENT_BYTES)
                .isEqualTo(GspQueue.QUEUE_BYTES);
        assertThat(GspQueue.elementsFor(0)).isEqualTo(1);
        assertThat(GspQueue.elementsFor(4096 - 80)).isEqualTo(1);
        assertThat(GspQueue.elementsFor(4096 - 79)).isEqualTo(2);
        assertThat(GspQueue.MAX_PAYLOAD_BYTES).isEqualTo(0xffb0);
    }

    @Test
    void offsetsAgreeWithTheStructures() {
        var element = GspAbi.R535.struct("GSP_MSG_QUEUE_ELEMENT");
        assertThat(element.sizeBytes()).isEqualTo(GspQueue.ELEMENT_HEADER_BYTES);
        assertThat(element.offsetOf("checkSum")).isEqualTo(GspQueue.ELEMENT_CHECKSUM);
        assertThat(element.offsetOf("seqNum")).isEqualTo(GspQueue.ELEMENT_SEQUENCE);
        assertThat(element.offsetOf("elemCount")).isEqualTo(GspQueue.ELEMENT_PAGES);
        assertThat(element.offsetOf("rpc")).isEqualTo(GspQueue.TRANSPORT_HEADER_BYTES);
        assertThat(element.offsetOf("rpc.signature")).isEqualTo(GspQueue.RPC_SIGNATURE);
        assertThat(element.offsetOf("rpc.length")).isEqualTo(GspQueue.RPC_LENGTH);
        assertThat(element.offsetOf("rpc.function")).isEqualTo(GspQueue.RPC_FUNCTION);
        assertThat(element.offsetOf("rpc.rpc_result")).isEqualTo(GspQueue.RPC_RESULT);
        assertThat(element.offsetOf("rpc.sequence")).isEqualTo(GspQueue.RPC_SEQUENCE);
        assertThat(element.offsetOf("rpc.u.spare")).isEqualTo(GspQueue.RPC_SPARE);
        var tx = GspAbi.R535.struct("msgqTxHeader");
        assertThat(tx.offsetOf("writePtr")).isEqualTo(GspQueue.TX_WRITE_POINTER);
        assertThat(tx.offsetOf("entryOff")).isEqualTo(GspQueue.TX_ENTRY_OFFSET);
        assertThat(tx.sizeBytes()).isEqualTo(GspQueue.RX_READ_POINTER);
    }

    @Test
    void checksumIsZeroOverAnIntactMessageOfAnyLength() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int length = 80; length < 180; length++) {
            byte[] message = new byte[length];
            random.nextBytes(message);
            ByteBuffer view = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
            view.putInt(GspQueue.ELEMENT_CHECKSUM, 0);
            MemorySegment segment = MemorySegment.ofArray(message);
            view.putInt(GspQueue.ELEMENT_CHECKSUM, GspQueue.checksum(segment, 0, length));
            assertThat(GspQueue.checksum(segment, 0, length))
                    .as("seed %d", seed)
                    .isZero();
            long parts = GspQueue.words(segment, 0, 64) ^ GspQueue.words(segment, 64, length - 64);
            assertThat(GspQueue.fold(parts)).isZero();
            message[length - 1] ^= 1;
            assertThat(GspQueue.checksum(segment, 0, length)).isNotZero();
        }
    }

    @Test
    void checksumOfKnownBytes() {
        byte[] bytes = {1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 0x10};
        assertThat(GspQueue.checksum(MemorySegment.ofArray(bytes), 0, 17)).isEqualTo(0x1f);
    }
}
