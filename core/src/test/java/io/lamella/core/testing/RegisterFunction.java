// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.testing;

import io.lamella.core.TestClock;
import io.lamella.core.device.Device;
import io.lamella.pci.BarLayout;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** A function whose registers are plain storage, and which can be pulled out. */
public final class RegisterFunction implements PciFunction {
    private final ConcurrentHashMap<Long, Integer> registers = new ConcurrentHashMap<>();
    private final byte[] config = new byte[4096];
    private final ConcurrentHashMap<Long, IntSupplier> readers = new ConcurrentHashMap<>();
    private volatile Written onWrite = (offset, value) -> {};
    private volatile boolean gone;

    /** Is told of a write. */
    @FunctionalInterface
    public interface Written {
        void written(int offset, int value);
    }

    /** A driver's view of it, in time that passes by being slept. */
    public Device device() {
        return new Device(new BareSlot(this), new TestClock());
    }

    public void set(int offset, int value) {
        registers.put((long) offset, value);
    }

    public int get(int offset) {
        return registers.getOrDefault((long) offset, 0);
    }

    /** Who is told of writes, after they have been stored. */
    public void onWrite(Written listener) {
        onWrite = listener;
    }

    /** What a register reads as, asked each time. */
    public void onRead(int offset, IntSupplier reader) {
        readers.put((long) offset, reader);
    }

    /** Everything reads as ones from here on. */
    public void pullOut() {
        gone = true;
    }

    /** Bytes of configuration space. */
    public void config(int offset, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            config[offset + i] = (byte) bytes[i];
        }
    }

    @Override
    public int configSizeBytes() {
        return config.length;
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            value = value << 8 | (gone ? 0xff : config[offset + i] & 0xff);
        }
        return value;
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes && !gone; i++) {
            config[offset + i] = (byte) (value >>> (8 * i));
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        return bar == 0 ? new BarLayout(16 << 20, false, false) : BarLayout.ABSENT;
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        IntSupplier reader = readers.get(offset);
        int value = reader == null ? registers.getOrDefault(offset, 0) : reader.getAsInt();
        return gone ? 0xffff_ffffL : Integer.toUnsignedLong(value);
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        registers.put(offset, (int) value);
        onWrite.written((int) offset, (int) value);
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return 0;
    }

    @Override
    public void connect(DmaSpace dma, InterruptSink interrupts) {}

    @Override
    public void disconnect() {}

    @Override
    public void reset() {
        registers.clear();
    }

    /** A slot without memory and interrupts. */
    private record BareSlot(PciFunction function) implements PciSlot {
        @Override
        public DmaAllocator memory() {
            return (sizeBytes, alignmentBytes) -> {
                throw new IllegalStateException("There is no memory here.");
            };
        }

        @Override
        public void onInterrupt(IntConsumer handler) {}

        @Override
        public void close() {}
    }
}
