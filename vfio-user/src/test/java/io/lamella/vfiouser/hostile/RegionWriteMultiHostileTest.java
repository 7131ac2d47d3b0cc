// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** REGION_WRITE_MULTI. */
class RegionWriteMultiHostileTest extends HostileTest {
    private static WireMessage multi(long count) {
        return WireMessage.of(WireMessage.REGION_WRITE_MULTI).u64(count);
    }

    @Test
    void carriesOutItsWritesInOrder() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            WireMessage message = multi(200);
            for (int i = 0; i < 200; i++) {
                message.u64(0x40).u32(0, 4).u64(i);
            }
            HostileClient.Received answer = client.call(message);
            assertThat(answer.isError()).isFalse();
            assertThat(answer.u64(0)).isEqualTo(200);
            assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16)).isEqualTo(199);
            client.send(multi(1).u64(0x40).u32(0, 8).u64(-1).flags(WireMessage.NO_REPLY));
            assertThat(client.call(WireMessage.regionRead(0, 0x40, 8)).u64(16)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 3, 1000, 0x0aaa_aaaa_aaaa_aaabL, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesACountThatIsNotItsWrites(long count) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(multi(count).u64(0x40).u32(0, 4).u64(1))).isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 16, 4096, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void refusesAWriteOfMoreThanEightBytes(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(multi(1).u64(0x40).u32(0, bytes).u64(1))).isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void refusesABadRegion() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int region : new int[] {9, -1}) {
                assertThat(client.refused(multi(1).u64(0).u32(region, 4).u64(1)))
                        .isEqualTo(Errno.EINVAL.number());
            }
            client.call(multi(1).u64(-1).u32(0, 4).u64(1));
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 8, 9, 31})
    void refusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(multi(1).u64(0x40).u32(0, 4).u64(1).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }
}
