// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import io.lamella.pci.BarLayout;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import org.jspecify.annotations.Nullable;

/** A function with 256 bytes of writable configuration space and a BAR of 4 KiB. */
final class PlainFunction implements PciFunction {
    final byte[] config = new byte[256];
    final byte[] bar = new byte[4096];

    @Nullable
    DmaSpace dma;

    int resets;

    private static long read(byte[] from, long offset, int sizeBytes) {
        long value = 0;
        for (int i = 0; i < sizeBytes; i++) {
            value |= (from[(int) offset + i] & 0xffL) << (8 * i);
        }
        return value;
    }

    private static void write(byte[] to, long offset, int sizeBytes, long value) {
        for (int i = 0; i < sizeBytes; i++) {
            to[(int) offset + i] = (byte) (value >>> (8 * i));
        }
    }

    @Override
    public int configSizeBytes() {
        return config.length;
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return read(config, offset, sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        write(config, offset, sizeBytes, value);
    }

    @Override
    public BarLayout barLayout(int index) {
        return index == 0 ? new BarLayout(bar.length, false, false) : BarLayout.ABSENT;
    }

    @Override
    public long readBar(int index, long offset, int sizeBytes) {
        return read(bar, offset, sizeBytes);
    }

    @Override
    public void writeBar(int index, long offset, int sizeBytes, long value) {
        write(bar, offset, sizeBytes, value);
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return 1;
    }

    @Override
    public void connect(DmaSpace space, InterruptSink interrupts) {
        dma = space;
    }

    @Override
    public void disconnect() {
        dma = null;
    }

    @Override
    public void reset() {
        resets++;
        config[4] = 0;
    }
}
