// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.InterruptKind;
import io.lamella.vfiouser.client.VfioUserClient;
import io.lamella.vfiouser.client.VfioUserException;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vfiouser.wire.Command;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command, by our own client on our own server. */
class ServerClientTest {
    private static final int RW = Wire.DMA_READABLE | Wire.DMA_WRITABLE;
    private static final byte[] NONE = {};

    @TempDir
    Path folder;

    private RecordingFunction function;
    private int openBefore;
    private VfioUserServer server;
    private VfioUserClient client;

    @BeforeEach
    void start() {
        try (EventFd warmUp = EventFd.create()) {
            warmUp.signal();
        }
        openBefore = OpenFiles.count();
        function = new RecordingFunction();
        server = VfioUserServer.listen(
                function, folder.resolve("s"), ServerOptions.DEFAULTS.withTimeouts(400, 300, 1000, 200), function);
        client = VfioUserClient.connect(folder.resolve("s"), 5000);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        assertThat(server.isRunning()).isFalse();
        function.close();
        assertThat(OpenFiles.count()).as("descriptors: " + OpenFiles.list()).isEqualTo(openBefore);
        assertThat(OpenFiles.mappings("vfio-user-test-guest")).isZero();
    }

    @Test
    void versionsAreNegotiated() {
        assertThat(client.server().minor()).isEqualTo(1);
        assertThat(client.server().maxMessageFds()).isEqualTo(16);
        assertThat(client.server().maxDataBytes()).isEqualTo(1 << 20);
        assertThat(client.server().writeMultiple()).isTrue();
        assertThat(function.connections).isEqualTo(1);
        assertThatThrownBy(() -> client.command(Command.VERSION, new byte[4]))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL.number()));
    }

    @Test
    void theDeviceIsDescribed() {
        assertThat(client.deviceInfo()).isEqualTo(new VfioUserClient.DeviceInfo(true, 9, 5));
        assertThat(client.regionInfo(0).sizeBytes()).isEqualTo(RecordingFunction.BAR0_BYTES);
        assertThat(client.regionInfo(0).flags()).isEqualTo(3);
        assertThat(client.regionInfo(1).sizeBytes()).isZero();
        assertThat(client.regionInfo(7).sizeBytes()).isEqualTo(4096);
        assertThat(client.regionInfo(8).sizeBytes()).isZero();
        VfioUserClient.RegionInfo mapped = client.regionInfo(2);
        try (var fd = Objects.requireNonNull(mapped.fd())) {
            assertThat(fd.status().sizeBytes()).isEqualTo(RecordingFunction.BAR2_BYTES);
        }
        assertThat(mapped.flags()).isEqualTo(15);
        assertThat(mapped.areas()).containsExactly(new VfioUserClient.Area(8192, 4096, 8192));
        assertThat(client.interruptInfo(Wire.IRQ_INTX)).isEqualTo(new VfioUserClient.InterruptInfo(7, 1));
        assertThat(client.interruptInfo(Wire.IRQ_MSIX)).isEqualTo(new VfioUserClient.InterruptInfo(3, 64));
        assertThat(client.interruptInfo(Wire.IRQ_ERROR)).isEqualTo(new VfioUserClient.InterruptInfo(1, 1));
        assertThatThrownBy(() -> client.regionInfo(9)).isInstanceOf(VfioUserException.class);
        assertThatThrownBy(() -> client.interruptInfo(5)).isInstanceOf(VfioUserException.class);
    }

    @Test
    void regionsAreReadAndWritten() {
        for (int size : new int[] {1, 2, 4, 8}) {
            client.writeRegion(0, 64, size, 0x1122334455667788L);
            assertThat(client.readRegion(0, 64, size)).isEqualTo(0x1122334455667788L & (-1L >>> (64 - 8 * size)));
        }
        client.postWrite(0, 72, 4, 42);
        assertThat(client.readRegion(0, 72, 4)).isEqualTo(42);
        assertThat(client.readRegion(Wire.REGION_CONFIG, 0, 4)).isEqualTo(0xa0c41234L);
        assertThatThrownBy(() -> client.readRegion(0, RecordingFunction.BAR0_BYTES - 2, 4))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL.number()));
        assertThatThrownBy(() -> client.readRegion(0, -1, 4)).isInstanceOf(VfioUserException.class);
        assertThatThrownBy(() -> client.readRegion(8, 0, 1)).isInstanceOf(VfioUserException.class);
        // A refused posted write is silent.
        client.postWrite(0, -8, 4, 1);
        assertThat(client.readRegion(0, 72, 4)).isEqualTo(42);
        assertThat(server.statistics().refused()).isEqualTo(4);
    }

    @Test
    void largeAccessesKeepTheirBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(1 << 20);
            for (int i = 0; i < data.byteSize(); i++) {
                data.set(ValueLayout.JAVA_BYTE, i, (byte) ((i * 7) ^ (i >> 11)));
            }
            for (int size : new int[] {3, 4096, 32768, 65537, 1 << 20}) {
                client.writeRegion(0, 16, data.asSlice(0, size));
                MemorySegment back = arena.allocate(size);
                client.readRegion(0, 16, back);
                assertThat(back.mismatch(data.asSlice(0, size)))
                        .as("of " + size + " bytes")
                        .isEqualTo(-1);
            }
            MemorySegment config = arena.allocate(4096);
            client.readRegion(Wire.REGION_CONFIG, 0, config);
            assertThat(config.get(ValueLayout.JAVA_INT, 0)).isEqualTo(0xa0c41234);
        }
    }

    @Test
    void readsArePipelined() {
        for (int i = 0; i < 32; i++) {
            client.postWrite(0, 4L * i, 4, i * 3 + 1);
        }
        long[] values = new long[32];
        client.readPipelined(0, 0, 4, 4, values);
        for (int i = 0; i < 32; i++) {
            assertThat(values[i]).isEqualTo(i * 3 + 1);
        }
    }

    @Test
    void manyWritesGoInOneMessage() {
        byte[] payload = new byte[8 + 3 * 24];
        MemorySegment message = MemorySegment.ofArray(payload);
        message.set(Wire.U64, 0, 3);
        for (int i = 0; i < 3; i++) {
            message.set(Wire.U64, 8 + 24L * i, 8L * i);
            message.set(Wire.U32, 8 + 24L * i + 12, 8);
            message.set(Wire.U64, 8 + 24L * i + 16, 100 + i);
        }
        assertThat(client.command(Command.REGION_WRITE_MULTI, payload))
                .hasSize(8)
                .startsWith(3);
        assertThat(client.readRegion(0, 16, 8)).isEqualTo(102);
        message.set(Wire.U64, 0, 4);
        assertThatThrownBy(() -> client.command(Command.REGION_WRITE_MULTI, payload))
                .isInstanceOf(VfioUserException.class);
    }

    @Test
    void memoryWithADescriptorIsReachedDirectly() {
        client.writeRegion(Wire.REGION_CONFIG, 4, 2, 6);
        try (SharedMemory guest = SharedMemory.create("vfio-user-test-guest", 1 << 20)) {
            client.mapDma(guest.fd(), 4096, 0x10000, 8192, RW);
            guest.memory().set(ValueLayout.JAVA_INT, 4096 + 12, 77);
            assertThat(function.dma().readInt(0x1000c)).isEqualTo(77);
            function.dma().writeInt(0x11ffc, 78);
            assertThat(guest.memory().get(ValueLayout.JAVA_INT, 4096 + 8188)).isEqualTo(78);
            assertThat(OpenFiles.mappings("vfio-user-test-guest")).isEqualTo(2);
            for (long bad : new long[] {0x10000, 0x11000}) {
                assertThatThrownBy(() -> client.mapDma(guest.fd(), 0, bad, 4096, RW))
                        .isInstanceOfSatisfying(
                                VfioUserException.class,
                                e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST.number()));
            }
            assertThatThrownBy(() -> client.mapDma(guest.fd(), 1 << 20, 0x100000, 4096, RW))
                    .as("beyond the file")
                    .isInstanceOf(VfioUserException.class);
            assertThatThrownBy(() -> client.unmapDma(0x10000, 4096))
                    .isInstanceOfSatisfying(
                            VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL.number()));
            MemorySegment kept =
                    Objects.requireNonNull(function.dma().segment(0x10000, 4096, io.lamella.pci.DmaAccess.READ));
            client.unmapDma(0x10000, 8192);
            assertThat(OpenFiles.mappings("vfio-user-test-guest")).isEqualTo(1);
            assertThatThrownBy(() -> kept.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> function.dma().readInt(0x1000c)).isInstanceOf(DmaFaultException.class);
            client.mapDma(guest.fd(), 0, 0, 1 << 20, Wire.DMA_READABLE);
            assertThatThrownBy(() -> function.dma().writeInt(0, 1)).isInstanceOf(DmaFaultException.class);
            // Left mapped: disconnecting unmaps it.
        }
    }

    @Test
    void busMasteringIsWatched() {
        try (SharedMemory guest = SharedMemory.create("vfio-user-test-guest", 4096)) {
            client.mapDma(guest.fd(), 0, 0x10000, 4096, RW);
            assertThatThrownBy(() -> function.dma().readInt(0x10000)).hasMessageContaining("bus mastering");
            client.writeRegion(Wire.REGION_CONFIG, 4, 2, 4);
            assertThat(function.dma().readInt(0x10000)).isZero();
            client.resetDevice();
            assertThatThrownBy(() -> function.dma().readInt(0x10000)).isInstanceOf(DmaFaultException.class);
            assertThat(function.resets).isEqualTo(1);
        }
    }

    @Test
    void dmaWaitsForMemoryThatIsMappedInOtherPieces() throws Exception {
        client.writeRegion(Wire.REGION_CONFIG, 4, 2, 4);
        try (SharedMemory guest = SharedMemory.create("vfio-user-test-guest", 8192)) {
            client.mapDma(guest.fd(), 0, 0x10000, 8192, RW);
            java.util.concurrent.atomic.AtomicBoolean stop = new java.util.concurrent.atomic.AtomicBoolean();
            java.util.concurrent.atomic.AtomicInteger faults = new java.util.concurrent.atomic.AtomicInteger();
            CompletableFuture<Integer> device = CompletableFuture.supplyAsync(() -> {
                int reads = 0;
                while (!stop.get()) {
                    try {
                        function.dma().readLong(0x10ffc);
                        reads++;
                    } catch (DmaFaultException e) {
                        faults.incrementAndGet();
                    }
                }
                return reads;
            });
            long slowestNanos = 0;
            for (int i = 0; i < 100; i++) {
                long began = System.nanoTime();
                client.unmapDma(0x10000, 8192);
                client.mapDma(guest.fd(), 0, 0x10000, 4096, RW);
                client.mapDma(guest.fd(), 4096, 0x11000, 4096, RW);
                client.unmapDma(0x11000, 4096);
                client.unmapDma(0x10000, 4096);
                client.mapDma(guest.fd(), 0, 0x10000, 8192, RW);
                slowestNanos = Math.max(slowestNanos, System.nanoTime() - began);
            }
            stop.set(true);
            assertThat(device.get(5, TimeUnit.SECONDS)).isPositive();
            // Reads wait half a second for the memory to come back; a machine that is busy may take longer over it.
            if (slowestNanos < 400_000_000) {
                assertThat(faults.get()).as("reads that failed").isZero();
            }
            Thread.sleep(600);
            long begun = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                assertThatThrownBy(() -> function.dma().readInt(0x90000)).isInstanceOf(DmaFaultException.class);
            }
            assertThat(System.nanoTime() - begun)
                    .as("a wrong address faults at once")
                    .isLessThan(1_000_000_000L);
        }
    }

    @Test
    void aClientThatSaysNothingMakesRoomForTheNext() {
        client.close();
        try (var silent = io.lamella.linux.UnixSocket.connect(folder.resolve("s"));
                VfioUserClient next = VfioUserClient.connect(folder.resolve("s"), 5000)) {
            assertThat(silent.fd().isOpen()).isTrue();
            assertThat(next.readRegion(Wire.REGION_CONFIG, 0, 2)).isEqualTo(0x1234);
        }
    }

    @Test
    void memoryWithoutADescriptorIsReachedByMessages() throws Exception {
        client.writeRegion(Wire.REGION_CONFIG, 4, 2, 4);
        client.mapDma(null, 0, 0x40000, 1 << 20, RW);
        io.lamella.pci.DmaMap guest = new io.lamella.pci.DmaMap();
        MemorySegment memory = Arena.ofAuto().allocate(1 << 20, 8);
        guest.map(io.lamella.pci.DmaRegion.of(0x40000, memory, io.lamella.pci.DmaAccess.READ_WRITE));
        client.setDmaSpace(guest);
        MemorySegment data = Arena.ofAuto().allocate(300_000, 8);
        for (int i = 0; i < data.byteSize(); i++) {
            data.set(ValueLayout.JAVA_BYTE, i, (byte) (i ^ (i >> 9)));
        }
        CompletableFuture<long[]> done = CompletableFuture.supplyAsync(() -> {
            function.dma().write(0x40010, data);
            byte[] back = new byte[300_000];
            function.dma().read(0x40010, MemorySegment.ofArray(back));
            return new long[] {
                MemorySegment.ofArray(back).mismatch(data), function.dma().readInt(0x40010 + 4)
            };
        });
        while (!done.isDone()) {
            // Commands go on being served while the DMA waits, and serve it.
            client.readRegion(0, 0, 4);
        }
        assertThat(done.get(5, TimeUnit.SECONDS)).containsExactly(-1, 0x07060504);
        assertThat(memory.asSlice(16, 300_000).mismatch(data)).isEqualTo(-1);
        // From inside of a command it cannot be waited for.
        client.writeRegion(0, RecordingFunction.DMA_DOORBELL, 4, 0x40010);
        assertThat(function.lastFault).contains("inside of a client's command");
        // Nobody answers: a deadline.
        assertThatThrownBy(() -> function.dma().readInt(0x40000)).hasMessageContaining("in time");
    }

    /** QEMU takes all vectors away and gives them again to change their number; what is signalled in between arrives later. */
    @Test
    void aMessageWaitsForAnEventfdAndIsForgottenWithIt() {
        int assign = Wire.SET_IRQS_EVENTFD | Wire.SET_IRQS_TRIGGER;
        int remove = Wire.SET_IRQS_NONE | Wire.SET_IRQS_TRIGGER;
        try (EventFd event = EventFd.create()) {
            function.interrupts().signal(InterruptKind.MSI_X, 1);
            client.setInterrupts(Wire.IRQ_MSIX, assign, 0, 1, NONE, event.fd().number());
            assertThat(event.drain()).isFalse();
            client.setInterrupts(Wire.IRQ_MSIX, assign, 1, 1, NONE, event.fd().number());
            assertThat(event.drain()).isTrue();
            client.setInterrupts(Wire.IRQ_MSIX, remove, 0, 0, NONE);
            client.setInterrupts(Wire.IRQ_MSIX, assign, 1, 1, NONE, event.fd().number());
            assertThat(event.drain()).as("one message, one event").isFalse();
            client.setInterrupts(Wire.IRQ_MSIX, remove, 0, 0, NONE);
            function.interrupts().signal(InterruptKind.MSI_X, 1);
            client.setInterrupts(Wire.IRQ_MSIX, remove, 0, 0, NONE);
            client.setInterrupts(Wire.IRQ_MSIX, assign, 1, 1, NONE, event.fd().number());
            assertThat(event.drain()).as("forgotten").isFalse();
        }
    }

    @Test
    void interruptsArriveWhereTheyAreAssigned() {
        try (EventFd one = EventFd.create();
                EventFd two = EventFd.create()) {
            int assign = Wire.SET_IRQS_EVENTFD | Wire.SET_IRQS_TRIGGER;
            client.setInterrupts(
                    Wire.IRQ_MSIX,
                    assign,
                    3,
                    2,
                    NONE,
                    one.fd().number(),
                    two.fd().number());
            function.interrupts().signal(InterruptKind.MSI_X, 3);
            function.interrupts().signal(InterruptKind.MSI_X, 5);
            function.interrupts().signal(InterruptKind.MSI_X, 9999);
            function.interrupts().signal(InterruptKind.MSI, 3);
            assertThat(one.drain()).isTrue();
            assertThat(two.drain()).isFalse();
            client.setInterrupts(Wire.IRQ_MSIX, Wire.SET_IRQS_NONE | Wire.SET_IRQS_MASK, 4, 1, NONE);
            function.interrupts().signal(InterruptKind.MSI_X, 4);
            assertThat(two.drain()).isFalse();
            client.setInterrupts(Wire.IRQ_MSIX, Wire.SET_IRQS_BOOL | Wire.SET_IRQS_UNMASK, 3, 2, new byte[] {0, 1});
            assertThat(two.drain()).isTrue();
            client.setInterrupts(Wire.IRQ_MSIX, Wire.SET_IRQS_NONE | Wire.SET_IRQS_TRIGGER, 3, 1, NONE);
            assertThat(one.drain()).isTrue();
            client.setInterrupts(Wire.IRQ_MSIX, assign, 3, 1, NONE);
            function.interrupts().signal(InterruptKind.MSI_X, 3);
            assertThat(one.drain()).isFalse();
            client.setInterrupts(Wire.IRQ_MSIX, Wire.SET_IRQS_NONE | Wire.SET_IRQS_TRIGGER, 0, 0, NONE);
            function.interrupts().signal(InterruptKind.MSI_X, 4);
            assertThat(two.drain()).isFalse();
            client.setInterrupts(Wire.IRQ_ERROR, assign, 0, 1, NONE, one.fd().number());
            server.signalError();
            assertThat(one.drain()).isTrue();
            assertThatThrownBy(() -> client.setInterrupts(
                            Wire.IRQ_MSIX,
                            assign,
                            63,
                            2,
                            NONE,
                            one.fd().number(),
                            two.fd().number()))
                    .isInstanceOf(VfioUserException.class);
        }
    }

    @Test
    void thePinMasksItselfUntilItIsUnmasked() {
        try (EventFd pin = EventFd.create()) {
            client.setInterrupts(
                    Wire.IRQ_INTX,
                    Wire.SET_IRQS_EVENTFD | Wire.SET_IRQS_TRIGGER,
                    0,
                    1,
                    NONE,
                    pin.fd().number());
            function.interrupts().setPin(true);
            assertThat(pin.drain()).isTrue();
            client.setInterrupts(Wire.IRQ_INTX, Wire.SET_IRQS_NONE | Wire.SET_IRQS_UNMASK, 0, 1, NONE);
            assertThat(pin.drain()).as("still asserted").isTrue();
            function.interrupts().setPin(false);
            client.setInterrupts(Wire.IRQ_INTX, Wire.SET_IRQS_NONE | Wire.SET_IRQS_UNMASK, 0, 1, NONE);
            assertThat(pin.drain()).isFalse();
            function.interrupts().setPin(true);
            assertThat(pin.drain()).isTrue();
        }
    }

    @Test
    void featuresAreHonestlyMissing() {
        byte[] probe = new byte[8];
        MemorySegment.ofArray(probe).set(Wire.U32, 0, 8);
        MemorySegment.ofArray(probe).set(Wire.U32, 4, Wire.FEATURE_GET | Wire.FEATURE_PROBE | 1);
        assertThatThrownBy(() -> client.command(Command.DEVICE_FEATURE, probe))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTTY.number()));
        assertThatThrownBy(() -> client.command(14, new byte[16]))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSYS.number()));
    }

    @Test
    void aCommandThatTakesTooLongIsAnsweredInTime() {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> client.writeRegion(0, RecordingFunction.SLEEP_DOORBELL, 4, 1500))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ETIMEDOUT.number()));
        assertThat(System.nanoTime() - begun).isLessThan(1_200_000_000L);
        assertThat(client.readRegion(Wire.REGION_CONFIG, 0, 2))
                .as("the late result is dropped")
                .isEqualTo(0x1234);
        assertThat(server.statistics().expired()).isEqualTo(1);
    }

    @Test
    void aFunctionThatThrowsIsAnErrorAndNoMore() {
        assertThatThrownBy(() -> client.writeRegion(0, RecordingFunction.THROW_DOORBELL, 4, 1))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO.number()));
        assertThat(client.readRegion(Wire.REGION_CONFIG, 0, 2)).isEqualTo(0x1234);
    }

    @Test
    void oneClientAfterTheOther() throws Exception {
        client.close();
        for (int i = 0; i < 3; i++) {
            try (VfioUserClient next = VfioUserClient.connect(folder.resolve("s"), 5000)) {
                assertThat(next.readRegion(Wire.REGION_CONFIG, 0, 2)).isEqualTo(0x1234);
            }
        }
        for (int i = 0; i < 500 && function.goodbyes < 4; i++) {
            Thread.sleep(10);
        }
        assertThat(function.disconnections).isEqualTo(4);
        assertThat(function.goodbyes).isEqualTo(4);
    }

    @Test
    void closingTheServerIsACleanEndForTheClient() {
        server.close();
        assertThatThrownBy(() -> client.readRegion(0, 0, 4))
                .isInstanceOfSatisfying(
                        VfioUserException.class,
                        e -> assertThat(e.isDisconnected()).isTrue());
        assertThat(client.isAlive()).isFalse();
    }
}
