// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DMA_UNMAP. */
class DmaUnmapHostileTest extends HostileTest {
    private static final long PAGE = 4096;

    @Test
    void wantsExactlyOneMap() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 4 * PAGE)) {
            client.call(
                    WireMessage.dmaMap(3, 0, 4 * PAGE, 2 * PAGE), memory.fd().number());
            client.call(
                    WireMessage.dmaMap(3, 0, 6 * PAGE, 2 * PAGE), memory.fd().number());
            long[][] wrong = {{4, 1}, {5, 1}, {4, 3}, {3, 4}, {5, 3}, {7, 1}, {4, 0}};
            for (long[] range : wrong) {
                assertThat(client.refused(WireMessage.dmaUnmap(0, range[0] * PAGE, range[1] * PAGE)))
                        .isEqualTo(Errno.EINVAL.number());
            }
            assertThat(client.refused(WireMessage.dmaUnmap(0, 4 * PAGE, -1))).isNotZero();
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(3);
            HostileClient.Received answer = client.call(WireMessage.dmaUnmap(0, 4 * PAGE, 2 * PAGE));
            assertThat(answer.isError()).isFalse();
            assertThat(answer.body().limit()).isEqualTo(24);
            assertThat(answer.u64(8)).isEqualTo(4 * PAGE);
            assertThat(answer.u64(16)).isEqualTo(2 * PAGE);
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(2);
            // Nothing is there any more, which is what was asked for.
            assertThat(client.call(WireMessage.dmaUnmap(0, 4 * PAGE, 2 * PAGE)).u64(16))
                    .isZero();
        }
    }

    /** As QEMU does for a guest with an IOMMU: whole powers of two, whatever is in them. */
    @Test
    void aRangeTakesEveryMappingInIt() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 8 * PAGE)) {
            for (int page : new int[] {3, 4, 5, 9, 15, 16}) {
                client.call(
                        WireMessage.dmaMap(3, 0, page * PAGE, PAGE), memory.fd().number());
            }
            HostileClient.Received answer = client.call(WireMessage.dmaUnmap(0, 4 * PAGE, 12 * PAGE));
            assertThat(answer.isError()).isFalse();
            assertThat(answer.u64(8)).isEqualTo(4 * PAGE);
            assertThat(answer.u64(16)).isEqualTo(4 * PAGE);
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(3);
            assertThat(client.call(WireMessage.dmaUnmap(0, 0, 1L << 47)).u64(16))
                    .isEqualTo(2 * PAGE);
            assertThat(client.call(WireMessage.dmaUnmap(0, 0, 1L << 47)).u64(16))
                    .isZero();
            assertThat(client.refused(WireMessage.dmaUnmap(0, -PAGE, 2 * PAGE))).isEqualTo(Errno.EINVAL.number());
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
        }
    }

    @Test
    void everyMappingIsReleasedBeforeTheReply() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, PAGE)) {
            for (int i = 0; i < 100; i++) {
                client.call(WireMessage.dmaMap(3, 0, 0, PAGE), memory.fd().number());
                assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(2);
                client.call(WireMessage.dmaUnmap(0, 0, PAGE));
                assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
            }
        }
    }

    @Test
    void unmapsAllWhenAsked() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 4 * PAGE)) {
            for (int i = 0; i < 4; i++) {
                client.call(
                        WireMessage.dmaMap(3, 0, i * PAGE, PAGE), memory.fd().number());
            }
            assertThat(client.refused(WireMessage.dmaUnmap(2, PAGE, PAGE))).isEqualTo(Errno.EINVAL.number());
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(5);
            assertThat(client.call(WireMessage.dmaUnmap(2, 0, 0)).isError()).isFalse();
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
        }
    }

    @Test
    void refusesADirtyBitmapSinceThereIsNone() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.call(WireMessage.dmaMap(3, 0, 0, PAGE));
            // The bitmap's own size is the client's word too.
            for (long bitmap : new long[] {0, 8, 1 << 28, -1}) {
                assertThat(client.refused(WireMessage.dmaUnmap(1, 0, PAGE).u64(PAGE, bitmap)))
                        .isNotZero();
            }
            assertThat(client.refused(WireMessage.dmaUnmap(1, 0, PAGE))).isNotZero();
            assertThat(client.refused(WireMessage.dmaUnmap(3, 0, PAGE))).isNotZero();
            assertThat(client.refused(WireMessage.dmaUnmap(0x80, 0, PAGE))).isNotZero();
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 8, 16, 23})
    void refusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.call(WireMessage.dmaMap(3, 0, 0, PAGE));
            assertThat(client.refused(WireMessage.dmaUnmap(0, 0, PAGE).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void refusesAnArgszBelowItsStructure() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.call(WireMessage.dmaMap(3, 0, 0, PAGE));
            assertThat(client.refused(
                            WireMessage.of(WireMessage.DMA_UNMAP).u32(23, 0).u64(0, PAGE)))
                    .isEqualTo(Errno.EINVAL.number());
        }
    }
}
