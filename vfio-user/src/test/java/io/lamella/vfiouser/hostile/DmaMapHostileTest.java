// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.Fd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DMA_MAP. */
class DmaMapHostileTest extends HostileTest {
    private static final long PAGE = 4096;

    private int map(HostileClient client, int flags, long offset, long iova, long size, int... fds) {
        HostileClient.Received answer = client.call(WireMessage.dmaMap(flags, offset, iova, size), fds);
        assertThat(answer.body().limit()).isZero();
        return answer.isError() ? answer.error() : 0;
    }

    @Test
    void mapsWithAndWithoutDescriptor() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 16 * PAGE)) {
            int fd = memory.fd().number();
            assertThat(map(client, 3, 0, 0, 16 * PAGE, fd)).isZero();
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(2);
            assertThat(map(client, 1, 0, 0x10_0000, PAGE)).isZero();
            assertThat(map(client, 3, 0, 0x1_0000_0000L, 8L << 30))
                    .as("a BAR of 8 GiB, without descriptor")
                    .isZero();
            assertWorks(client);
        }
    }

    @Test
    void refusesOverlaps() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 16 * PAGE)) {
            int fd = memory.fd().number();
            assertThat(map(client, 3, 0, 4 * PAGE, 4 * PAGE, fd)).isZero();
            long[][] ranges = {{4, 4}, {3, 2}, {7, 1}, {0, 16}, {5, 1}, {4, 8}};
            for (long[] range : ranges) {
                assertThat(map(client, 3, 0, range[0] * PAGE, range[1] * PAGE, fd))
                        .isIn(Errno.EEXIST.number(), Errno.EINVAL.number());
                assertThat(map(client, 3, 0, range[0] * PAGE, range[1] * PAGE))
                        .isIn(Errno.EEXIST.number(), Errno.EINVAL.number());
            }
            assertThat(map(client, 3, 0, 8 * PAGE, PAGE, fd)).isZero();
            assertThat(map(client, 3, 0, 3 * PAGE, PAGE, fd)).isZero();
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(4);
        }
    }

    @Test
    void refusesEmptyAndWrappingRanges() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 16 * PAGE)) {
            int fd = memory.fd().number();
            for (int[] fds : new int[][] {{}, {fd}}) {
                assertThat(map(client, 3, 0, 0, 0, fds)).isEqualTo(Errno.EINVAL.number());
                assertThat(map(client, 3, 0, -PAGE, 2 * PAGE, fds)).isEqualTo(Errno.EINVAL.number());
                assertThat(map(client, 3, 0, PAGE, -1, fds)).isEqualTo(Errno.EINVAL.number());
                assertThat(map(client, 3, 0, 2 * PAGE, -PAGE, fds)).isEqualTo(Errno.EINVAL.number());
            }
            assertThat(map(client, 3, 0, -PAGE, PAGE))
                    .as("the last page of the address space")
                    .isZero();
        }
    }

    @Test
    void refusesRangesThatTheFileDoesNotHave() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 16 * PAGE)) {
            int fd = memory.fd().number();
            assertThat(map(client, 3, 0, 0, 17 * PAGE, fd)).isNotZero();
            assertThat(map(client, 3, 16 * PAGE, 0, PAGE, fd)).isNotZero();
            assertThat(map(client, 3, Long.MAX_VALUE - 4095, 0, PAGE, fd)).isNotZero();
            assertThat(map(client, 3, -PAGE, 0, 2 * PAGE, fd)).isNotZero();
            assertThat(map(client, 3, 1, 0, PAGE, fd))
                    .as("an offset that is no page's")
                    .isNotZero();
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
        }
    }

    @Test
    void refusesDescriptorsOfTheWrongKind() throws IOException {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create();
                SharedMemory memory = SharedMemory.create(MEMORY, 16 * PAGE)) {
            UnixSocket.Pair pair = UnixSocket.pair();
            assertThat(map(client, 3, 0, 0, PAGE, event.fd().number())).isNotZero();
            assertThat(map(client, 3, 0, 0, PAGE, pair.first().fd().number())).isNotZero();
            pair.first().close();
            pair.second().close();
            assertThat(map(
                            client,
                            3,
                            0,
                            0,
                            PAGE,
                            memory.fd().number(),
                            memory.fd().number()))
                    .as("two descriptors")
                    .isNotZero();
            assertWorks(client);
        }
    }

    @Test
    void refusesRightsThatTheDescriptorDoesNotHave() throws IOException {
        Path file = Files.createTempFile("hostile", "readonly");
        Files.write(file, new byte[(int) PAGE]);
        try (HostileClient client = HostileClient.negotiated(socket());
                java.io.RandomAccessFile readOnly = new java.io.RandomAccessFile(file.toFile(), "r")) {
            int fd = descriptorOf(file);
            assertThat(map(client, 3, 0, 0, PAGE, fd)).isNotZero();
            assertThat(map(client, 2, 0, 0, PAGE, fd)).isNotZero();
            assertThat(map(client, 1, 0, 0, PAGE, fd)).isZero();
            assertThat(readOnly.length()).isEqualTo(PAGE);
        } finally {
            Files.delete(file);
        }
    }

    private static int descriptorOf(Path file) {
        return OpenFiles.list().entrySet().stream()
                .filter(entry -> entry.getValue().equals(file.toString()))
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 8, 16, 24, 31})
    void refusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, PAGE)) {
            assertThat(client.refused(
                            WireMessage.dmaMap(3, 0, 0, PAGE).bodyBytes(bytes),
                            memory.fd().number()))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void refusesAnArgszBelowItsStructure() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            WireMessage message = WireMessage.of(WireMessage.DMA_MAP).u32(31, 3).u64(0, 0, PAGE);
            assertThat(client.refused(message)).isEqualTo(Errno.EINVAL.number());
        }
    }

    @Test
    void neverSizesAnythingByArgsz() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            WireMessage message = WireMessage.of(WireMessage.DMA_MAP).u32(-1, 3).u64(0, 0, PAGE);
            client.call(message);
            assertWorks(client);
        }
    }

    @Test
    void refusesFlagsThatNobodyKnows() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(map(client, 1 << 31 | 3, 0, 0, PAGE)).isNotZero();
            assertThat(map(client, 0x100, 0, 0, PAGE)).isNotZero();
        }
    }

    @Test
    void survivesChurnWithoutLeaking() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 64 * PAGE)) {
            int before = OpenFiles.count();
            for (int round = 0; round < 50; round++) {
                // Pipelined, as QEMU does it: all sent before an answer is read.
                for (int i = 0; i < 16; i++) {
                    client.send(
                            WireMessage.dmaMap(3, i * PAGE, i * PAGE, PAGE).id(i),
                            memory.fd().number());
                }
                for (int i = 0; i < 16; i++) {
                    client.send(WireMessage.dmaUnmap(0, i * PAGE, PAGE).id(100 + i));
                }
                for (int i = 0; i < 32; i++) {
                    HostileClient.Received answer = client.receive();
                    assertThat(answer.id()).isEqualTo(i < 16 ? i : 84 + i);
                    assertThat(answer.isError()).isFalse();
                }
            }
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
            assertThat(OpenFiles.count()).isEqualTo(before);
        }
    }

    @Test
    void holdsNoMoreMapsThanItsLimit() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            int accepted = 0;
            for (long i = 0; i < 70_000; i++) {
                client.send(
                        WireMessage.dmaMap(3, 0, 2 * i * PAGE, PAGE).flags(i % 1000 == 0 ? 0 : WireMessage.NO_REPLY));
                if (i % 1000 == 0) {
                    accepted += client.receive().isError() ? 0 : 1;
                }
            }
            assertThat(accepted).isBetween(1, 66);
            assertWorks(client);
        }
    }

    @Test
    void aDescriptorIsClosedWhenTheMapIsGone() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, PAGE);
                Fd other = memory.fd().duplicate()) {
            int before = OpenFiles.count();
            assertThat(map(client, 3, 0, 0, PAGE, other.number())).isZero();
            assertThat(client.call(WireMessage.dmaUnmap(0, 0, PAGE)).isError()).isFalse();
            assertThat(OpenFiles.count()).isEqualTo(before);
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
        }
    }
}
