// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * A slot for a function in this process: its memory is this process's, its interrupts come on a thread of the slot.
 *
 * <p>Messages that arrive before the handler has run for the one before are merged with it, as on a real bus; a pin that stays asserted
 * calls the handler again.
 */
public final class LocalSlot implements PciSlot {
    private static final Logger LOG = System.getLogger(LocalSlot.class.getName());
    private static final long FIRST_IOVA = 0x1_0000_0000L;
    private static final long END_IOVA = 1L << 47;
    private static final long PAGE = 4096;

    private final PciFunction function;
    private final DmaMap space = new DmaMap();
    private final Map<Long, LocalBuffer> buffers = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final BitSet messages = new BitSet();
    private final Thread thread;
    private boolean pin;
    private boolean closed;
    private volatile IntConsumer handler = vector -> {};
    private long nextIova = FIRST_IOVA;

    /**
     * Connects the function.
     *
     * @throws IllegalStateException if it is connected already
     */
    public LocalSlot(PciFunction function) {
        this.function = function;
        thread = Thread.ofPlatform().daemon().name("slot-interrupts").unstarted(this::serve);
        function.connect(space, new Sink());
        thread.start();
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public DmaAllocator memory() {
        return this::allocate;
    }

    @Override
    public void onInterrupt(IntConsumer newHandler) {
        handler = newHandler;
    }

    private DmaBuffer allocate(long sizeBytes, long alignmentBytes) {
        if (sizeBytes < 1 || alignmentBytes < PAGE || Long.bitCount(alignmentBytes) != 1) {
            throw new IllegalArgumentException(
                    sizeBytes + " bytes aligned to " + alignmentBytes + " cannot be allocated.");
        }
        long size = (sizeBytes + PAGE - 1) & -PAGE;
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The slot is closed.");
            }
            // Addresses are not used again: there are enough, and a stale one is noticed.
            long iova = (nextIova + alignmentBytes - 1) & -alignmentBytes;
            if (iova > END_IOVA - size) {
                throw new IllegalStateException("No I/O addresses are left.");
            }
            Arena arena = Arena.ofShared();
            LocalBuffer buffer = new LocalBuffer(iova, arena, arena.allocate(size, PAGE));
            space.map(DmaRegion.of(iova, buffer.memory, DmaAccess.READ_WRITE));
            buffers.put(iova, buffer);
            // A page stays unmapped between two buffers, so that running over the end of one is noticed.
            nextIova = iova + size + PAGE;
            return buffer;
        } finally {
            lock.unlock();
        }
    }

    private void serve() {
        while (true) {
            int vector;
            lock.lock();
            try {
                while (!closed && !pin && messages.isEmpty()) {
                    changed.awaitUninterruptibly();
                }
                if (closed) {
                    return;
                }
                vector = Math.max(messages.nextSetBit(0), 0);
                messages.clear(vector);
            } finally {
                lock.unlock();
            }
            try {
                handler.accept(vector);
            } catch (RuntimeException failure) {
                LOG.log(Level.WARNING, "An interrupt handler failed", failure);
            }
        }
    }

    /** Disconnects the function and frees the memory that is left. */
    @Override
    public void close() {
        function.disconnect();
        LocalBuffer[] left;
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            left = buffers.values().toArray(LocalBuffer[]::new);
        } finally {
            lock.unlock();
        }
        for (LocalBuffer buffer : left) {
            buffer.close();
        }
    }

    private final class LocalBuffer implements DmaBuffer {
        private final long iova;
        private final Arena arena;
        private final MemorySegment memory;

        LocalBuffer(long iova, Arena arena, MemorySegment memory) {
            this.iova = iova;
            this.arena = arena;
            this.memory = memory;
        }

        @Override
        public long iova() {
            return iova;
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (buffers.remove(iova) == null) {
                    return;
                }
                space.unmap(iova, memory.byteSize());
            } finally {
                lock.unlock();
            }
            arena.close();
        }
    }

    private final class Sink implements InterruptSink {
        @Override
        public void signal(InterruptKind kind, int vector) {
            lock.lock();
            try {
                messages.set(vector);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void setPin(boolean asserted) {
            lock.lock();
            try {
                pin = asserted;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
