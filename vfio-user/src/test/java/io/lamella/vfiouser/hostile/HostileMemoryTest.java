// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lamella.linux.Errno;
import io.lamella.linux.Fd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.vfiouser.example.ExampleDevice;
import io.lamella.vfiouser.server.ServerOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
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
        Path file = Files.createTempFile(Path.of("/dev/shm"), "hostile", MEMORY);
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
                assertThat(command(client, 1, 0, 16 * PAGE, 1)).isEqualTo(EFAULT);
                assertThat(command(client, 2, 0, 16 * PAGE, 1)).isEqualTo(EFAULT);
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
    void aMemoryFileWithoutSealsMayBeCutShortToo() throws Throwable {
        try (HostileClient client = HostileClient.negotiated(socket());
                Fd file = Objects.requireNonNull(CLibrary.memoryFile(MEMORY, CLibrary.MFD_ALLOW_SEALING, 256 * PAGE))) {
            client.call(WireMessage.dmaMap(3, 0, 0, 256 * PAGE), file.number());
            for (long length : new long[] {PAGE, 8 * PAGE, 16 * PAGE, 128 * PAGE, 256 * PAGE}) {
                CLibrary.resize(file.number(), 256 * PAGE);
                assertThat(command(client, 1, 0, length, 1)).isZero();
                CLibrary.resize(file.number(), 0);
                assertThat(command(client, 1, 0, length, 1)).isEqualTo(EFAULT);
                assertThat(command(client, 2, 0, length, 1)).isEqualTo(EFAULT);
            }
            assertThat(client.call(WireMessage.dmaUnmap(0, 0, 256 * PAGE)).isError())
                    .isFalse();
        }
    }

    /** Huge pages are not reserved by mapping them, and may be gone when they are touched, seals or not. */
    @Test
    void hugePagesThatCannotBeHadAreAFault() throws Throwable {
        long hugeBytes = 2 << 20;
        Fd file = CLibrary.memoryFile(MEMORY, CLibrary.MFD_HUGETLB, hugeBytes);
        assumeTrue(file != null, "This kernel has no huge pages.");
        boolean none =
                Files.readString(Path.of("/proc/sys/vm/nr_hugepages")).strip().equals("0")
                        && Files.readString(Path.of("/proc/sys/vm/nr_overcommit_hugepages"))
                                .strip()
                                .equals("0");
        try (HostileClient client = HostileClient.negotiated(socket());
                file) {
            assertThat(client.call(WireMessage.dmaMap(3, 0, 0, hugeBytes), file.number())
                            .isError())
                    .isFalse();
            for (long length : new long[] {8, PAGE, 16 * PAGE, 256 * PAGE}) {
                for (int command : new int[] {1, 2}) {
                    int status = command(client, command, 0, length, 1);
                    if (none) {
                        assertThat(status).isEqualTo(EFAULT);
                    } else {
                        assertThat(status).isIn(0, EFAULT);
                    }
                }
            }
            assertThat(client.call(WireMessage.dmaUnmap(0, 0, hugeBytes)).isError())
                    .isFalse();
            assertWorks(client);
        }
    }

    /** A file that another process serves could make a page fault wait for ever. There is no FUSE here; /proc and /sys stand for it. */
    @Test
    void filesThatOthersMayServeAreRefused() throws IOException {
        Path served = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
        assumeTrue(Files.isReadable(served), "There is no /sys here.");
        try (HostileClient client = HostileClient.negotiated(socket());
                RandomAccessFile file = new RandomAccessFile(served.toFile(), "r")) {
            assertThat(file.length()).isGreaterThanOrEqualTo(PAGE);
            int fd = OpenFiles.list().entrySet().stream()
                    .filter(entry -> entry.getValue().equals(served.toString()))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            assertThat(client.refused(WireMessage.dmaMap(1, 0, 0, PAGE), fd))
                    .as("refused for what it is, before mapping it is tried")
                    .isEqualTo(Errno.EINVAL.number());
        }
    }

    /** What QEMU does with share=off: nothing on the wire tells, but the bytes are others, and messages show the true ones. */
    @Test
    void privatelyMappedMemoryShowsOtherBytesAndMessagesShowTheTrueOnes() throws IOException {
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, PAGE);
                Arena arena = Arena.ofShared();
                FileChannel again = FileChannel.open(
                        Path.of("/proc/self/fd/" + memory.fd().number()),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            MemorySegment guest = again.map(FileChannel.MapMode.PRIVATE, 0, PAGE, arena);
            guest.set(ValueLayout.JAVA_LONG, 0, 0x6f_6c6c_6568L);
            client.call(WireMessage.dmaMap(3, 0, 0, PAGE), memory.fd().number());
            assertThat(command(client, 1, 0, 8, 1)).isZero();
            assertThat(client.call(WireMessage.regionRead(0, 0x128, 8)).u64(16))
                    .as("what the mapping shows")
                    .isZero();
            WireMessage ask = WireMessage.regionWrite32(0, 0x100, 3).id(client.freshId());
            client.send(ask);
            HostileClient.Received next = client.receive();
            HostileClient.Received request = next;
            for (int i = 0; i < 2; i++) {
                if (!next.isReply()) {
                    request = next;
                    byte[] bytes = guest.asSlice(request.u64(0), request.u64(8)).toArray(ValueLayout.JAVA_BYTE);
                    client.send(WireMessage.of(WireMessage.DMA_READ)
                            .id(request.id())
                            .flags(WireMessage.REPLY)
                            .u64(request.u64(0), request.u64(8))
                            .bytes(bytes));
                }
                if (i == 0) {
                    next = client.receive();
                }
            }
            assertThat(request.command()).isEqualTo(WireMessage.DMA_READ);
            await(() -> client.call(WireMessage.regionRead(0, 0x130, 4)).u32(16) == 0);
            assertThat(client.call(WireMessage.regionRead(0, 0x128, 8)).u64(16))
                    .as("what a message shows")
                    .isEqualTo(0x6f_6c6c_6568L);
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
