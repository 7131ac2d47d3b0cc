// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A slot whose function can be taken away while a driver works with it, as a real one can: from then on reads give ones, writes are
 * dropped, and no interrupt comes. It can also be made deaf first, so that a driver is caught waiting for an answer.
 */
public final class VanishingSlot implements PciSlot {
    private static final int REGISTERS = 0;

    private final PciSlot target;
    private final Function function;
    private volatile boolean gone;
    private volatile boolean deaf;

    /** @param target the real slot; closed with this one */
    public VanishingSlot(PciSlot target) {
        this.target = target;
        this.function = new Function(target.function());
    }

    /** Takes the function away. */
    public void vanish() {
        gone = true;
    }

    /** From here on the function does not hear what is written to its registers. */
    public void deafen() {
        deaf = true;
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public DmaAllocator memory() {
        return target.memory();
    }

    @Override
    public void onInterrupt(IntConsumer handler) {
        target.onInterrupt(vector -> {
            if (!gone) {
                handler.accept(vector);
            }
        });
    }

    @Override
    public void close() {
        target.close();
    }

    private final class Function implements PciFunction {
        private final PciFunction real;

        Function(PciFunction real) {
            this.real = real;
        }

        private static long ones(int sizeBytes) {
            return sizeBytes >= Long.BYTES ? -1 : (1L << (sizeBytes * Byte.SIZE)) - 1;
        }

        private boolean isDropped(int bar) {
            return gone || (deaf && bar == REGISTERS);
        }

        @Override
        public int configSizeBytes() {
            return real.configSizeBytes();
        }

        @Override
        public long readConfig(int offset, int sizeBytes) {
            return gone ? ones(sizeBytes) : real.readConfig(offset, sizeBytes);
        }

        @Override
        public void writeConfig(int offset, int sizeBytes, long value) {
            if (!gone) {
                real.writeConfig(offset, sizeBytes, value);
            }
        }

        @Override
        public BarLayout barLayout(int bar) {
            return real.barLayout(bar);
        }

        @Override
        public long readBar(int bar, long offset, int sizeBytes) {
            return gone ? ones(sizeBytes) : real.readBar(bar, offset, sizeBytes);
        }

        @Override
        public void writeBar(int bar, long offset, int sizeBytes, long value) {
            if (!isDropped(bar)) {
                real.writeBar(bar, offset, sizeBytes, value);
            }
        }

        @Override
        public void readBar(int bar, long offset, MemorySegment destination) {
            if (gone) {
                destination.fill((byte) -1);
            } else {
                real.readBar(bar, offset, destination);
            }
        }

        @Override
        public void writeBar(int bar, long offset, MemorySegment source) {
            if (!isDropped(bar)) {
                real.writeBar(bar, offset, source);
            }
        }

        /** None: what is mapped cannot be taken away here. */
        @Override
        public List<BarWindow> barWindows(int bar) {
            return List.of();
        }

        @Override
        public int interruptCount(InterruptKind kind) {
            return real.interruptCount(kind);
        }

        @Override
        public void connect(DmaSpace dma, InterruptSink interrupts) {
            real.connect(dma, interrupts);
        }

        @Override
        public void disconnect() {
            real.disconnect();
        }

        @Override
        public boolean isResettable() {
            return real.isResettable();
        }

        @Override
        public void reset() {
            if (!gone) {
                real.reset();
            }
        }
    }
}
