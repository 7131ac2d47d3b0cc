// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.pci.BarLayout;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.server.ServerOptions;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that take too long. */
class DeadlineHostileTest extends HostileTest {
    private static final ServerOptions HASTY = ServerOptions.DEFAULTS.withTimeouts(150, 500, 500, 500);

    @TempDir
    private Path folder;

    /** BAR0 reads 7 everywhere; a read at 0x10 waits until it is let go, and one at 0x20 throws. */
    private static final class SlowFunction implements PciFunction {
        final CountDownLatch release = new CountDownLatch(1);
        final CountDownLatch waiting = new CountDownLatch(1);

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
            if (offset == 0x20) {
                throw new IllegalStateException("A mistake in the function.");
            }
            if (offset == 0x10) {
                waiting.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return 7;
        }

        @Override
        public void writeBar(int bar, long offset, int sizeBytes, long value) {}

        @Override
        public int interruptCount(InterruptKind kind) {
            return 0;
        }

        @Override
        public void connect(DmaSpace dma, InterruptSink interrupts) {}

        @Override
        public void disconnect() {}

        @Override
        public void reset() {}
    }

    @Test
    void aCommandThatTakesTooLongIsAnsweredByABareErrorAndItsLateResultIsDropped() {
        SlowFunction function = new SlowFunction();
        try (ServedExample slow = new ServedExample(folder.resolve("slow"), function, HASTY);
                HostileClient client = HostileClient.negotiated(slow.socket())) {
            long start = System.nanoTime();
            assertThat(client.refused(WireMessage.regionRead(0, 0x10, 4))).isPositive();
            assertThat(System.nanoTime() - start).isBetween(100_000_000L, 3_000_000_000L);
            function.release.countDown();
            HostileClient.Received next = client.call(WireMessage.regionRead(0, 0, 4));
            assertThat(next.isError()).isFalse();
            assertThat(next.u32(16)).isEqualTo(7);
        }
    }

    @Test
    void oneConnectionsStallStopsNoOtherFunction() throws InterruptedException {
        SlowFunction function = new SlowFunction();
        try (ServedExample slow = new ServedExample(folder.resolve("slow"), function, HASTY);
                HostileClient stalled = HostileClient.negotiated(slow.socket());
                HostileClient other = HostileClient.negotiated(socket())) {
            stalled.send(WireMessage.regionRead(0, 0x10, 4));
            function.waiting.await();
            assertWorks(other);
            function.release.countDown();
        }
    }

    /** The one place at the server must not be held by somebody who never gets to the point. */
    @Test
    void aClientThatSaysItsVersionAByteAtATimeIsSentAway() throws InterruptedException {
        try (ServedExample hasty = new ServedExample(folder.resolve("drip"), new SlowFunction(), HASTY);
                HostileClient client = HostileClient.connect(hasty.socket())) {
            byte[] version =
                    WireMessage.version(0, 0, HostileClient.CAPABILITIES).toBytes();
            long begun = System.nanoTime();
            int sent = 0;
            while (client.drain() == HostileClient.End.OPEN && sent < version.length - 1) {
                client.trySend(new byte[] {version[sent]});
                sent++;
                Thread.sleep(50);
            }
            assertThat(System.nanoTime() - begun).isLessThan(3_000_000_000L);
            assertThat(sent).isLessThan(version.length - 1);
        }
    }

    @Test
    void aMistakeInTheFunctionIsAnErrorAndNotTheEnd() {
        SlowFunction function = new SlowFunction();
        try (ServedExample slow = new ServedExample(folder.resolve("slow"), function, HASTY);
                HostileClient client = HostileClient.negotiated(slow.socket())) {
            assertThat(client.refused(WireMessage.regionRead(0, 0x20, 4))).isPositive();
            assertThat(client.call(WireMessage.regionRead(0, 0, 4)).u32(16)).isEqualTo(7);
        }
    }

    @Test
    void aClientThatLeavesHalfAMessageBehindIsForgottenWhenItGoes() {
        SlowFunction function = new SlowFunction();
        try (ServedExample slow = new ServedExample(folder.resolve("slow"), function, HASTY)) {
            try (HostileClient client = HostileClient.negotiated(slow.socket())) {
                client.send(new byte[] {1, 0, 9});
            }
            try (HostileClient client = HostileClient.negotiated(slow.socket())) {
                assertThat(client.call(WireMessage.regionRead(0, 0, 4)).u32(16)).isEqualTo(7);
            }
        }
    }
}
