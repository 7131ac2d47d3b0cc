// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.client;

import io.lamella.linux.Fd;
import io.lamella.linux.MappedMemory;
import io.lamella.pci.BarLayout;
import io.lamella.pci.BarWindow;
import io.lamella.pci.DmaSpace;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A device behind a vfio-user socket as a {@link PciFunction}. What the server lets clients map is mapped, and accesses there are
 * memory accesses; all others are messages. With posted writes, BAR writes outside of windows are not waited for; as in hardware, a later
 * read sees them done.
 */
public final class RemoteFunction implements PciFunction, AutoCloseable {
    private record Window(long offset, MemorySegment memory) {}

    private final VfioUserClient client;
    private final boolean resettable;
    private final BarLayout[] bars = new BarLayout[BAR_COUNT];
    private final List<List<BarWindow>> barWindows = new ArrayList<>();
    private final Window[][] windows = new Window[BAR_COUNT][];
    private final List<Fd> fds = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final int configBytes;
    private final boolean postedWrites;
    private @Nullable IntConsumer afterConfigWrite;

    /** Learns everything about the device. The client stays the caller's. */
    public RemoteFunction(VfioUserClient client, boolean postedWrites) {
        this.client = client;
        try {
            resettable = client.deviceInfo().resettable();
            boolean anyWindow = false;
            for (int bar = 0; bar < BAR_COUNT; bar++) {
                anyWindow |= learn(bar);
            }
            // As QEMU does: with a window, a posted write could be overtaken by an access that does not go through the
            // socket.
            this.postedWrites = postedWrites && !anyWindow;
            configBytes =
                    (int) Math.min(4096, client.regionInfo(Wire.REGION_CONFIG).sizeBytes());
            for (int bar = 0; bar < BAR_COUNT; bar++) {
                bars[bar] = layout(bar, bars[bar].sizeBytes());
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private boolean learn(int bar) {
        VfioUserClient.RegionInfo info = client.regionInfo(bar);
        bars[bar] = new BarLayout(info.sizeBytes(), false, false);
        List<BarWindow> offered = new ArrayList<>();
        List<Window> mapped = new ArrayList<>();
        Fd fd = info.fd();
        if (fd != null) {
            fds.add(fd);
            boolean writable = (info.flags() & Wire.REGION_WRITABLE) != 0;
            for (VfioUserClient.Area area : info.areas()) {
                offered.add(new BarWindow(area.offset(), area.sizeBytes(), fd.number(), area.fileOffset()));
                mapped.add(new Window(
                        area.offset(),
                        MappedMemory.map(
                                fd,
                                area.fileOffset(),
                                area.sizeBytes(),
                                writable ? MappedMemory.Protection.READ_WRITE : MappedMemory.Protection.READ,
                                arena)));
            }
        }
        barWindows.add(List.copyOf(offered));
        windows[bar] = mapped.toArray(Window[]::new);
        return !offered.isEmpty();
    }

    private BarLayout layout(int bar, long sizeBytes) {
        if (bar == ROM || sizeBytes == 0) {
            return new BarLayout(sizeBytes, false, false);
        }
        int register = (int) client.readRegion(Wire.REGION_CONFIG, 0x10 + 4L * bar, 4);
        return new BarLayout(sizeBytes, (register & 6) == 4, (register & 8) != 0);
    }

    /** Called with the offset of each write to configuration space, after it. */
    void onConfigWrite(IntConsumer listener) {
        afterConfigWrite = listener;
    }

    @Override
    public int configSizeBytes() {
        return configBytes;
    }

    @Override
    public long readConfig(int offset, int sizeBytes) {
        return read(Wire.REGION_CONFIG, configBytes, offset, sizeBytes);
    }

    @Override
    public void writeConfig(int offset, int sizeBytes, long value) {
        write(Wire.REGION_CONFIG, configBytes, offset, sizeBytes, value, false);
        IntConsumer listener = afterConfigWrite;
        if (listener != null) {
            listener.accept(offset);
        }
    }

    @Override
    public BarLayout barLayout(int bar) {
        return bar < 0 || bar >= BAR_COUNT ? BarLayout.ABSENT : bars[bar];
    }

    @Override
    public long readBar(int bar, long offset, int sizeBytes) {
        MemorySegment direct = window(bar, offset, sizeBytes);
        return direct == null
                ? read(bar, barLayout(bar).sizeBytes(), offset, sizeBytes)
                : Wire.value(direct, offset - windowStart(bar, offset), sizeBytes);
    }

    @Override
    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        MemorySegment direct = window(bar, offset, sizeBytes);
        if (direct == null) {
            write(bar, barLayout(bar).sizeBytes(), offset, sizeBytes, value, postedWrites);
        } else {
            Wire.putValue(direct, offset - windowStart(bar, offset), sizeBytes, value);
        }
    }

    private @Nullable MemorySegment window(int bar, long offset, long sizeBytes) {
        if (bar < 0 || bar >= BAR_COUNT) {
            return null;
        }
        for (Window window : windows[bar]) {
            long inside = offset - window.offset;
            if (inside >= 0 && inside <= window.memory.byteSize() - sizeBytes) {
                return window.memory;
            }
        }
        return null;
    }

    private long windowStart(int bar, long offset) {
        for (Window window : windows[bar]) {
            long inside = offset - window.offset;
            if (inside >= 0 && inside < window.memory.byteSize()) {
                return window.offset;
            }
        }
        return 0;
    }

    private long read(int region, long regionBytes, long offset, int sizeBytes) {
        if (offset >= 0 && offset <= regionBytes - sizeBytes) {
            return client.readRegion(region, offset, sizeBytes);
        }
        long value = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) {
            long at = offset + i;
            value = (value << 8) | (at >= 0 && at < regionBytes ? client.readRegion(region, at, 1) : 0xff);
        }
        return value;
    }

    private void write(int region, long regionBytes, long offset, int sizeBytes, long value, boolean posted) {
        if (offset >= 0 && offset <= regionBytes - sizeBytes) {
            if (posted) {
                client.postWrite(region, offset, sizeBytes, value);
            } else {
                client.writeRegion(region, offset, sizeBytes, value);
            }
            return;
        }
        for (int i = 0; i < sizeBytes; i++) {
            long at = offset + i;
            if (at >= 0 && at < regionBytes) {
                client.writeRegion(region, at, 1, (value >>> (8 * i)) & 0xff);
            }
        }
    }

    @Override
    public void readBar(int bar, long offset, MemorySegment destination) {
        long length = destination.byteSize();
        MemorySegment direct = window(bar, offset, length);
        if (direct != null) {
            MemorySegment.copy(direct, offset - windowStart(bar, offset), destination, 0, length);
            return;
        }
        long inside = inside(bar, offset, length);
        for (long done = 0; done < inside; ) {
            long piece = Math.min(client.maxDataBytes(), inside - done);
            client.readRegion(bar, offset + done, destination.asSlice(done, piece));
            done += piece;
        }
        destination.asSlice(inside).fill((byte) 0xff);
    }

    @Override
    public void writeBar(int bar, long offset, MemorySegment source) {
        long length = source.byteSize();
        MemorySegment direct = window(bar, offset, length);
        if (direct != null) {
            MemorySegment.copy(source, 0, direct, offset - windowStart(bar, offset), length);
            return;
        }
        long inside = inside(bar, offset, length);
        for (long done = 0; done < inside; ) {
            long piece = Math.min(client.maxDataBytes(), inside - done);
            client.writeRegion(bar, offset + done, source.asSlice(done, piece));
            done += piece;
        }
    }

    private long inside(int bar, long offset, long length) {
        long size = barLayout(bar).sizeBytes();
        return offset < 0 || offset >= size ? 0 : Math.min(length, size - offset);
    }

    @Override
    public List<BarWindow> barWindows(int bar) {
        return bar < 0 || bar >= BAR_COUNT ? List.of() : barWindows.get(bar);
    }

    @Override
    public int interruptCount(InterruptKind kind) {
        return client.interruptInfo(
                        switch (kind) {
                            case INTX -> Wire.IRQ_INTX;
                            case MSI -> Wire.IRQ_MSI;
                            case MSI_X -> Wire.IRQ_MSIX;
                        })
                .count();
    }

    /** Not here: memory must have descriptors and interrupts eventfds, which a {@link VfioUserSlot} has. */
    @Override
    public void connect(DmaSpace dma, InterruptSink interrupts) {
        throw new IllegalStateException(
                "A remote function is connected by its slot; open a VfioUserSlot and take the function from there.");
    }

    @Override
    public void disconnect() {}

    @Override
    public boolean isResettable() {
        return resettable;
    }

    @Override
    public void reset() {
        client.resetDevice();
    }

    /** Unmaps the windows and closes their descriptors. */
    @Override
    public void close() {
        fds.forEach(Fd::close);
        fds.clear();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
