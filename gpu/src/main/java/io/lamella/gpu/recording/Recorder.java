// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import io.lamella.gpu.trace.FunctionTap;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands in a function's place and records what passes: each access of the driver with its result, and before it in the file what the function
 * did meanwhile. Each access waits until the function has come to rest, so that the same accesses bring about the same things again; its
 * PTIMER goes from access to access and stands still in between.
 */
public final class Recorder implements PciFunction, AutoCloseable {
    /** A function that does not come to rest by then (it has much to copy) is not waited for. */
    private static final long SETTLE_NANOS = 200_000_000;

    private final PciFunction function;
    private final FunctionTap tap;
    private final RecordingWriter writer;
    private final long beginNanos = System.nanoTime();
    private volatile long nowNanos;
    private @Nullable RecordedDma dma;

    private Recorder(PciFunction function, FunctionTap tap, RecordingWriter writer) {
        this.function = function;
        this.tap = tap;
        this.writer = writer;
    }

    /**
     * Begins to record.
     *
     * @param file to write; replaced if it is there
     * @param vgpuType of the vGPU
     * @param hostRelease of the board's firmware
     * @param function to record, fresh: nobody has used it
     * @param tap of the same function
     * @throws IOException if the file cannot be made
     */
    public static Recorder start(Path file, String vgpuType, String hostRelease, PciFunction function, FunctionTap tap)
            throws IOException {
        long timer = tap.timerNanos();
        RecordingHeader header = new RecordingHeader(
                tap.chip().name(),
                vgpuType,
                hostRelease,
                timer,
                RecordingHeader.newSeed(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        Recorder recorder = new Recorder(function, tap, new RecordingWriter(file, header));
        tap.useClock(() -> recorder.nowNanos, timer);
        tap.useRandom(header.random());
        return recorder;
    }

    /** Why the recording ended early, as a sentence, or null. Any thread. */
    public @Nullable String failure() {
        return writer.failure();
    }

    /** Completes the file. What happens after this is not recorded. Any thread. */
    @Override
    public void close() {
        writer.close();
    }

    private long begin() {
        long now = System.nanoTime() - beginNanos;
        nowNanos = now;
        return now;
    }

    private void settle() {
        if (!tap.settle(SETTLE_NANOS)) {
            writer.add(EventType.UNSETTLED, 0, 0, 0, 0, 0);
        }
    }

    @Override
    public int configSizeBytes() {
        return function.configSizeBytes();
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        long time = begin();
        long value = function.readConfig(offset, sizeBytes);
        writer.add(EventType.CONFIG_READ, time, 0, offset, sizeBytes, value);
        return value;
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        long time = begin();
        function.writeConfig(offset, sizeBytes, value);
        settle();
        writer.add(EventType.CONFIG_WRITE, time, 0, offset, sizeBytes, value);
    }

    @Override
    public BarLayout barLayout(int bar) {
        return function.barLayout(bar);
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        long time = begin();
        long value = function.readBar(bar, offset, sizeBytes);
        settle();
        writer.add(EventType.BAR_READ, time, bar, offset, sizeBytes, value);
        return value;
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        long time = begin();
        function.writeBar(bar, offset, sizeBytes, value);
        settle();
        writer.add(EventType.BAR_WRITE, time, bar, offset, sizeBytes, value);
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        long time = begin();
        function.readBar(bar, offset, destination);
        settle();
        writer.add(EventType.RUN_READ, time, bar, offset, destination);
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        long time = begin();
        function.writeBar(bar, offset, source);
        settle();
        writer.add(EventType.RUN_WRITE, time, bar, offset, source);
    }

    /** None: what a client does with memory that it has mapped would not come by here. */
    @Override
    public List<BarWindow> barWindows(int bar) {
        return List.of();
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return function.interruptCount(kind);
    }

    @Override
    public void connect(DmaSpace space, InterruptSink interrupts) {
        long time = begin();
        RecordedDma recorded = new RecordedDma(space, writer);
        dma = recorded;
        function.connect(recorded, new Interrupts(interrupts));
        settle();
        writer.add(EventType.CONNECT, time, 0, 0, 0, 0);
    }

    @Override
    public void disconnect() {
        long time = begin();
        function.disconnect();
        settle();
        RecordedDma recorded = dma;
        dma = null;
        if (recorded != null) {
            recorded.close();
            writer.add(EventType.DISCONNECT, time, 0, 0, 0, 0);
        }
    }

    @Override
    public boolean isResettable() {
        return function.isResettable();
    }

    @Override
    public void reset() {
        long time = begin();
        function.reset();
        settle();
        writer.add(EventType.RESET, time, 0, 0, 0, 0);
    }

    private final class Interrupts implements InterruptSink {
        private final InterruptSink sink;

        Interrupts(InterruptSink sink) {
            this.sink = sink;
        }

        @Override
        public void signal(InterruptKind kind, int vector) {
            writer.add(EventType.INTERRUPT, 0, 0, 0, Codes.of(kind), vector);
            sink.signal(kind, vector);
        }

        @Override
        public void setPin(boolean asserted) {
            writer.add(EventType.PIN, 0, 0, 0, 0, asserted ? 1 : 0);
            sink.setPin(asserted);
        }
    }
}
