// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** REGION_READ and REGION_WRITE. */
class RegionAccessHostileTest extends HostileTest {
    @Test
    void readsWhatWasWrittenAtEverySize() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            Random random = new Random(5);
            for (int size : new int[] {1, 2, 3, 4, 5, 7, 8, 16, 255, 4096, 36 << 10, 256 << 10, 1 << 20}) {
                byte[] data = new byte[size];
                random.nextBytes(data);
                HostileClient.Received written = client.call(WireMessage.regionWrite(2, 4093, data));
                assertThat(written.isError()).isFalse();
                assertThat(written.body().limit()).isEqualTo(16);
                assertThat(written.u64(0)).isEqualTo(4093);
                assertThat(written.u32(12)).isEqualTo(size);
                HostileClient.Received read = client.call(WireMessage.regionRead(2, 4093, size));
                assertThat(read.u32(12)).isEqualTo(size);
                assertThat(Arrays.copyOfRange(read.body().array(), 16, 16 + size))
                        .isEqualTo(data);
            }
        }
    }

    @Test
    void refusesMoreThanTheTransferLimit() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int count : new int[] {(1 << 20) + 1, 2 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
                assertThat(client.refused(WireMessage.regionRead(2, 0, count))).isPositive();
            }
            assertWorks(client);
        }
    }

    @Test
    void offsetsOutsideOfTheRegionAreNoAccessOrRefused() {
        long[] offsets = {4095, 4096, 4097, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE, -4, -1};
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int region = 0; region < 9; region++) {
                for (long offset : offsets) {
                    for (int count : new int[] {1, 4, 8, 4096}) {
                        client.call(WireMessage.regionRead(region, offset, count));
                        client.call(WireMessage.regionWrite(region, offset, new byte[count]));
                    }
                }
            }
            assertWorks(client);
        }
    }

    @Test
    void aReadOutsideNeverShowsAnythingOfTheServer() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (long offset : new long[] {4 << 20, (4 << 20) - 2, 1L << 40, -2, Long.MIN_VALUE}) {
                HostileClient.Received answer = client.call(WireMessage.regionRead(2, offset, 64));
                if (!answer.isError()) {
                    byte[] data = Arrays.copyOfRange(answer.body().array(), 16, 80);
                    int inside = offset == (4 << 20) - 2 ? 2 : 0;
                    for (int i = inside; i < 64; i++) {
                        assertThat(data[i]).isEqualTo((byte) -1);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 100, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void refusesABadRegion(int region) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.regionRead(region, 0, 4))).isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.regionWrite32(region, 0, 1))).isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 12, 15})
    void refusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.regionRead(0, 0, 4).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.regionWrite32(0, 0, 1).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void refusesAWriteWhoseCountIsNotItsData() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int[] wrong : new int[][] {{4, 3}, {4, 0}, {8, 4}, {Integer.MAX_VALUE, 4}, {-1, 4}, {-1, 0}}) {
                WireMessage message = WireMessage.of(WireMessage.REGION_WRITE)
                        .u64(0)
                        .u32(0, wrong[0])
                        .zeroes(wrong[1]);
                assertThat(client.refused(message)).isEqualTo(Errno.EINVAL.number());
            }
            assertWorks(client);
        }
    }

    @Test
    void aOneByteWriteToTheCommandRegisterTouchesOneByte() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.call(WireMessage.regionWrite(7, 4, new byte[] {6, 4}));
            assertThat(client.call(WireMessage.regionWrite(7, 4, new byte[] {2}))
                            .isError())
                    .isFalse();
            assertThat(client.call(WireMessage.regionRead(7, 4, 2)).body().getShort(16))
                    .isEqualTo((short) 0x402);
        }
    }

    @Test
    void readsAllOfConfigurationSpaceAtOnce() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            HostileClient.Received answer = client.call(WireMessage.regionRead(7, 0, 4096));
            assertThat(answer.body().limit()).isEqualTo(4112);
            assertThat(answer.u32(16)).isEqualTo(0xa0c4_1234);
            assertThat(answer.u32(16 + 0x2c)).isEqualTo(0x0001_1234);
            assertThat(client.call(WireMessage.regionWrite(7, 0, new byte[4096]))
                            .isError())
                    .isFalse();
            assertThat(client.call(WireMessage.regionRead(7, 0, 4)).u32(16)).isEqualTo(0xa0c4_1234);
        }
    }

    @Test
    void anEmptyAccessIsHarmless() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.call(WireMessage.regionRead(0, 0, 0));
            client.call(WireMessage.regionWrite(0, 0, new byte[0]));
            assertWorks(client);
        }
    }

    @Test
    void postedWritesAreSilentEvenWhenTheyFail() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.send(WireMessage.regionWrite32(0, 0x40, 77).flags(WireMessage.NO_REPLY));
            client.send(WireMessage.regionWrite32(99, 0, 1).flags(WireMessage.NO_REPLY));
            client.send(WireMessage.regionWrite32(0, -1, 1).flags(WireMessage.NO_REPLY));
            client.send(WireMessage.regionWrite32(0, 0, 1).bodyBytes(3).flags(WireMessage.NO_REPLY));
            client.send(WireMessage.of(99).flags(WireMessage.NO_REPLY));
            // The next answer is the read's: nothing of the above was answered, all of it was done before.
            assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16)).isEqualTo(77);
            assertWorks(client);
        }
    }

    @Test
    void aReadNeverOvertakesPostedWrites() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int i = 1; i <= 2000; i++) {
                client.send(WireMessage.regionWrite32(0, 0x40, i).flags(WireMessage.NO_REPLY));
                if (i % 100 == 0) {
                    assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16))
                            .isEqualTo(i);
                }
            }
        }
    }

    @Test
    void descriptorsThatComeAlongAreClosed() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            int[] many = new int[253];
            Arrays.fill(many, event.fd().number());
            for (int i = 0; i < 20; i++) {
                client.call(WireMessage.regionRead(0, 0, 4), many);
            }
            assertWorks(client);
        }
    }
}
