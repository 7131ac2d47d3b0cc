// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.platform;

import io.lamella.core.c.abi.Blocks;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.PlatformFunction;
import io.lamella.core.c.abi.Structs;
import io.lamella.pci.BarLayout;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A PCI function on a C program's platform. An access that the platform refuses is one to a function that is gone: ones. */
final class ForeignFunction implements PciFunction {
    private static final int CONVENTIONAL_CONFIG_BYTES = 256;
    private static final int EXPRESS_CONFIG_BYTES = 4096;
    private static final int WIDE = 1;
    private static final int PREFETCHABLE = 2;

    private final PlatformCalls calls;
    // Accesses come from one thread at a time, so one place for a value will do. Freed with this object.
    private final MemorySegment value = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);

    ForeignFunction(PlatformCalls calls) {
        this.calls = calls;
    }

    private long given(int code, int width) {
        long ones = width == 8 ? -1L : (1L << (width * 8)) - 1;
        return code == 0 ? value.get(ValueLayout.JAVA_LONG, 0) & ones : ones;
    }

    @Override
    public int configSizeBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
            return calls.configSize(size) == 0 && size.get(ValueLayout.JAVA_INT, 0) >= EXPRESS_CONFIG_BYTES
                    ? EXPRESS_CONFIG_BYTES
                    : CONVENTIONAL_CONFIG_BYTES;
        }
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return given(calls.configRead(offset, sizeBytes, value), sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long written) {
        calls.configWrite(offset, sizeBytes, written);
    }

    @Override
    public BarLayout barLayout(int bar) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = Structs.BAR.allocate(arena);
            long size = calls.barDescribe(bar, out) == 0 ? Structs.BAR.u64(out, "size") : 0;
            int flags = Structs.BAR.u32(out, "flags");
            return size <= 0 || Long.bitCount(size) != 1
                    ? BarLayout.ABSENT
                    : new BarLayout(size, (flags & WIDE) != 0, (flags & PREFETCHABLE) != 0);
        }
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        return given(calls.barRead(bar, offset, sizeBytes, value), sizeBytes);
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long written) {
        calls.barWrite(bar, offset, sizeBytes, written);
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        Blocks.fill(destination, (at, piece) -> {
            if (calls.barBlock(PlatformFunction.BAR_READ_BLOCK, bar, offset + at, piece) != 0) {
                piece.fill((byte) 0xff);
            }
        });
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        Blocks.drain(source, (at, piece) -> calls.barBlock(PlatformFunction.BAR_WRITE_BLOCK, bar, offset + at, piece));
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            int code = calls.interruptCount(Neutral.INTERRUPTS.indexOf(kind), count);
            return code == 0 ? Math.clamp(Integer.toUnsignedLong(count.get(ValueLayout.JAVA_INT, 0)), 0, 2048) : 0;
        }
    }

    @Override
    public void connect(DmaSpace dma, InterruptSink interrupts) {
        throw new IllegalStateException("The function is connected: its slot is a platform's.");
    }

    @Override
    public void disconnect() {}

    @Override
    public boolean isResettable() {
        return true;
    }

    @Override
    public void reset() {
        calls.reset(MemorySegment.NULL);
    }
}
