// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DEVICE_RESET, DEVICE_FEATURE, MIG_DATA_READ and MIG_DATA_WRITE, and what is no command of a client's. */
class OtherCommandsHostileTest extends HostileTest {
    @Test
    void resetKeepsMapsAndEventfds() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create();
                SharedMemory memory = SharedMemory.create(MEMORY, 4096)) {
            client.call(WireMessage.dmaMap(3, 0, 0x1000, 4096), memory.fd().number());
            client.call(WireMessage.setIrqs(4 | 32, 2, 0, 1), event.fd().number());
            client.call(WireMessage.regionWrite32(0, 0x40, 77));
            HostileClient.Received answer = client.call(WireMessage.reset());
            assertThat(answer.isError()).isFalse();
            assertThat(answer.body().limit()).isZero();
            assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16)).isZero();
            client.call(WireMessage.regionWrite32(0, 0x100, 5));
            assertThat(event.await(1000)).isTrue();
            client.call(WireMessage.regionWrite64(0, 0x108, 0x1000));
            client.call(WireMessage.regionWrite64(0, 0x110, 4096));
            client.call(WireMessage.regionWrite64(0, 0x118, 1));
            client.call(WireMessage.regionWrite32(0, 0x100, 1));
            assertThat(client.call(WireMessage.regionRead(0, 0x130, 4)).u32(16)).isZero();
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(2);
        }
    }

    @Test
    void resetIsAdvertised() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.call(WireMessage.deviceInfo(16)).u32(4) & 1).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x1_0001, 0x2_0002, 0x1_0002, 0x2_0006, 0x2_0007, 0x1_0008, 0x4_0001, 0x4_0006, 0, 3, 0xffff, 0x7_0001,
                -1
            })
    void deviceFeaturesAreHonestlyNotThere(int flags) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int argsz : new int[] {8, 16, 4096, -1}) {
                for (int data : new int[] {0, 8, 24}) {
                    assertThat(client.refused(
                                    WireMessage.deviceFeature(argsz, flags).zeroes(data)))
                            .isIn(Errno.ENOTTY.number(), Errno.EINVAL.number());
                }
            }
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 7})
    void deviceFeatureRefusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.deviceFeature(8, 0x1_0001).bodyBytes(bytes)))
                    .isPositive();
            assertWorks(client);
        }
    }

    /** A server that kept a migration state would have to forget it here; one client's STOP must never be the next one's. */
    @Test
    void afterReconnectingMigrationIsRefusedAsBeforeAndTheDeviceRuns() {
        for (int i = 0; i < 2; i++) {
            try (HostileClient client = HostileClient.negotiated(socket())) {
                int setDeviceState = 0x2_0002;
                int stop = 1;
                assertThat(client.refused(
                                WireMessage.deviceFeature(16, setDeviceState).u32(stop, 0)))
                        .isEqualTo(Errno.ENOTTY.number());
                assertThat(client.refused(
                                WireMessage.deviceFeature(16, 0x1_0001).zeroes(8)))
                        .isEqualTo(Errno.ENOTTY.number());
                assertWorks(client);
            }
        }
    }

    /** One that was asked for without wanting the reply must not come with another reply. */
    @Test
    void aDescriptorNeverGoesWithAReplyThatIsNotItsOwn() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.send(WireMessage.regionInfo(4096, 2).flags(WireMessage.NO_REPLY));
            HostileClient.Received answer = client.call(WireMessage.regionRead(7, 0, 4));
            int descriptors = answer.fds().size();
            answer.withoutFds();
            assertThat(descriptors).isZero();
        }
    }

    @Test
    void migrationDataIsRefused() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int size : new int[] {0, 8, 1 << 20, -1}) {
                assertThat(client.refused(
                                WireMessage.of(WireMessage.MIG_DATA_READ).u32(8, size)))
                        .isPositive();
                assertThat(client.refused(WireMessage.of(WireMessage.MIG_DATA_WRITE)
                                .u32(8, size)
                                .zeroes(64)))
                        .isPositive();
            }
            assertThat(client.refused(WireMessage.of(WireMessage.MIG_DATA_READ)))
                    .isPositive();
            assertThat(client.refused(WireMessage.of(WireMessage.MIG_DATA_WRITE)))
                    .isPositive();
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, WireMessage.DMA_READ, WireMessage.DMA_WRITE, WireMessage.DIRTY_PAGES, 19, 255, 65535})
    void refusesWhatIsNoCommandOfAClient(int command) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int bytes : new int[] {0, 16, 4096, 1 << 20}) {
                // The body is consumed, never taken for the next command.
                assertThat(client.refused(WireMessage.of(command).bytes(resetsInABody(bytes))))
                        .isPositive();
            }
            assertWorks(client);
        }
    }

    /** Bytes that would be commands if somebody took them for messages. */
    private static byte[] resetsInABody(int bytes) {
        byte[] body = new byte[bytes];
        byte[] reset = WireMessage.reset().toBytes();
        for (int at = 0; at + reset.length <= bytes; at += reset.length) {
            System.arraycopy(reset, 0, body, at, reset.length);
        }
        return body;
    }
}
