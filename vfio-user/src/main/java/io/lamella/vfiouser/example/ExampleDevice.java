// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import io.lamella.linux.SharedMemory;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.ConfigSpace;
import io.lamella.pci.ConfigSpaceBuilder;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The library's worked example: a small PCI function, 1234:a0c4, with registers, a partly mappable BAR, MSI-X and DMA in both forms.
 * It knows nothing of sockets. Whatever implements {@link PciFunction} like this can be served; {@link ExampleDeviceServer} does it.
 *
 * <table>
 * <caption>BARs</caption>
 * <tr><td>0</td><td>4 KiB</td><td>storage; a 4-byte write to 0x100 runs a command, see {@link ExampleEngine}</td></tr>
 * <tr><td>2</td><td>4 MiB</td><td>storage in shared memory; a client may map the upper half of it</td></tr>
 * <tr><td>4</td><td>4 KiB</td><td>storage; the MSI-X table and pending bits would be here, clients keep those to themselves</td></tr>
 * </table>
 *
 * <p>Threads: accesses come from one thread at a time, as the seam says. Only message DMA runs on a thread of the device's own.
 */
public final class ExampleDevice implements PciFunction, AutoCloseable {
    /** How many MSI-X vectors there are. */
    public static final int VECTORS = 16;

    private static final BarLayout BAR0 = new BarLayout(4096, false, false);
    private static final BarLayout BAR2 = new BarLayout(4L << 20, false, false);
    private static final BarLayout BAR4 = new BarLayout(4096, false, false);
    private static final long WINDOW_OFFSET = 2L << 20;

    private final ConfigSpace config;
    private final MemorySegment registers = MemorySegment.ofArray(new long[(int) BAR0.sizeBytes() / 8]);
    private final Storage bar0 = new Storage(registers);
    private final Storage bar4 = new Storage(MemorySegment.ofArray(new long[(int) BAR4.sizeBytes() / 8]));
    private final SharedMemory shared;
    private final Storage bar2;
    private final ExampleEngine engine;

    /** A device whose commands may take 3 s. */
    public ExampleDevice() {
        this(ExampleEngine.DEFAULT_BUDGET_NANOS);
    }

    /**
     * A new device.
     *
     * @param budgetNanos how long one command may take before it ends with status ETIMEDOUT
     */
    public ExampleDevice(long budgetNanos) {
        config = new ConfigSpaceBuilder(4096)
                .identity(0x1234, 0xa0c4)
                .subsystem(0x1234, 0x0001)
                .classCode(0x0b4000, 0)
                .bar(0, BAR0)
                .bar(2, BAR2)
                .bar(4, BAR4)
                .interruptPin(1)
                .msix(0x40, VECTORS, 4, 0, 4, 0x800)
                .express(0x60, 1, 1)
                .build();
        shared = SharedMemory.create("example-bar2", BAR2.sizeBytes());
        bar2 = new Storage(shared.memory());
        engine = new ExampleEngine(registers, budgetNanos);
    }

    @Override
    public int configSizeBytes() {
        return config.sizeBytes();
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return config.read(offset, sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        config.write(offset, sizeBytes, value);
        if (config.takeFunctionLevelReset()) {
            reset();
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        return switch (bar) {
            case 0 -> BAR0;
            case 2 -> BAR2;
            case 4 -> BAR4;
            default -> BarLayout.ABSENT;
        };
    }

    @Override
    public List<BarWindow> barWindows(int bar) {
        return bar == 2
                ? List.of(new BarWindow(
                        WINDOW_OFFSET,
                        BAR2.sizeBytes() - WINDOW_OFFSET,
                        shared.fd().number(),
                        WINDOW_OFFSET))
                : List.of();
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        return switch (bar) {
            case 0 -> {
                engine.collect();
                yield bar0.read(offset, sizeBytes);
            }
            case 2 -> bar2.read(offset, sizeBytes);
            case 4 -> bar4.read(offset, sizeBytes);
            default -> sizeBytes == 8 ? -1 : (1L << (8 * sizeBytes)) - 1;
        };
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        switch (bar) {
            case 0 -> {
                engine.collect();
                bar0.write(offset, sizeBytes, value);
                if (offset == ExampleEngine.COMMAND && sizeBytes == 4) {
                    engine.run((int) value);
                }
            }
            case 2 -> bar2.write(offset, sizeBytes, value);
            case 4 -> bar4.write(offset, sizeBytes, value);
            default -> {
                // An absent BAR drops what is written to it.
            }
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        switch (bar) {
            case 0 -> {
                engine.collect();
                bar0.read(offset, destination);
            }
            case 2 -> bar2.read(offset, destination);
            case 4 -> bar4.read(offset, destination);
            default -> destination.fill((byte) -1);
        }
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        switch (bar) {
            case 0 -> {
                engine.collect();
                bar0.write(offset, source);
            }
            case 2 -> bar2.write(offset, source);
            case 4 -> bar4.write(offset, source);
            default -> {
                // An absent BAR drops what is written to it.
            }
        }
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return switch (kind) {
            case INTX -> 1;
            case MSI -> 0;
            case MSI_X -> VECTORS;
        };
    }

    @Override
    public void connect(DmaSpace dma, InterruptSink interrupts) {
        engine.connect(dma, interrupts);
    }

    @Override
    public void disconnect() {
        engine.disconnect();
    }

    /** Zeroes BAR0 and configuration space; BAR2 and BAR4 keep what they hold, as memory does. */
    @Override
    public void reset() {
        engine.abandon();
        config.reset();
        bar0.clear();
    }

    /** Frees its memory. It must not be connected any more. */
    @Override
    public void close() {
        engine.close();
        shared.close();
    }
}
