// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.Fd;
import io.lamella.linux.MappedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DEVICE_GET_INFO, DEVICE_GET_REGION_INFO, DEVICE_GET_REGION_IO_FDS and DEVICE_GET_IRQ_INFO. */
class InfoHostileTest extends HostileTest {
    @Test
    void deviceInfoIs16BytesWhateverArgszIs() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int argsz : new int[] {16, 32, 4096, -1}) {
                HostileClient.Received answer = client.call(WireMessage.deviceInfo(argsz));
                assertThat(answer.body().limit()).isEqualTo(16);
                assertThat(answer.u32(0)).isEqualTo(16);
                assertThat(answer.u32(8)).isEqualTo(9);
                assertThat(answer.u32(12)).isEqualTo(5);
            }
            assertThat(client.refused(WireMessage.deviceInfo(15))).isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.deviceInfo(0))).isEqualTo(Errno.EINVAL.number());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 4, 8, 15})
    void deviceInfoRefusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.deviceInfo(16).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void regionInfoDescribesEveryRegion() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            long[] sizes = {4096, 0, 4 << 20, 0, 4096, 0, 0, 4096, 0};
            for (int region = 0; region < sizes.length; region++) {
                HostileClient.Received answer =
                        client.call(WireMessage.regionInfo(32, region)).withoutFds();
                assertThat(answer.isError()).isFalse();
                assertThat(answer.body().limit()).isEqualTo(32);
                assertThat(answer.u64(16)).as("size of region %d", region).isEqualTo(sizes[region]);
                assertThat(answer.u32(12))
                        .as("no capability without room for it")
                        .isZero();
            }
        }
    }

    @Test
    void regionInfoGivesTheWindowOnceThereIsRoomForIt() {
        try (HostileClient client = HostileClient.negotiated(socket());
                Arena arena = Arena.ofConfined()) {
            HostileClient.Received small = client.call(WireMessage.regionInfo(32, 2));
            int needed = small.u32(0);
            assertThat(needed).isGreaterThan(32);
            assertThat(small.u32(4) & 8).as("the caps flag").isZero();
            assertThat(small.fds()).isEmpty();
            HostileClient.Received answer = client.call(WireMessage.regionInfo(needed, 2));
            assertThat(answer.body().limit()).isEqualTo(needed);
            assertThat(answer.u32(4) & 0xf).isEqualTo(0xf);
            int at = answer.u32(12);
            assertThat(answer.u32(at)).as("id 1, version 1").isEqualTo(0x1_0001);
            assertThat(answer.u32(at + 8)).isEqualTo(1);
            assertThat(answer.u64(at + 16)).isEqualTo(2 << 20);
            assertThat(answer.u64(at + 24)).isEqualTo(2 << 20);
            assertThat(answer.fds()).hasSize(1);
            try (Fd fd = answer.fds().getFirst()) {
                long offset = answer.u64(24) + answer.u64(at + 16);
                MemorySegment window = MappedMemory.map(fd, offset, 2 << 20, MappedMemory.Protection.READ_WRITE, arena);
                window.set(ValueLayout.JAVA_INT, 0x1230, 77);
                assertThat(client.call(WireMessage.regionRead(2, (2 << 20) + 0x1230, 4))
                                .u32(16))
                        .isEqualTo(77);
            }
        }
    }

    @Test
    void regionInfoNeverSizesAnythingByArgsz() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int argsz : new int[] {33, 63, 64, 4096, 1 << 20, Integer.MAX_VALUE, -1}) {
                for (int region : new int[] {0, 2}) {
                    HostileClient.Received answer =
                            client.call(WireMessage.regionInfo(argsz, region)).withoutFds();
                    assertThat(answer.body().limit()).isLessThanOrEqualTo(64);
                }
            }
            assertWorks(client);
        }
    }

    @Test
    void regionInfoTakesAPayloadLongerThanItsStructure() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.call(WireMessage.regionInfo(200, 0).zeroes(168)).isError())
                    .as("as SPDK's client sends it")
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 255, 256, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void regionInfoRefusesABadIndex(int region) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.regionInfo(32, region))).isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 12, 16, 31})
    void regionInfoRefusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.regionInfo(32, 0).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.regionInfo(bytes, 0))).isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void regionIoFdsAreNoneOrRefused() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int argsz : new int[] {16, 56, -1}) {
                for (int region : new int[] {0, 9, -1}) {
                    HostileClient.Received answer = client.call(
                            WireMessage.of(WireMessage.DEVICE_GET_REGION_IO_FDS).u32(argsz, 0, region, 0));
                    assertThat(answer.fds()).isEmpty();
                    assertThat(answer.body().limit()).isLessThanOrEqualTo(16);
                }
            }
            assertThat(client.refused(
                            WireMessage.of(WireMessage.DEVICE_GET_REGION_IO_FDS).u32(16)))
                    .isNotZero();
            assertWorks(client);
        }
    }

    @Test
    void irqInfoDescribesEveryIndex() {
        int[] counts = {1, 0, 16, 1, 1};
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int index = 0; index < counts.length; index++) {
                for (int argsz : new int[] {16, 4096, -1}) {
                    HostileClient.Received answer = client.call(WireMessage.irqInfo(argsz, index));
                    assertThat(answer.body().limit()).isEqualTo(16);
                    assertThat(answer.u32(8)).isEqualTo(index);
                    assertThat(answer.u32(12)).isEqualTo(counts[index]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 1 << 16, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void irqInfoRefusesABadIndex(int index) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.irqInfo(16, index))).isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 8, 15})
    void irqInfoRefusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.irqInfo(16, 0).bodyBytes(bytes)))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.irqInfo(bytes, 0))).isEqualTo(Errno.EINVAL.number());
        }
    }
}
