// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.gpu.bank.Cell;
import io.lamella.hw.Loc;
import io.lamella.hw.reg.FalconMem;
import io.lamella.hw.reg.Fbif;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The DMA engine of a falcon with the apertures of its frame-buffer interface (FBIF). */
final class FalconDma {
    /** How many transfers may wait; past that the queue shows full and further ones are dropped. */
    static final int QUEUE_DEPTH = 8;

    private static final int TARGET_VIDEO_MEMORY = 0;
    private static final int LARGEST_SIZE_CODE = 6;
    private static final int IDLE = new FalconMem.Dmatrfcmd(0).withIdle(true).raw();
    private static final int FULL = new FalconMem.Dmatrfcmd(0).withFull(true).raw();

    private final FalconUnit falcon;
    private final FalconHost host;
    private final Cell.Storage base;
    private final Cell.Storage base1;
    private final Cell.Storage memoryOffset;
    private final Cell.Storage sourceOffset;
    private final Cell.Storage control;
    private final Cell.Storage[] apertures = new Cell.Storage[8];
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong faults = new AtomicLong();

    FalconDma(FalconUnit falcon, FalconHost host, BankBuilder bank, Loc.Base at) {
        this.falcon = falcon;
        this.host = host;
        base = bank.storage(FalconMem.DMATRFBASE.in(at));
        base1 = bank.storage(FalconMem.DMATRFBASE1.in(at), 0, 0x1ff);
        memoryOffset = bank.storage(FalconMem.DMATRFMOFFS.in(at), 0, 0xffffff);
        sourceOffset = bank.storage(FalconMem.DMATRFFBOFFS.in(at));
        control = bank.storage(Fbif.CTL.in(at));
        for (int i = 0; i < apertures.length; i++) {
            apertures[i] = bank.storage(Fbif.TRANSCFG.in(at).at(i));
        }
        bank.storage(FalconMem.DMACTL.in(at), 0, 1);
        bank.command(FalconMem.DMATRFCMD.in(at), this::status, this::start);
    }

    private int status() {
        int waiting = underWay.get();
        return waiting == 0 ? IDLE : waiting >= QUEUE_DEPTH ? FULL : 0;
    }

    boolean isIdle() {
        return underWay.get() == 0;
    }

    /** Transfers that moved nothing, because of where they pointed or because the memory was not there. */
    long faults() {
        return faults.get();
    }

    private void start(int raw) {
        FalconMem.Dmatrfcmd command = new FalconMem.Dmatrfcmd(raw);
        int size = 4 << command.size();
        LocalMemory memory = command.imem() ? falcon.imem() : falcon.dmem();
        Fbif.Transcfg aperture = new Fbif.Transcfg(apertures[command.context()].peek());
        MemorySegment local = memory.range(memoryOffset.peek(), size);
        if (command.size() > LARGEST_SIZE_CODE
                || local.byteSize() == 0
                || !aperture.physical()
                || !new Fbif.Ctl(control.peek()).allowPhysicalWithoutContext()) {
            faults.incrementAndGet();
            return;
        }
        if (command.imem() && !command.write()) {
            falcon.codeLoaded();
        }
        long address = address();
        boolean video = aperture.target() == TARGET_VIDEO_MEMORY;
        if (isIdle() && (video || isMapped(address, size, command.write()))) {
            transfer(local, address, video, command.write());
        } else {
            later(local, address, video, command.write());
        }
    }

    private long address() {
        long blocks = Integer.toUnsignedLong(base.peek()) | ((long) base1.peek() << 32);
        return (blocks << 8) + Integer.toUnsignedLong(sourceOffset.peek());
    }

    private boolean isMapped(long address, int size, boolean write) {
        return host.tasks().isIdle()
                && host.dma().segment(address, size, write ? DmaAccess.WRITE : DmaAccess.READ) != null;
    }

    private void later(MemorySegment local, long address, boolean video, boolean write) {
        if (underWay.incrementAndGet() > QUEUE_DEPTH) {
            underWay.decrementAndGet();
            faults.incrementAndGet();
            return;
        }
        int generation = falcon.generation();
        try {
            host.tasks().execute(() -> {
                try {
                    if (generation == falcon.generation()) {
                        transfer(local, address, video, write);
                    }
                } finally {
                    underWay.decrementAndGet();
                }
            });
        } catch (RejectedExecutionException e) {
            underWay.decrementAndGet();
            faults.incrementAndGet();
        }
    }

    private void transfer(MemorySegment local, long address, boolean video, boolean write) {
        if (video) {
            if (write) {
                host.memory().writeFrameBuffer(address, local);
            } else {
                host.memory().readFrameBuffer(address, local);
            }
            return;
        }
        DmaSpace dma = host.dma();
        try {
            if (write) {
                dma.write(address, local);
            } else {
                dma.read(address, local);
            }
        } catch (DmaFaultException e) {
            faults.incrementAndGet();
        }
    }

    /** The tasks were cancelled: nothing is under way. */
    void cancelled() {
        underWay.set(0);
    }
}
