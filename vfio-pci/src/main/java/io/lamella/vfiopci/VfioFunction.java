// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.lamella.linux.MappedMemory;
import io.lamella.pci.BarLayout;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The device's registers. What can be mapped is, and an aligned access of 1, 2 or 4 bytes there is one load or store of that size, in
 * program order with all others; one of 8 bytes is two of 4, lower half first, because a register file need not know larger ones. The rest
 * goes through the device's file. A device that does not answer reads as ones.
 */
final class VfioFunction implements PciFunction {
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final Object SETTLE = new Object();
    private static final int LARGEST_CONFIG_BYTES = 4096;
    private static final int BAR_REGISTERS = 0x10;

    private record Window(long offset, MemorySegment memory) {}

    private final VfioDevice device;
    private final DeviceInterrupts interrupts;
    private final VfioDevice.Region[] regions = new VfioDevice.Region[BAR_COUNT + 1];
    private final BarLayout[] layouts = new BarLayout[BAR_COUNT];
    private final Window[][] windows = new Window[BAR_COUNT][];
    private final Arena arena = Arena.ofShared();
    // One access at a time is the seam's rule, so one buffer will do.
    private final MemorySegment buffer = arena.allocate(8, 8);
    private volatile boolean gone;

    VfioFunction(VfioDevice device, DeviceInterrupts interrupts) {
        this.device = device;
        this.interrupts = interrupts;
        try {
            for (int index = 0; index < regions.length; index++) {
                regions[index] = device.region(index);
            }
            for (int bar = 0; bar < BAR_COUNT; bar++) {
                layouts[bar] = layout(bar);
                windows[bar] = map(regions[bar]);
            }
            interrupts.watch(this);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private BarLayout layout(int bar) {
        long size = regions[bar].sizeBytes();
        if (size <= 0) {
            return BarLayout.ABSENT;
        }
        int register = bar == ROM ? 0 : (int) readConfig(BAR_REGISTERS + 4 * bar, 4);
        return new BarLayout(Long.highestOneBit(size * 2 - 1), (register & 0x7) == 0x4, (register & 0x9) == 0x8);
    }

    private Window[] map(VfioDevice.Region region) {
        return region.areas().stream()
                .map(area -> new Window(
                        area.offset(),
                        MappedMemory.map(
                                device.file().fd(),
                                region.offset() + area.offset(),
                                area.sizeBytes(),
                                region.writable() ? MappedMemory.Protection.READ_WRITE : MappedMemory.Protection.READ,
                                arena)))
                .toArray(Window[]::new);
    }

    /** From now on every access reads as ones. @return whether that is news */
    boolean setGone() {
        boolean before = gone;
        gone = true;
        return !before;
    }

    @Override
    public int configSizeBytes() {
        return (int) Math.min(LARGEST_CONFIG_BYTES, regions[Uapi.VFIO_PCI_CONFIG_REGION_INDEX].sizeBytes());
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return read(Uapi.VFIO_PCI_CONFIG_REGION_INDEX, offset, sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        interrupts.beforeConfigWrite(offset, sizeBytes, value);
        write(Uapi.VFIO_PCI_CONFIG_REGION_INDEX, offset, sizeBytes, value);
        interrupts.afterConfigWrite(offset, sizeBytes, value);
    }

    @Override
    public BarLayout barLayout(int bar) {
        return bar < 0 || bar >= BAR_COUNT ? BarLayout.ABSENT : layouts[bar];
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        return bar < 0 || bar >= BAR_COUNT ? ones(sizeBytes) : read(bar, offset, sizeBytes);
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        if (bar >= 0 && bar < BAR_COUNT) {
            write(bar, offset, sizeBytes, value);
        }
    }

    private static long ones(int sizeBytes) {
        return sizeBytes == 8 ? -1 : (1L << (8 * sizeBytes)) - 1;
    }

    private long read(int region, long offset, int sizeBytes) {
        if (gone) {
            return ones(sizeBytes);
        }
        if (offset >= 0 && offset <= regions[region].sizeBytes() - sizeBytes && (offset & (sizeBytes - 1)) == 0) {
            Window window = region < BAR_COUNT ? window(region, offset, sizeBytes) : null;
            if (window == null) {
                return readFile(regions[region], offset, sizeBytes);
            }
            if (sizeBytes <= 4) {
                return load(window.memory, offset - window.offset, sizeBytes);
            }
        } else if (sizeBytes == 1) {
            return 0xff;
        }
        int half = sizeBytes / 2;
        long low = read(region, offset, half);
        return low | (read(region, offset + half, half) << (8 * half));
    }

    private void write(int region, long offset, int sizeBytes, long value) {
        if (gone) {
            return;
        }
        if (offset >= 0 && offset <= regions[region].sizeBytes() - sizeBytes && (offset & (sizeBytes - 1)) == 0) {
            Window window = region < BAR_COUNT ? window(region, offset, sizeBytes) : null;
            if (window == null) {
                writeFile(regions[region], offset, sizeBytes, value);
                return;
            }
            if (sizeBytes <= 4) {
                store(window.memory, offset - window.offset, sizeBytes, value);
                return;
            }
        } else if (sizeBytes == 1) {
            return;
        }
        int half = sizeBytes / 2;
        write(region, offset, half, value);
        write(region, offset + half, half, value >>> (8 * half));
    }

    private @Nullable Window window(int bar, long offset, int sizeBytes) {
        for (Window window : windows[bar]) {
            long inside = offset - window.offset;
            if (inside >= 0 && inside <= window.memory.byteSize() - sizeBytes) {
                return window;
            }
        }
        return null;
    }

    private static long load(MemorySegment memory, long at, int sizeBytes) {
        try {
            long value = switch (sizeBytes) {
                case 1 -> (byte) BYTE.getVolatile(memory, at) & 0xffL;
                case 2 -> (short) SHORT.getVolatile(memory, at) & 0xffffL;
                default -> (int) INT.getVolatile(memory, at) & 0xffff_ffffL;
            };
            settle();
            return value;
        } catch (InternalError e) {
            // The kernel takes the mapping away while the device does not answer to memory accesses, or is gone.
            return ones(sizeBytes);
        }
    }

    private static void store(MemorySegment memory, long at, int sizeBytes, long value) {
        try {
            switch (sizeBytes) {
                case 1 -> BYTE.setVolatile(memory, at, (byte) value);
                case 2 -> SHORT.setVolatile(memory, at, (short) value);
                default -> INT.setVolatile(memory, at, (int) value);
            }
            settle();
        } catch (InternalError e) {
            // As for a load: the write goes nowhere, as on a bus where nobody answers.
            return;
        }
    }

    /** Has a missing page be an error here and now, in the block that catches it; as {@link io.lamella.pci.DmaRegion#settle} explains. */
    private static void settle() {
        boolean ignored = Thread.holdsLock(SETTLE);
    }

    private long readFile(VfioDevice.Region region, long offset, int sizeBytes) {
        MemorySegment piece = buffer.asSlice(0, sizeBytes);
        if (!region.readable() || device.file().read(region.offset() + offset, piece) != sizeBytes) {
            return ones(sizeBytes);
        }
        return switch (sizeBytes) {
            case 1 -> piece.get(JAVA_BYTE, 0) & 0xffL;
            case 2 -> piece.get(JAVA_SHORT_UNALIGNED, 0) & 0xffffL;
            case 4 -> piece.get(JAVA_INT_UNALIGNED, 0) & 0xffff_ffffL;
            default -> piece.get(JAVA_LONG_UNALIGNED, 0);
        };
    }

    private void writeFile(VfioDevice.Region region, long offset, int sizeBytes, long value) {
        if (!region.writable()) {
            return;
        }
        buffer.set(JAVA_LONG_UNALIGNED, 0, value);
        // A device that does not take it is one that is gone; the next read tells.
        long _ = device.file().write(region.offset() + offset, buffer.asSlice(0, sizeBytes));
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return device.interruptCount(
                switch (kind) {
                    case INTX -> Uapi.VFIO_PCI_INTX_IRQ_INDEX;
                    case MSI -> Uapi.VFIO_PCI_MSI_IRQ_INDEX;
                    case MSI_X -> Uapi.VFIO_PCI_MSIX_IRQ_INDEX;
                });
    }

    /** Not here: its memory is pinned and its interrupts are eventfds, which the slot has. */
    @Override
    public void connect(DmaSpace dma, InterruptSink sink) {
        throw new IllegalStateException("A device behind VFIO is connected by its slot; open a VfioPciSlot.");
    }

    @Override
    public void disconnect() {}

    @Override
    public boolean isResettable() {
        return device.isResettable();
    }

    @Override
    public void reset() {
        if (device.isResettable() && !gone) {
            device.reset();
        }
    }

    /** Unmaps the BARs. */
    void close() {
        gone = true;
        arena.close();
    }
}
