// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.gpu.bank.WindowTarget;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.hw.Architecture;
import io.lamella.hw.Loc;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.Pcfg;
import io.lamella.hw.reg.PraminWindow;
import io.lamella.hw.reg.Vfn;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The memory side of one function. */
public final class FunctionMemory implements MemoryPort {
    private static final int FLUSH_PENDING = 1 << 1;
    private static final int TLB_TRIGGER = 1 << 31;

    /** Far beyond any video memory, with room for a window. */
    private static final long OUTSIDE = 1L << 62;

    private final Architecture architecture;
    private final Gmmu mmu;
    private final BarAperture bar1;
    private final BarAperture bar2;
    private volatile int flush;
    private volatile int tlbInvalidate;
    private Cell.@Nullable Storage windowBase;

    /**
     * Builds it.
     *
     * @param architecture of the chip: it decides on the format of page tables, and on what moves the PRAMIN window
     * @param fb what the function can reach of video memory; revoked when this is closed
     * @param bar1Bytes size of the frame-buffer aperture
     * @param bar2Bytes size of the instance aperture
     */
    public FunctionMemory(Architecture architecture, FbSegment fb, long bar1Bytes, long bar2Bytes) {
        this.architecture = architecture;
        mmu = new Gmmu(fb, architecture.pageTables());
        bar1 = new BarAperture(mmu, bar1Bytes);
        bar2 = new BarAperture(mmu, bar2Bytes);
    }

    /** The family of the chip. */
    public Architecture architecture() {
        return architecture;
    }

    /** The function's page-table walker. */
    public Gmmu mmu() {
        return mmu;
    }

    public FbSegment fb() {
        return mmu.fb();
    }

    /** The frame-buffer aperture. */
    public BarAperture bar1() {
        return bar1;
    }

    /** The instance aperture. */
    public BarAperture bar2() {
        return bar2;
    }

    @Override
    public void addRegisters(BankBuilder bank) {
        windowBase = bank.storage(windowRegister());
        bank.window(
                PraminWindow.WINDOW.name(),
                PraminWindow.WINDOW.offset(),
                PraminWindow.WINDOW.sizeBytes(),
                new Pramin(windowBase));
        // Writes reach memory at once, so a flush is over before the driver can ask.
        bank.hook(Pbus.FLUSH, () -> flush, value -> flush = value & ~FLUSH_PENDING);
        bank.storage(Vfn.BAR1_BLOCK);
        bank.storage(Vfn.BAR2_BLOCK);
        bank.constant(Vfn.BIND_STATUS, 0);
        bank.storage(Vfn.TLB_PDB);
        bank.storage(Vfn.TLB_PDB_HI);
        bank.hook(Vfn.TLB_INVALIDATE, () -> tlbInvalidate, this::invalidateTlb);
    }

    private Loc.Fixed<?> windowRegister() {
        return switch (architecture) {
            case ADA -> Pbus.BAR0_WINDOW;
            case BLACKWELL_GB20X -> Pcfg.BAR0_WINDOW;
        };
    }

    private void invalidateTlb(int value) {
        tlbInvalidate = value & ~TLB_TRIGGER;
        if ((value & TLB_TRIGGER) != 0) {
            mmu.invalidate();
        }
    }

    private final class Pramin implements WindowTarget {
        private final Cell.Storage base;

        Pramin(Cell.Storage base) {
            this.base = base;
        }

        /** Only video memory is behind the window; any other target lies outside. */
        private long address(int offset) {
            int window = base.read();
            return (window & 0x300_0000) != 0 ? OUTSIDE + offset : ((long) (window & 0xff_ffff) << 16) + offset;
        }

        @Override
        public long read(int offset, int sizeBytes) {
            return fb().read(address(offset), sizeBytes);
        }

        @Override
        public void write(int offset, int sizeBytes, long value) {
            fb().write(address(offset), sizeBytes, value);
        }
    }

    @Override
    public long readBar1(long offset, int sizeBytes) {
        return bar1.read(offset, sizeBytes);
    }

    @Override
    public void writeBar1(long offset, int sizeBytes, long value) {
        bar1.write(offset, sizeBytes, value);
    }

    @Override
    public void readBar1(long offset, MemorySegment destination) {
        bar1.read(offset, destination);
    }

    @Override
    public void writeBar1(long offset, MemorySegment source) {
        bar1.write(offset, source);
    }

    @Override
    public long readBar2(long offset, int sizeBytes) {
        return bar2.read(offset, sizeBytes);
    }

    @Override
    public void writeBar2(long offset, int sizeBytes, long value) {
        bar2.write(offset, sizeBytes, value);
    }

    @Override
    public void readBar2(long offset, MemorySegment destination) {
        bar2.read(offset, destination);
    }

    @Override
    public void writeBar2(long offset, MemorySegment source) {
        bar2.write(offset, source);
    }

    @Override
    public long frameBufferBytes() {
        return fb().sizeBytes();
    }

    @Override
    public void readFrameBuffer(long address, MemorySegment destination) {
        long length = insideBytes(address, destination.byteSize());
        if (length > 0) {
            fb().copyTo(address, destination.asSlice(0, length));
        }
        destination.asSlice(length).fill((byte) 0xff);
    }

    @Override
    public void writeFrameBuffer(long address, MemorySegment source) {
        long length = insideBytes(address, source.byteSize());
        if (length > 0) {
            fb().copyFrom(address, source.asSlice(0, length));
        }
    }

    /** How much of a range that begins inside is inside. */
    private long insideBytes(long address, long lengthBytes) {
        if (!fb().contains(address, 1)) {
            return 0;
        }
        return Math.min(lengthBytes, fb().sizeBytes() - address);
    }

    @Override
    public void reset() {
        unbind();
        flush = 0;
        tlbInvalidate = 0;
        if (windowBase != null) {
            windowBase.reset();
        }
    }

    /** BAR1 and BAR2 show video memory as it lies, as before the GSP had booted. */
    public void unbind() {
        bar1.unbind();
        bar2.unbind();
    }

    /** Roots of BAR1 and BAR2, to bind them again with. */
    public record Bindings(long bar1Root, long bar2Root) {}

    /** How BAR1 and BAR2 are bound now. */
    public Bindings bindings() {
        return new Bindings(bar1.root(), bar2.root());
    }

    /** Binds them as they were. */
    public void restore(Bindings bindings) {
        bar1.setRoot(bindings.bar1Root);
        bar2.setRoot(bindings.bar2Root);
    }

    @Override
    public void close() {
        mmu.connect(null);
        fb().revoke();
    }
}
