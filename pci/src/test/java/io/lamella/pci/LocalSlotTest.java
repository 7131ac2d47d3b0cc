// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LocalSlotTest {
    private final AtomicReference<DmaSpace> dma = new AtomicReference<>();
    private final AtomicReference<InterruptSink> interrupts = new AtomicReference<>();
    private final PciFunction function = new PciFunction() {
        @Override
        public int configSizeBytes() {
            return 256;
        }

        @Override
        public long readConfig(int offset, int sizeBytes) {
            return 0;
        }

        @Override
        public void writeConfig(int offset, int sizeBytes, long value) {}

        @Override
        public BarLayout barLayout(int bar) {
            return BarLayout.ABSENT;
        }

        @Override
        public long readBar(int bar, long offset, int sizeBytes) {
            return -1;
        }

        @Override
        public void writeBar(int bar, long offset, int sizeBytes, long value) {}

        @Override
        public int interruptCount(InterruptKind kind) {
            return 1;
        }

        @Override
        public void connect(DmaSpace space, InterruptSink sink) {
            dma.set(space);
            interrupts.set(sink);
        }

        @Override
        public void disconnect() {
            interrupts.set(InterruptSink.NONE);
        }

        @Override
        public void reset() {}
    };

    @Test
    void givesMemoryThatTheFunctionReaches() {
        try (LocalSlot slot = new LocalSlot(function)) {
            DmaBuffer buffer = slot.memory().allocate(5000, 0x10000);
            assertThat(buffer.iova() % 0x10000).isZero();
            assertThat(buffer.memory().byteSize()).isEqualTo(8192);
            dma.get().writeInt(buffer.iova() + 8, 42);
            assertThat(buffer.memory().get(ValueLayout.JAVA_INT, 8)).isEqualTo(42);
            long iova = buffer.iova();
            assertThatThrownBy(() -> dma.get().readInt(iova + 8192)).isInstanceOf(DmaFaultException.class);
            buffer.close();
            assertThatThrownBy(() -> dma.get().readInt(iova)).isInstanceOf(DmaFaultException.class);
        }
    }

    @Test
    void bringsMessagesAndThePinToItsOwnThread() throws InterruptedException {
        LinkedBlockingQueue<Integer> vectors = new LinkedBlockingQueue<>();
        try (LocalSlot slot = new LocalSlot(function)) {
            slot.onInterrupt(vectors::add);
            interrupts.get().signal(InterruptKind.MSI, 3);
            assertThat(vectors.poll(5, TimeUnit.SECONDS)).isEqualTo(3);
            slot.onInterrupt(vector -> {
                interrupts.get().setPin(false);
                vectors.add(vector);
            });
            interrupts.get().setPin(true);
            assertThat(vectors.poll(5, TimeUnit.SECONDS)).isZero();
            assertThat(vectors.poll(50, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void freesWhatIsLeftAndRefusesMore() {
        LocalSlot slot = new LocalSlot(function);
        DmaBuffer buffer = slot.memory().allocate(4096);
        slot.close();
        assertThat(buffer.memory().scope().isAlive()).isFalse();
        assertThatThrownBy(() -> slot.memory().allocate(4096)).isInstanceOf(IllegalStateException.class);
        buffer.close();
        slot.close();
    }
}
