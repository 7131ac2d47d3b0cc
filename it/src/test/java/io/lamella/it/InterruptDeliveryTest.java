// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.SoftwareGpu;
import io.lamella.linux.EventFd;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.client.VfioUserClient;
import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vfiouser.wire.Wire;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Vectors raised from several threads, through the interrupt tree, MSI or MSI-X and a vfio-user client's eventfd, to a handler that works in
 * nouveau's order. Every vector that was raised is seen after its last raise, and no event comes without a vector that is pending.
 */
@Timeout(120)
class InterruptDeliveryTest {
    private static final int[] VECTORS = {0x20, 0x21, 0x24, 0x28, 0x81, 0x9b, 0xff};
    private static final int RAISERS = 3;
    private static final int RAISES = Integer.getInteger("lamella.raises", 4000);
    private static final int LOST_MILLIS = 5000;
    private static final int QUIET_MILLIS = 100;

    private static final int COMMAND = 4;
    private static final int MSI_CONTROL = 0x6a;
    private static final int MSIX_CONTROL = 0xca;
    private static final int MSI_REARM = 0x088704;
    private static final int LEAF = 0xb81000;
    private static final int LEAF_ENABLE = 0xb81200;
    private static final int TOP = 0xb81600;
    private static final int TOP_ARM = 0xb81608;
    private static final int TOP_DISARM = 0xb81610;
    private static final int TRIGGER = 0xb81640;
    private static final int MSIX_ENTRY_CONTROL = 0xb9000c;

    @TempDir
    Path folder;

    private final AtomicIntegerArray raised = new AtomicIntegerArray(256);
    private final int[] seen = new int[256];
    private int spurious;
    private int rearrangements;

    /** How the guest has its interrupts, and what it does with them between handlers. */
    enum Style {
        MSI,
        MSI_X,
        /** The client masks the vector, exchanges its eventfd, or takes it away for a while. */
        MSI_X_REARRANGED,
        /** The driver masks the vector in the function's own table. */
        MSI_X_MASKED_IN_TABLE
    }

    @ParameterizedTest
    @EnumSource(Style.class)
    void whatIsRaisedArrivesAndNothingElseDoes(Style style) throws InterruptedException {
        long seed = Long.getLong("lamella.seed", System.nanoTime());
        System.out.println("InterruptDeliveryTest " + style + " seed " + seed);
        try (SoftwareGpu gpu =
                        SoftwareGpu.builder("intr").frameBufferBytes(1L << 30).build();
                VfioUserServer server = VfioUserServer.listen(
                        gpu.physicalFunction(), folder.resolve("s"), ServerOptions.DEFAULTS, new ServerListener() {});
                VfioUserClient client = VfioUserClient.connect(folder.resolve("s"), 5000)) {
            assertThat(server.isRunning()).isTrue();
            Handler handler = new Handler(client, style, new Random(seed));
            List<Thread> raisers = new ArrayList<>();
            for (int i = 0; i < RAISERS; i++) {
                Random random = new Random(seed + i + 1);
                raisers.add(Thread.ofPlatform().start(() -> raise(gpu.physicalFunction(), random)));
            }
            handler.serve(raisers);
            handler.event.close();
        }
        for (int vector : VECTORS) {
            assertThat(seen[vector])
                    .as("vector 0x%x with seed %d", vector, seed)
                    .isEqualTo(raised.get(vector))
                    .isPositive();
        }
        // A message that waits while the client keeps it masked is not taken back when its cause goes.
        assertThat(spurious).as("with seed %d", seed).isLessThanOrEqualTo(rearrangements);
    }

    /** An engine's thread. It raises by the register for software, which takes the way that engines take and no other lock. */
    private void raise(PciFunction function, Random random) {
        for (int i = 0; i < RAISES; i++) {
            int vector = VECTORS[random.nextInt(VECTORS.length)];
            raised.incrementAndGet(vector);
            function.writeBar(0, TRIGGER, 4, vector);
            if (random.nextInt(4) == 0) {
                LockSupport.parkNanos(random.nextInt(200_000));
            }
        }
    }

    /** The guest. */
    private final class Handler {
        private final VfioUserClient client;
        private final Style style;
        private final Random random;
        private final int index;
        private EventFd event = EventFd.create();

        Handler(VfioUserClient client, Style style, Random random) {
            this.client = client;
            this.style = style;
            this.random = random;
            index = style == Style.MSI ? Wire.IRQ_MSI : Wire.IRQ_MSIX;
            client.writeRegion(Wire.REGION_CONFIG, COMMAND, 2, 6);
            client.writeRegion(
                    Wire.REGION_CONFIG,
                    style == Style.MSI ? MSI_CONTROL : MSIX_CONTROL,
                    2,
                    style == Style.MSI ? 1 : 0x8000);
            assign();
            for (int leaf = 0; leaf < 8; leaf++) {
                write(LEAF_ENABLE + 4 * leaf, -1);
            }
            write(TOP_ARM, 0xf);
        }

        void serve(List<Thread> raisers) throws InterruptedException {
            while (raisers.stream().anyMatch(Thread::isAlive)) {
                if (event.await(LOST_MILLIS)) {
                    handle();
                } else {
                    assertThat(raisers)
                            .as("an event in " + LOST_MILLIS + " ms, TOP " + read(TOP))
                            .noneMatch(Thread::isAlive);
                }
                between();
            }
            while (event.await(QUIET_MILLIS)) {
                handle();
            }
            assertThat(read(TOP)).as("what is pending without an event").isZero();
        }

        private void handle() {
            write(TOP_DISARM, 0xf);
            write(MSI_REARM, 0);
            int top = read(TOP);
            if (top == 0) {
                spurious++;
            }
            for (int leaf = 0; leaf < 8; leaf++) {
                int pending = (top & 1 << (leaf / 2)) == 0 ? 0 : read(LEAF + 4 * leaf);
                for (int bits = pending; bits != 0; bits &= bits - 1) {
                    int bit = Integer.lowestOneBit(bits);
                    write(LEAF + 4 * leaf, bit);
                    int vector = 32 * leaf + Integer.numberOfTrailingZeros(bit);
                    seen[vector] = raised.get(vector);
                }
            }
            write(TOP_ARM, 0xf);
        }

        private void between() {
            if (style == Style.MSI_X_MASKED_IN_TABLE && random.nextInt(3) == 0) {
                write(MSIX_ENTRY_CONTROL, 1);
                poll();
                write(MSIX_ENTRY_CONTROL, 0);
            } else if (style == Style.MSI_X_REARRANGED && random.nextInt(3) == 0) {
                rearrangements++;
                switch (random.nextInt(3)) {
                    case 0 -> {
                        interrupts(Wire.SET_IRQS_NONE | Wire.SET_IRQS_MASK, 1);
                        poll();
                        interrupts(Wire.SET_IRQS_NONE | Wire.SET_IRQS_UNMASK, 1);
                    }
                    case 1 -> {
                        interrupts(Wire.SET_IRQS_NONE | Wire.SET_IRQS_TRIGGER, 0);
                        poll();
                        assign();
                    }
                    default -> exchange();
                }
            }
        }

        /** What a driver does that does not wait for interrupts. An event from before is over with this. */
        private void poll() {
            if (random.nextBoolean()) {
                LockSupport.parkNanos(random.nextInt(300_000));
                boolean told = event.drain();
                if (told || read(TOP) != 0) {
                    handle();
                }
            }
        }

        private void assign() {
            client.setInterrupts(
                    index,
                    Wire.SET_IRQS_EVENTFD | Wire.SET_IRQS_TRIGGER,
                    0,
                    1,
                    new byte[0],
                    event.fd().number());
        }

        /** A new eventfd; the old one is looked at once more, after the server has said that it knows no other than the new one. */
        private void exchange() {
            EventFd old = event;
            event = EventFd.create();
            assign();
            if (old.drain()) {
                handle();
            }
            old.close();
        }

        private void interrupts(int flags, int count) {
            client.setInterrupts(index, flags, 0, count, new byte[0]);
        }

        private int read(int offset) {
            return (int) client.readRegion(0, offset, 4);
        }

        private void write(int offset, int value) {
            client.writeRegion(0, offset, 4, Integer.toUnsignedLong(value));
        }
    }
}
