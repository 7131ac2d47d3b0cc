// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.linux.EventFd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.UnixSocket;
import io.lamella.pci.DmaBuffer;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.client.VfioUserClient;
import io.lamella.vfiouser.client.VfioUserException;
import io.lamella.vfiouser.client.VfioUserSlot;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A driver's view of a device behind a socket. */
class SlotTest {
    private int openBefore;
    private RecordingFunction device;
    private VfioUserServer server;
    private VfioUserSlot slot;
    private PciFunction function;

    @BeforeEach
    void start() {
        try (EventFd warmUp = EventFd.create()) {
            warmUp.signal();
        }
        openBefore = OpenFiles.count();
        device = new RecordingFunction();
        UnixSocket.Pair pair = UnixSocket.pair();
        server = VfioUserServer.serve(
                device, pair.second(), ServerOptions.DEFAULTS.withTimeouts(2000, 2000, 1000, 200), device);
        slot = VfioUserSlot.over(VfioUserClient.over(pair.first(), 5000), true);
        function = slot.function();
    }

    @AfterEach
    void stop() {
        slot.close();
        server.close();
        device.close();
        assertThat(OpenFiles.count()).as("descriptors: " + OpenFiles.list()).isEqualTo(openBefore);
        assertThat(OpenFiles.mappings("vfio-user-dma")).isZero();
    }

    @Test
    void itLooksLikeTheFunctionItself() {
        assertThat(function.configSizeBytes()).isEqualTo(4096);
        for (int bar = 0; bar < 8; bar++) {
            assertThat(function.barLayout(bar)).isEqualTo(device.barLayout(bar));
        }
        assertThat(function.isResettable()).isTrue();
        function.writeBar(0, 100, 4, 0x12345678);
        assertThat(function.readBar(0, 98, 8)).isEqualTo(0x0000_1234_5678_0000L);
        assertThat(function.readBar(0, RecordingFunction.BAR0_BYTES - 2, 4)).isEqualTo(0xffff0000L);
        assertThat(function.readBar(1, 0, 4)).isEqualTo(0xffffffffL);
        assertThat(function.readConfig(4096, 2)).isEqualTo(0xffff);
        function.reset();
        assertThat(device.resets).isEqualTo(1);
    }

    @Test
    void windowsAreMemory() {
        long before = server.statistics().messages();
        function.writeBar(2, 8192 + 16, 4, 0xabcd);
        assertThat(function.readBar(2, 8192 + 16, 4)).isEqualTo(0xabcd);
        assertThat(server.statistics().messages()).isEqualTo(before);
        assertThat(device.readBar(2, 8192 + 16, 4)).isEqualTo(0xabcd);
        function.writeBar(2, 16, 4, 0x1234);
        assertThat(server.statistics().messages()).isGreaterThan(before);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(RecordingFunction.BAR2_BYTES);
            function.readBar(2, 0, all);
            assertThat(all.get(ValueLayout.JAVA_INT, 16)).isEqualTo(0x1234);
            assertThat(all.get(ValueLayout.JAVA_INT, 8192 + 16)).isEqualTo(0xabcd);
        }
    }

    @Test
    void theDeviceReachesBuffers() {
        function.writeConfig(4, 2, 6);
        DmaBuffer small = slot.memory().allocate(100);
        DmaBuffer large = slot.memory().allocate(3 << 20, 1 << 21);
        assertThat(small.memory().byteSize()).isEqualTo(4096);
        assertThat(large.iova() % (1 << 21)).isZero();
        small.memory().set(ValueLayout.JAVA_INT, 8, 99);
        assertThat(device.dma().readInt(small.iova() + 8)).isEqualTo(99);
        device.dma().writeLong(large.iova() + (2 << 20), -5);
        assertThat(large.memory().get(ValueLayout.JAVA_LONG, 2 << 20)).isEqualTo(-5);
        small.close();
        small.close();
        assertThatThrownBy(() -> device.dma().readInt(small.iova())).hasMessageContaining("nothing is mapped");
        // The large one is left to the slot.
    }

    @Test
    void interruptsFollowWhatTheDriverSwitchesOn() throws Exception {
        LinkedBlockingQueue<Integer> arrived = new LinkedBlockingQueue<>();
        slot.onInterrupt(vector -> {
            // A handler may use the function.
            function.writeBar(0, RecordingFunction.INTERRUPT_DOORBELL, 8, 0);
            device.interrupts().setPin(false);
            arrived.add(vector);
        });
        device.interrupts().setPin(true);
        assertThat(arrived.poll(5, TimeUnit.SECONDS)).as("the pin").isZero();
        function.writeConfig(0x42, 2, 0x8000);
        device.interrupts().signal(io.lamella.pci.InterruptKind.MSI_X, 63);
        assertThat(arrived.poll(5, TimeUnit.SECONDS)).isEqualTo(63);
        function.writeBar(0, RecordingFunction.INTERRUPT_DOORBELL, 4, 0);
        assertThat(arrived.poll(5, TimeUnit.SECONDS)).isZero();
        function.writeConfig(0x42, 2, 0);
        device.interrupts().signal(io.lamella.pci.InterruptKind.MSI_X, 62);
        assertThat(arrived.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void theSlotAnswersDmaMessagesWhileNobodyCalls() {
        function.writeConfig(4, 2, 4);
        try (DmaBuffer buffer = slot.memory().allocate(4096)) {
            buffer.memory().set(ValueLayout.JAVA_INT, 0, 4711);
            // The same memory, without its descriptor, at another address that the client knows too: only the server's
            // view differs.
            slot.client().unmapDma(buffer.iova(), 4096);
            slot.client().mapDma(null, 0, buffer.iova(), 4096, 3);
            assertThat(device.dma().readInt(buffer.iova())).isEqualTo(4711);
            device.dma().writeInt(buffer.iova() + 4, 4712);
            assertThat(buffer.memory().get(ValueLayout.JAVA_INT, 4)).isEqualTo(4712);
        }
    }

    @Test
    void aDeadServerIsAnExceptionAndNothingHangs() {
        DmaBuffer buffer = slot.memory().allocate(4096);
        server.close();
        assertThatThrownBy(() -> function.readBar(0, 0, 4))
                .isInstanceOfSatisfying(
                        VfioUserException.class,
                        e -> assertThat(e.isDisconnected()).isTrue());
        assertThat(slot.isAlive()).isFalse();
        buffer.close();
    }
}
