// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.pci.BarLayout;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A function that can be pulled out, made deaf, or have a register changed on the way. Counts resets. */
final class FaultyFunction implements PciFunction {
    /** Changes what a read of a register gives. */
    interface ReadFault {
        long value(long offset, long value);
    }

    final AtomicInteger resets = new AtomicInteger();
    private final PciFunction target;
    private volatile boolean gone;
    private volatile long deafOffset = -1;
    private volatile @Nullable ReadFault readFault;
    private volatile @Nullable DmaSpace dma;
    private volatile boolean dropInterrupts;

    FaultyFunction(PciFunction target) {
        this.target = target;
    }

    /** Everything reads as ones from here on. */
    void pullOut() {
        gone = true;
    }

    /** Drops writes to a register; -1 for none. */
    void deafen(long offset) {
        deafOffset = offset;
    }

    void fault(@Nullable ReadFault fault) {
        readFault = fault;
    }

    void dropInterrupts(boolean drop) {
        dropInterrupts = drop;
    }

    /** The memory that the driver gave the function. */
    DmaSpace dma() {
        DmaSpace space = dma;
        if (space == null) {
            throw new IllegalStateException("The function is not connected.");
        }
        return space;
    }

    @Override
    public int configSizeBytes() {
        return target.configSizeBytes();
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return gone ? ones(sizeBytes) : target.readConfig(offset, sizeBytes);
    }

    private static long ones(int sizeBytes) {
        return sizeBytes == 8 ? -1 : (1L << (sizeBytes * 8)) - 1;
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        if (!gone) {
            target.writeConfig(offset, sizeBytes, value);
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        return target.barLayout(bar);
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        if (gone) {
            return ones(sizeBytes);
        }
        long value = target.readBar(bar, offset, sizeBytes);
        ReadFault fault = readFault;
        return fault == null || bar != 0 ? value : fault.value(offset, value);
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        if (!gone && !(bar == 0 && offset == deafOffset)) {
            target.writeBar(bar, offset, sizeBytes, value);
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        if (gone) {
            destination.fill((byte) -1);
        } else {
            target.readBar(bar, offset, destination);
        }
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        if (!gone) {
            target.writeBar(bar, offset, source);
        }
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return target.interruptCount(kind);
    }

    @Override
    public void connect(DmaSpace space, InterruptSink interrupts) {
        dma = space;
        target.connect(space, new InterruptSink() {
            @Override
            public void signal(InterruptKind kind, int vector) {
                if (!dropInterrupts) {
                    interrupts.signal(kind, vector);
                }
            }

            @Override
            public void setPin(boolean asserted) {
                if (!dropInterrupts) {
                    interrupts.setPin(asserted);
                }
            }
        });
    }

    @Override
    public void disconnect() {
        target.disconnect();
    }

    @Override
    public void reset() {
        resets.incrementAndGet();
        target.reset();
    }
}
