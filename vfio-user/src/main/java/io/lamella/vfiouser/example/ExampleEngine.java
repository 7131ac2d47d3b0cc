// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the example's command register starts. Operands and results are registers of BAR0.
 *
 * <p>All commands but two run to their end on the thread that wrote the register, so the write is answered when they are done. Message
 * DMA (3 and 4) needs answers from the client, which may itself be waiting for the answer to that write. So it runs on a thread of its
 * own: the status register reads EBUSY until it is done, and other commands are dropped meanwhile.
 */
final class ExampleEngine {
    static final int COMMAND = 0x100;
    static final int BUFFER_BYTES = 64 << 20;
    /** Far below the time after which a client gives a device up, which is 5 s for QEMU. */
    static final long DEFAULT_BUDGET_NANOS = 3_000_000_000L;

    private static final int IOVA = 0x108;
    private static final int LENGTH = 0x110;
    private static final int ITERATIONS = 0x118;
    private static final int NANOS = 0x120;
    private static final int SUM = 0x128;
    private static final int STATUS = 0x130;
    private static final int VECTOR = 0x138;
    private static final int SUM_BYTES = 16 << 10;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment registers;
    private final long budgetNanos;
    private final Arena arena = Arena.ofShared();
    private @Nullable MemorySegment buffer;
    private @Nullable DmaSpace dma;
    private InterruptSink interrupts = InterruptSink.NONE;
    private @Nullable MessageDmaJob job;
    /** One that was abandoned and may still wait for an answer of the client's. */
    private @Nullable MessageDmaJob ending;

    ExampleEngine(MemorySegment registers, long budgetNanos) {
        this.registers = registers;
        this.budgetNanos = budgetNanos;
    }

    void connect(DmaSpace space, InterruptSink sink) {
        if (dma != null) {
            throw new IllegalStateException("The example device is connected already; disconnect it first.");
        }
        dma = space;
        interrupts = sink;
    }

    /** On return nothing uses the space any more: whoever serves the device has woken what waits for the client by now. */
    void disconnect() {
        abandon();
        MessageDmaJob last = ending;
        if (last != null) {
            last.awaitEnd();
            ending = null;
        }
        dma = null;
        interrupts = InterruptSink.NONE;
    }

    void close() {
        disconnect();
        arena.close();
    }

    /** Tells message DMA to stop at its next message, and drops its outcome. Does not wait: that would be waiting for the client. */
    void abandon() {
        MessageDmaJob running = job;
        if (running != null) {
            running.cancel();
            ending = running;
            job = null;
        }
    }

    /** Shows the outcome of message DMA in the registers once there is one. Called before each access to BAR0. */
    void collect() {
        MessageDmaJob running = job;
        if (running == null) {
            return;
        }
        MessageDmaJob.Outcome outcome = running.outcome();
        if (outcome != null) {
            job = null;
            show(outcome.status(), outcome.nanos());
            if (outcome.isRead() && outcome.status() == 0) {
                registers.set(LONG, SUM, outcome.sum());
            }
        } else {
            registers.set(INT, STATUS, Errno.EBUSY.number());
        }
    }

    void run(int command) {
        if (job != null || isEnding()) {
            // The one buffer is in use.
            registers.set(INT, STATUS, Errno.EBUSY.number());
            return;
        }
        if (command == 5) {
            signal();
            return;
        }
        long length = register(LENGTH);
        DmaSpace space = dma;
        if (command < 1 || command > 7 || length <= 0 || length > BUFFER_BYTES) {
            show(Errno.EINVAL.number(), 0);
        } else if (command == 7) {
            fill(length);
        } else if (space == null) {
            show(Errno.ENXIO.number(), 0);
        } else {
            move(command, space, length);
        }
    }

    private boolean isEnding() {
        MessageDmaJob last = ending;
        if (last != null && last.outcome() != null) {
            ending = null;
        }
        return ending != null;
    }

    private void move(int command, DmaSpace space, long length) {
        long iova = register(IOVA);
        long iterations = register(ITERATIONS);
        long start = System.nanoTime();
        if (command == 3 || command == 4) {
            job = MessageDmaJob.start(space, command == 3, iova, buffer().asSlice(0, length), iterations, budgetNanos);
            show(Errno.EBUSY.number(), 0);
            return;
        }
        MappedDma mapped = new MappedDma(space, start + budgetNanos);
        int status = switch (command) {
            case 1 -> mapped.read(iova, buffer().asSlice(0, length), iterations);
            case 2 -> mapped.write(iova, buffer().asSlice(0, length), iterations);
            default -> mapped.gather(iova, length, iterations);
        };
        show(status, System.nanoTime() - start);
        if (status == 0 && command != 2) {
            registers.set(LONG, SUM, command == 6 ? mapped.gathered() : sumOfWords(buffer(), length));
        }
    }

    private void signal() {
        long vector = register(VECTOR);
        if (vector < 0 || vector >= ExampleDevice.VECTORS) {
            show(Errno.EINVAL.number(), 0);
            return;
        }
        long start = System.nanoTime();
        interrupts.signal(InterruptKind.MSI_X, (int) vector);
        show(0, System.nanoTime() - start);
    }

    private void fill(long length) {
        long start = System.nanoTime();
        MemorySegment target = buffer();
        long seed = register(ITERATIONS) * GOLDEN;
        // The buffer is whole words long, so a last word that is cut short by the length is written whole: nothing
        // reads past it.
        for (int at = 0; at < length; at += 8) {
            target.set(LONG, at, seed + at);
        }
        show(0, System.nanoTime() - start);
        registers.set(LONG, SUM, sumOfWords(target, length));
    }

    /** Of the whole words among the first {@code length} bytes. In small parts, so that the loop is compiled soon. */
    static long sumOfWords(MemorySegment words, long length) {
        long sum = 0;
        int whole = (int) (length & ~7L);
        for (int at = 0; at < whole; at += SUM_BYTES) {
            sum += sumOfPart(words, at, Math.min(whole, at + SUM_BYTES));
        }
        return sum;
    }

    private static long sumOfPart(MemorySegment words, int from, int to) {
        long sum = 0;
        for (int at = from; at < to; at += 8) {
            sum += words.get(LONG, at);
        }
        return sum;
    }

    /** Made when it is first needed: a device that is only talked to costs no 64 MiB. */
    private MemorySegment buffer() {
        MemorySegment now = buffer;
        if (now == null) {
            now = arena.allocate(BUFFER_BYTES, 4096);
            buffer = now;
        }
        return now;
    }

    private long register(int offset) {
        return registers.get(LONG, offset);
    }

    private void show(int status, long nanos) {
        registers.set(LONG, NANOS, nanos);
        registers.set(INT, STATUS, status);
    }
}
