// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LocalSlotInterruptTest {
    /** Plain memory; notes each access. */
    private static final class Memory implements PciFunction {
        final List<String> accesses = new ArrayList<>();

        @Nullable
        DmaSpace dma;

        @Nullable
        InterruptSink interrupts;

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
            return bar == 0 ? new BarLayout(4096, false, false) : BarLayout.ABSENT;
        }

        @Override
        public long readBar(int bar, long offset, int sizeBytes) {
            accesses.add("r" + offset + "+" + sizeBytes);
            return 0x0807060504030201L;
        }

        @Override
        public void writeBar(int bar, long offset, int sizeBytes, long value) {
            accesses.add("w" + offset + "+" + sizeBytes + "=" + Long.toHexString(value));
        }

        @Override
        public int interruptCount(InterruptKind kind) {
            return 32;
        }

        @Override
        public void connect(DmaSpace space, InterruptSink sink) {
            dma = space;
            interrupts = sink;
        }

        @Override
        public void disconnect() {
            dma = null;
        }

        @Override
        public void reset() {}
    }

    private final Memory function = new Memory();

    @Test
    void buffersAreReachedAtTheirAddress() {
        try (LocalSlot slot = new LocalSlot(function)) {
            DmaBuffer buffer = slot.memory().allocate(5000, 1 << 16);
            assertThat(buffer.iova() % (1 << 16)).isZero();
            assertThat(buffer.memory().byteSize()).isEqualTo(8192);
            DmaSpace dma = Objects.requireNonNull(function.dma);
            dma.writeInt(buffer.iova() + 8188, 7);
            assertThat(buffer.memory().get(ValueLayout.JAVA_INT, 8188)).isEqualTo(7);
            DmaBuffer other = slot.memory().allocate(4096);
            assertThat(other.iova()).isNotEqualTo(buffer.iova());
            buffer.close();
            buffer.close();
            assertThatThrownBy(() -> dma.readInt(buffer.iova())).isInstanceOf(DmaFaultException.class);
            assertThat(slot.memory().allocate(8192, 1 << 16).iova())
                    .as("a stale address stays stale")
                    .isNotEqualTo(buffer.iova());
        }
        assertThat(function.dma).isNull();
    }

    @Test
    void interruptsArriveOneAtATime() throws Exception {
        try (LocalSlot slot = new LocalSlot(function)) {
            InterruptSink sink = Objects.requireNonNull(function.interrupts);
            sink.signal(InterruptKind.MSI_X, 70);
            LinkedBlockingQueue<Integer> arrived = new LinkedBlockingQueue<>();
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            slot.onInterrupt(vector -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                Thread.onSpinWait();
                inside.decrementAndGet();
                arrived.add(vector);
            });
            assertThat(arrived.poll(5, TimeUnit.SECONDS))
                    .as("from before there was a handler")
                    .isEqualTo(70);
            Thread[] threads = new Thread[4];
            for (int t = 0; t < threads.length; t++) {
                int vector = t;
                threads[t] = Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 1000; i++) {
                        sink.signal(InterruptKind.MSI, vector);
                    }
                });
            }
            boolean[] seen = new boolean[4];
            for (Thread thread : threads) {
                thread.join();
            }
            Integer next = arrived.poll(1, TimeUnit.SECONDS);
            while (next != null) {
                seen[next] = true;
                next = arrived.poll(100, TimeUnit.MILLISECONDS);
            }
            assertThat(seen).containsOnly(true);
            assertThat(most).hasValue(1);
            sink.signal(InterruptKind.MSI, -1);
            sink.signal(InterruptKind.MSI, 4096);
        }
    }

    @Test
    void thePinIsALevel() throws Exception {
        try (LocalSlot slot = new LocalSlot(function)) {
            InterruptSink sink = Objects.requireNonNull(function.interrupts);
            CountDownLatch calls = new CountDownLatch(3);
            slot.onInterrupt(_ -> {
                calls.countDown();
                if (calls.getCount() == 0) {
                    sink.setPin(false);
                }
            });
            sink.setPin(true);
            assertThat(calls.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aHandlerThatThrowsIsCalledAgain() throws Exception {
        try (LocalSlot slot = new LocalSlot(function)) {
            CountDownLatch calls = new CountDownLatch(2);
            slot.onInterrupt(_ -> {
                calls.countDown();
                throw new IllegalStateException("Thrown because a test asked for it.");
            });
            InterruptSink sink = Objects.requireNonNull(function.interrupts);
            sink.signal(InterruptKind.MSI, 0);
            while (calls.getCount() == 2) {
                Thread.sleep(1);
            }
            sink.signal(InterruptKind.MSI, 1);
            assertThat(calls.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void bulkAccessesAreCutIntoAlignedPieces() {
        byte[] bytes = new byte[14];
        function.readBar(0, 3, MemorySegment.ofArray(bytes));
        assertThat(function.accesses).containsExactly("r3+1", "r4+4", "r8+8", "r16+1");
        assertThat(bytes).containsExactly(1, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 1);
        function.accesses.clear();
        function.writeBar(0, 0, MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6, 7}));
        assertThat(function.accesses).containsExactly("w0+4=4030201", "w4+2=605", "w6+1=7");
    }

    @Test
    void addressesAreHandedOutAndTakenBack() {
        IovaSpace space = new IovaSpace();
        long first = space.allocate(4096, 4096);
        long aligned = space.allocate(1 << 20, 1 << 20);
        long second = space.allocate(4096, 4096);
        assertThat(second).as("with a page between").isGreaterThanOrEqualTo(aligned + (1 << 20) + 4096);
        assertThat(aligned % (1 << 20)).isZero();
        assertThatThrownBy(() -> space.allocate(1L << 47, 4096)).hasMessageContaining("2^47");
        space.free(first, 4096);
        assertThatThrownBy(() -> space.free(first, 4096)).hasMessageContaining("free already");
        space.free(second, 4096);
        space.free(aligned, 1 << 20);
        assertThat(space.allocate((1L << 47) - (16L << 20), 4096))
                .as("one piece again")
                .isEqualTo(first);
    }

    /** Waiting for a lock is parking, and may take the wake-up that was meant for the slot. */
    @Test
    void anInterruptDuringAHandlerThatWaitsIsNotLost() throws InterruptedException {
        Memory memory = new Memory();
        try (LocalSlot slot = new LocalSlot(memory)) {
            InterruptSink sink = Objects.requireNonNull(memory.interrupts);
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch signalled = new CountDownLatch(1);
            CountDownLatch twice = new CountDownLatch(2);
            slot.onInterrupt(vector -> {
                entered.countDown();
                try {
                    signalled.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                java.util.concurrent.locks.LockSupport.parkNanos(1);
                twice.countDown();
            });
            sink.signal(InterruptKind.MSI, 3);
            assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
            sink.signal(InterruptKind.MSI, 3);
            signalled.countDown();
            assertThat(twice.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
