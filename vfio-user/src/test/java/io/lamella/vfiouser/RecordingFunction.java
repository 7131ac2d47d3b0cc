// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser;

import io.lamella.linux.SharedMemory;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.ConfigSpace;
import io.lamella.pci.ConfigSpaceBuilder;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerStatistics;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A function of plain memory with a few doorbells, which keeps what it was given where tests can reach it. */
final class RecordingFunction implements PciFunction, ServerListener, AutoCloseable {
    static final int BAR0_BYTES = 2 << 20;
    static final int BAR2_BYTES = 16384;
    /** Reads four bytes of the IOVA written here, on the thread that writes. */
    static final int DMA_DOORBELL = BAR0_BYTES - 4;
    /** Sleeps for as many milliseconds as are written here. */
    static final int SLEEP_DOORBELL = BAR0_BYTES - 8;

    static final int THROW_DOORBELL = BAR0_BYTES - 12;
    /** Signals MSI-X vector 0, and then asserts the pin if the value is odd. */
    static final int INTERRUPT_DOORBELL = BAR0_BYTES - 16;

    private final ConfigSpace config = new ConfigSpaceBuilder(4096)
            .identity(0x1234, 0xa0c4)
            .bar(0, new BarLayout(BAR0_BYTES, true, true))
            .bar(2, new BarLayout(BAR2_BYTES, false, false))
            .interruptPin(1)
            .msix(0x40, 64, 2, 0, 2, 0x800)
            .build();
    private final MemorySegment bar0 = Arena.ofAuto().allocate(BAR0_BYTES, 8);
    private final SharedMemory bar2 = SharedMemory.create("vfio-user-test-bar2", BAR2_BYTES);
    private @Nullable DmaSpace dmaSpace;
    private @Nullable InterruptSink sink;
    volatile int connections;
    volatile int disconnections;
    volatile int goodbyes;
    volatile int resets;
    volatile String lastFault = "";
    volatile boolean windows = true;

    DmaSpace dma() {
        return Objects.requireNonNull(dmaSpace);
    }

    InterruptSink interrupts() {
        return Objects.requireNonNull(sink);
    }

    @Override
    public int configSizeBytes() {
        return 4096;
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return config.read(offset, sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        config.write(offset, sizeBytes, value);
    }

    @Override
    public BarLayout barLayout(int bar) {
        return switch (bar) {
            case 0 -> new BarLayout(BAR0_BYTES, true, true);
            case 2 -> new BarLayout(BAR2_BYTES, false, false);
            default -> BarLayout.ABSENT;
        };
    }

    private MemorySegment bar(int bar) {
        return bar == 0 ? bar0 : bar2.memory();
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        return Wire.value(bar(bar), offset, sizeBytes);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        Wire.putValue(bar(bar), offset, sizeBytes, value);
        if (bar == 0 && sizeBytes == 4) {
            switch ((int) offset) {
                case DMA_DOORBELL -> {
                    try {
                        dma().readInt(value);
                    } catch (DmaFaultException e) {
                        lastFault = String.valueOf(e.getMessage());
                    }
                }
                case SLEEP_DOORBELL -> {
                    try {
                        Thread.sleep(value);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                case THROW_DOORBELL -> throw new IllegalStateException("Thrown because a test asked for it.");
                case INTERRUPT_DOORBELL -> {
                    interrupts().signal(InterruptKind.MSI_X, 0);
                    interrupts().setPin((value & 1) != 0);
                }
                default -> {}
            }
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        MemorySegment.copy(bar(bar), offset, destination, 0, destination.byteSize());
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        MemorySegment.copy(source, 0, bar(bar), offset, source.byteSize());
    }

    @Override
    public List<BarWindow> barWindows(int bar) {
        return bar == 2 && windows ? List.of(new BarWindow(8192, 4096, bar2.fd().number(), 8192)) : List.of();
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return switch (kind) {
            case INTX -> 1;
            case MSI -> 0;
            case MSI_X -> 64;
        };
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void connect(DmaSpace dma, InterruptSink interrupts) {
        connections++;
        dmaSpace = dma;
        sink = interrupts;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void disconnect() {
        disconnections++;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void reset() {
        resets++;
        config.reset();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void onDisconnected(ServerStatistics statistics, String reason) {
        goodbyes++;
    }

    @Override
    public void close() {
        bar2.close();
    }
}
