// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.gpu.port.GspHost;
import io.lamella.pci.ConfigSpace;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciPhysicalFunction;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A small GPU with a fake GSP, some memory that it can reach, and a probe on its interrupts. */
final class Bench implements AutoCloseable {
    static final long MEMORY = 0x1_0000_0000L;
    static final int MEMORY_BYTES = 1 << 20;

    final AtomicLong nanos = new AtomicLong(1_000_000);
    final List<FakeGsp> gsps = new ArrayList<>();
    final SoftwareGpu gpu;
    final PciPhysicalFunction pf;
    final MemorySegment memory = MemorySegment.ofArray(new byte[MEMORY_BYTES]);
    final List<String> interrupts = new CopyOnWriteArrayList<>();

    Bench() {
        this(BoardIdentity.L40);
    }

    Bench(BoardIdentity board) {
        gpu = SoftwareGpu.builder("test")
                .identity(board)
                .frameBufferBytes(1L << 30)
                .nanos(() -> nanos.getAndAdd(1000))
                .vbios(shape -> new byte[] {0x55, (byte) 0xaa, 1, 2, 3})
                .gsp(this::gsp)
                .build();
        pf = gpu.physicalFunction();
    }

    FakeGsp gsp(GspHost host) {
        FakeGsp made = new FakeGsp(host);
        gsps.add(made);
        return made;
    }

    /** Memory that is mapped, or that is reached by messages, which takes a while. */
    DmaMap dma(boolean mapped) {
        DmaMap map = mapped ? new DmaMap() : new SlowMap(memory);
        map.map(new DmaRegion(MEMORY, MEMORY_BYTES, DmaAccess.READ_WRITE, mapped ? memory : null, -1, 0));
        return map;
    }

    InterruptSink sink() {
        return new InterruptSink() {
            @Override
            public void signal(InterruptKind kind, int vector) {
                interrupts.add(kind + " " + vector);
            }

            @Override
            public void setPin(boolean asserted) {
                interrupts.add(asserted ? "pin up" : "pin down");
            }
        };
    }

    /** Connects and switches on memory decoding and bus mastering. */
    PciFunction attach(PciFunction function, boolean mapped) {
        function.connect(dma(mapped), sink());
        enable(function);
        return function;
    }

    static void enable(PciFunction function) {
        function.writeConfig(ConfigSpace.COMMAND, 2, ConfigSpace.COMMAND_MEMORY | ConfigSpace.COMMAND_BUS_MASTER);
    }

    static int read(PciFunction function, int offset) {
        return (int) function.readBar(0, offset, 4);
    }

    static void write(PciFunction function, int offset, int value) {
        function.writeBar(0, offset, 4, Integer.toUnsignedLong(value));
    }

    static void mask(PciFunction function, int offset, int mask, int value) {
        write(function, offset, (read(function, offset) & ~mask) | value);
    }

    void putInt(int offset, int value) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, offset, value);
    }

    void putLong(int offset, long value) {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    @Override
    public void close() {
        gpu.close();
    }

    private static final class SlowMap extends DmaMap {
        private final MemorySegment memory;

        SlowMap(MemorySegment memory) {
            this.memory = memory;
        }

        private static void answerTakesAWhile() {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        protected void readUnmapped(DmaRegion region, long iova, MemorySegment destination) {
            answerTakesAWhile();
            destination.copyFrom(memory.asSlice(iova - region.iova(), destination.byteSize()));
        }

        @Override
        protected void writeUnmapped(DmaRegion region, long iova, MemorySegment source) {
            answerTakesAWhile();
            memory.asSlice(iova - region.iova(), source.byteSize()).copyFrom(source);
        }
    }
}
