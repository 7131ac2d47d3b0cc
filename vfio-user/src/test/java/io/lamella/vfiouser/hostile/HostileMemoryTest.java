// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.vfiouser.example.ExampleDevice;
import io.lamella.vfiouser.server.ServerOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DMA through memory that its owner takes away, cuts short, or never gave. */
class HostileMemoryTest extends HostileTest {
    private static final long PAGE = 4096;
    private static final int EFAULT = 14;

    private static int command(HostileClient client, int command, long iova, long length, long iterations) {
        client.call(WireMessage.regionWrite64(0, 0x108, iova));
        client.call(WireMessage.regionWrite64(0, 0x110, length));
        client.call(WireMessage.regionWrite64(0, 0x118, iterations));
        assertThat(client.call(WireMessage.regionWrite32(0, 0x100, command)).isError())
                .isFalse();
        return client.call(WireMessage.regionRead(0, 0x130, 4)).u32(16);
    }

    @Test
    void dmaGoesThroughTheMap() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 16 * PAGE)) {
            client.call(
                    WireMessage.dmaMap(3, 4 * PAGE, 0x10_0000, 8 * PAGE),
                    memory.fd().number());
            memory.memory().set(ValueLayout.JAVA_LONG, 4 * PAGE + 8, 4711);
            assertThat(command(client, 1, 0x10_0000, 16, 1)).isZero();
            assertThat(client.call(WireMessage.regionRead(0, 0x128, 8)).u64(16)).isEqualTo(4711);
            assertThat(command(client, 7, 0, 4096, 3)).isZero();
            assertThat(command(client, 2, 0x10_0000 + 7 * PAGE, PAGE, 1)).isZero();
            assertThat(memory.memory().get(ValueLayout.JAVA_LONG, 11 * PAGE)).isEqualTo(seedOf(3));
            assertThat(memory.memory().get(ValueLayout.JAVA_LONG, 12 * PAGE)).isZero();
        }
    }

    private static long seedOf(long iterations) {
        return iterations * 0x9e3779b97f4a7c15L;
    }

    @Test
    void memoryCutShortIsAFaultAndNotTheEnd() throws IOException {
        Path file = Files.createTempFile("hostile", MEMORY);
        try (HostileClient client = HostileClient.negotiated(socket());
                RandomAccessFile backing = new RandomAccessFile(file.toFile(), "rw")) {
            backing.setLength(256 * PAGE);
            int fd = OpenFiles.list().entrySet().stream()
                    .filter(entry -> entry.getValue().equals(file.toString()))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            client.call(WireMessage.dmaMap(3, 0, 0, 256 * PAGE), fd);
            assertThat(command(client, 1, 0, 256 * PAGE, 1)).isZero();
            backing.setLength(PAGE);
            for (int i = 0; i < 20; i++) {
                assertThat(command(client, 1, 0, 256 * PAGE, 1)).isEqualTo(EFAULT);
                assertThat(command(client, 2, 0, 256 * PAGE, 1)).isEqualTo(EFAULT);
                assertThat(command(client, 6, 0, 256 * PAGE, 1000)).isEqualTo(EFAULT);
                assertThat(command(client, 2, 200 * PAGE, 8, 1)).isEqualTo(EFAULT);
            }
            assertThat(command(client, 1, 0, PAGE, 1)).as("what is left of it").isZero();
            assertThat(client.call(WireMessage.dmaUnmap(0, 0, 256 * PAGE)).isError())
                    .isFalse();
            assertWorks(client);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void memoryUnmappedIsAFault() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 4 * PAGE)) {
            for (int i = 0; i < 50; i++) {
                client.call(WireMessage.dmaMap(3, 0, 0, 4 * PAGE), memory.fd().number());
                assertThat(command(client, 1, 0, 4 * PAGE, 1)).isZero();
                client.call(WireMessage.dmaUnmap(0, 0, 4 * PAGE));
                assertThat(command(client, 1, 0, 4 * PAGE, 1)).isEqualTo(EFAULT);
            }
        }
    }

    @Test
    void theMapsRightsHoldWhateverTheDescriptorAllows() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 4 * PAGE)) {
            client.call(WireMessage.dmaMap(1, 0, 0, PAGE), memory.fd().number());
            client.call(WireMessage.dmaMap(2, 0, PAGE, PAGE), memory.fd().number());
            assertThat(command(client, 1, 0, PAGE, 1)).isZero();
            assertThat(command(client, 2, 0, PAGE, 1)).isEqualTo(EFAULT);
            assertThat(command(client, 1, PAGE, PAGE, 1)).isEqualTo(EFAULT);
            assertThat(command(client, 2, PAGE, PAGE, 1)).isZero();
        }
    }

    @Test
    void dmaThatLeavesAMapIsAFault() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 4 * PAGE)) {
            client.call(WireMessage.dmaMap(3, 0, PAGE, PAGE), memory.fd().number());
            client.call(WireMessage.dmaMap(3, 0, -PAGE, PAGE), memory.fd().number());
            assertThat(command(client, 1, 0, PAGE, 1)).isEqualTo(EFAULT);
            assertThat(command(client, 1, PAGE, PAGE + 1, 1)).isEqualTo(EFAULT);
            assertThat(command(client, 1, PAGE - 1, 2, 1)).isEqualTo(EFAULT);
            assertThat(command(client, 1, -PAGE, PAGE, 1)).isZero();
            assertThat(command(client, 1, -PAGE, 2 * PAGE, 1))
                    .as("past the end of the address space")
                    .isEqualTo(EFAULT);
        }
    }

    @Test
    void noDmaWhileBusMasteringIsOff(@TempDir Path folder) {
        try (ServedExample strict =
                        new ServedExample(folder.resolve("strict"), new ExampleDevice(), ServerOptions.DEFAULTS);
                HostileClient client = HostileClient.negotiated(strict.socket());
                SharedMemory memory = SharedMemory.create(MEMORY, PAGE)) {
            client.call(WireMessage.dmaMap(3, 0, 0, PAGE), memory.fd().number());
            assertThat(command(client, 1, 0, PAGE, 1)).isEqualTo(EFAULT);
            client.call(WireMessage.regionWrite(7, 4, new byte[] {4}));
            assertThat(command(client, 1, 0, PAGE, 1)).isZero();
            client.call(WireMessage.regionWrite(7, 4, new byte[] {0, 0}));
            assertThat(command(client, 2, 0, PAGE, 1)).isEqualTo(EFAULT);
            client.call(WireMessage.regionWrite(7, 4, new byte[] {6, 4}));
            assertThat(command(client, 2, 0, PAGE, 1)).isZero();
            client.call(WireMessage.reset());
            assertThat(command(client, 2, 0, PAGE, 1))
                    .as("reset clears the bit")
                    .isEqualTo(EFAULT);
        }
    }

    @Test
    void aCommandWithoutEndIsCutOffBeforeTheClientGivesUp() {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, PAGE)) {
            client.call(WireMessage.dmaMap(3, 0, 0, PAGE), memory.fd().number());
            long start = System.nanoTime();
            assertThat(command(client, 1, 0, PAGE, -1)).isEqualTo(110);
            assertThat(System.nanoTime() - start).isLessThan(4_500_000_000L);
        }
    }
}
