// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Fd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import io.lamella.vfiouser.client.VfioUserClient;
import io.lamella.vfiouser.hostile.CLibrary;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client unmaps while the device's own threads are in the middle of copying, by Java's copy and by the C library's. */
@Timeout(60)
class DmaRaceTest {
    private static final String MEMORY = "dma-race";
    private static final int RW = Wire.DMA_READABLE | Wire.DMA_WRITABLE;
    private static final long[] SIZES = {4096, 64 << 10, 512 << 10, 4 << 20};
    private static final int ROUNDS = 3000;
    private static final long BASE = 0x10_0000;

    @TempDir
    Path folder;

    @Test
    void unmappingUnderRunningDmaIsAFaultOrARetryAndLeavesNothingMapped() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> devices = new ArrayList<>();
        AtomicLongArray copies = new AtomicLongArray(SIZES.length);
        try (RecordingFunction function = new RecordingFunction();
                VfioUserServer server = VfioUserServer.listen(
                        function, folder.resolve("s"), ServerOptions.DEFAULTS.withoutBusMaster(), function);
                VfioUserClient client = VfioUserClient.connect(folder.resolve("s"), 5000);
                SharedMemory guest = SharedMemory.create(MEMORY, 4 << 20)) {
            assertThat(server.hasClient()).isTrue();
            for (int i = 0; i < SIZES.length; i++) {
                int device = i;
                devices.add(Thread.ofPlatform().daemon().start(() -> copyUntil(stop, function, copies, device)));
            }
            long end = System.nanoTime() + 20_000_000_000L;
            for (int i = 0; (i < 150 || fewest(copies) < 20) && System.nanoTime() - end < 0; i++) {
                client.mapDma(guest.fd(), 0, BASE, 4 << 20, RW);
                Thread.sleep(1);
                client.unmapDma(BASE, 4 << 20);
                assertThat(OpenFiles.mappings(MEMORY))
                        .as("the test's own mapping; the server's is gone when it has answered")
                        .isEqualTo(1);
            }
            stop.set(true);
            for (Thread device : devices) {
                device.join(20_000);
                assertThat(device.isAlive()).isFalse();
            }
            assertThat(fewest(copies))
                    .as("copies that went through, %s", copies)
                    .isPositive();
        }
        assertThat(OpenFiles.mappings(MEMORY)).isZero();
    }

    /**
     * The Java machine throws the error of a missing page a little later than the touch. Hot, compiled code is where that shows: each access
     * must fault itself, and nothing may be thrown after it.
     */
    @Test
    void aMissingPageIsAFaultOfTheAccessThatTouchesIt() throws Throwable {
        try (RecordingFunction function = new RecordingFunction();
                VfioUserServer server = VfioUserServer.listen(
                        function, folder.resolve("s"), ServerOptions.DEFAULTS.withoutBusMaster(), function);
                VfioUserClient client = VfioUserClient.connect(folder.resolve("s"), 5000);
                Fd file = Objects.requireNonNull(CLibrary.memoryFile(MEMORY, CLibrary.MFD_ALLOW_SEALING, 1 << 20));
                Arena arena = Arena.ofConfined()) {
            assertThat(server.hasClient()).isTrue();
            client.mapDma(file, 0, BASE, 1 << 20, RW);
            MemorySegment own = arena.allocate(64 << 10, 8);
            assertThat(faults(function, own)).isZero();
            CLibrary.resize(file.number(), 0);
            assertThat(faults(function, own)).isEqualTo(6 * ROUNDS);
            CLibrary.resize(file.number(), 1 << 20);
            assertThat(faults(function, own)).isZero();
            client.unmapDma(BASE, 1 << 20);
        }
    }

    private static int faults(RecordingFunction function, MemorySegment own) {
        DmaSpace dma = function.dma();
        List<Runnable> accesses = List.of(
                () -> dma.readInt(BASE + 8),
                () -> dma.readLong(BASE + 4096),
                () -> dma.writeInt(BASE + 8192, 1),
                () -> dma.writeLong(BASE + 12288, 1),
                () -> dma.read(BASE, own),
                () -> dma.write(BASE + 65536, own));
        int faults = 0;
        for (int i = 0; i < ROUNDS; i++) {
            for (Runnable access : accesses) {
                try {
                    access.run();
                } catch (DmaFaultException e) {
                    faults++;
                }
            }
        }
        return faults;
    }

    private static long fewest(AtomicLongArray copies) {
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < copies.length(); i++) {
            fewest = Math.min(fewest, copies.get(i));
        }
        return fewest;
    }

    /** Copies to and fro. Faults are what unmapping is for; nothing else may be thrown, or the thread ends and the test finds out. */
    private static void copyUntil(AtomicBoolean stop, RecordingFunction function, AtomicLongArray copies, int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment own = arena.allocate(SIZES[device], 8);
            while (!stop.get()) {
                try {
                    function.dma().read(BASE, own);
                    function.dma().write(BASE, own);
                    copies.incrementAndGet(device);
                } catch (DmaFaultException e) {
                    Thread.onSpinWait();
                }
            }
        } catch (RuntimeException | Error e) {
            copies.set(device, Long.MIN_VALUE);
            throw e;
        }
    }
}
