// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A slot for a function in this process: memory in this process, interrupts on a virtual thread of its own. A message that comes again
 * before its handler was called is delivered once. As long as the pin is asserted its handler is called again and again, a moment
 * apart. What comes before there is a handler waits for one.
 */
public final class LocalSlot implements PciSlot {
    private static final System.Logger LOG = System.getLogger("io.lamella.pci");
    private static final int PAGE_BYTES = 4096;
    private static final int VECTORS = 2048;
    private static final long PIN_PAUSE_NANOS = 50_000;

    private final PciFunction function;
    private final DmaMap memory = new DmaMap();
    private final IovaSpace iovas = new IovaSpace();
    private final List<Buffer> buffers = new ArrayList<>();
    private final AtomicLongArray pending = new AtomicLongArray(VECTORS / 64);
    private final Thread thread;
    private volatile boolean pin;
    private volatile boolean closed;
    private volatile @Nullable IntConsumer handler;

    /** Connects {@code function}; {@link #close} disconnects it. */
    public LocalSlot(PciFunction function) {
        this.function = function;
        this.thread = Thread.ofVirtual().name("local-slot").unstarted(this::deliver);
        function.connect(memory, new Sink());
        thread.start();
    }

    private final class Sink implements InterruptSink {
        @Override
        public void signal(InterruptKind kind, int vector) {
            if (vector >= 0 && vector < VECTORS) {
                long bits = pending.get(vector / 64);
                while (!pending.compareAndSet(vector / 64, bits, bits | (1L << vector))) {
                    bits = pending.get(vector / 64);
                }
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void setPin(boolean asserted) {
            pin = asserted;
            if (asserted) {
                LockSupport.unpark(thread);
            }
        }
    }

    private void deliver() {
        while (!closed) {
            IntConsumer to = handler;
            boolean pinned = pin && to != null;
            if (to != null) {
                if (pinned) {
                    call(to, 0);
                }
                for (int word = 0; word < pending.length(); word++) {
                    long bits = pending.get(word) == 0 ? 0 : pending.getAndSet(word, 0);
                    for (; bits != 0; bits &= bits - 1) {
                        call(to, word * 64 + Long.numberOfTrailingZeros(bits));
                    }
                }
            }
            if (pinned) {
                LockSupport.parkNanos(PIN_PAUSE_NANOS);
            } else if (to == null || (!pin && !isPending())) {
                // A permit that came since this look makes it return at once. One that came before may be gone: a
                // handler that waits for a lock uses it up.
                LockSupport.park();
            }
        }
    }

    private boolean isPending() {
        for (int word = 0; word < pending.length(); word++) {
            if (pending.get(word) != 0) {
                return true;
            }
        }
        return false;
    }

    private void call(IntConsumer to, int vector) {
        if (closed) {
            return;
        }
        try {
            to.accept(vector);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "The handler of interrupt " + vector + " failed.", e);
        }
    }

    @Override
    public PciFunction function() {
        return function;
    }

    /** The space that the function sees, for tests that map something else. */
    public DmaMap dma() {
        return memory;
    }

    @Override
    public DmaAllocator memory() {
        return this::allocate;
    }

    private DmaBuffer allocate(long sizeBytes, long alignmentBytes) {
        if (sizeBytes <= 0 || sizeBytes > 1L << 40) {
            throw new IllegalArgumentException("A DMA buffer of " + sizeBytes + " bytes: it must be 1 to 2^40.");
        }
        if (closed) {
            throw new IllegalStateException("The slot is closed.");
        }
        long size = (sizeBytes + PAGE_BYTES - 1) & -PAGE_BYTES;
        Arena arena = Arena.ofShared();
        try {
            MemorySegment segment = arena.allocate(size, PAGE_BYTES);
            long iova = iovas.allocate(size, Math.max(PAGE_BYTES, alignmentBytes));
            Buffer buffer = new Buffer(iova, segment, arena);
            memory.map(DmaRegion.of(iova, segment, DmaAccess.READ_WRITE));
            synchronized (buffers) {
                buffers.add(buffer);
            }
            return buffer;
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private final class Buffer implements DmaBuffer {
        private final long iova;
        private final MemorySegment segment;
        private final Arena arena;
        private final AtomicBoolean freed = new AtomicBoolean();

        Buffer(long iova, MemorySegment segment, Arena arena) {
            this.iova = iova;
            this.segment = segment;
            this.arena = arena;
        }

        @Override
        public long iova() {
            return iova;
        }

        @Override
        public MemorySegment memory() {
            return segment;
        }

        @Override
        public void close() {
            if (freed.compareAndSet(false, true)) {
                memory.unmap(iova, segment.byteSize());
                synchronized (buffers) {
                    buffers.remove(this);
                }
                iovas.free(iova, segment.byteSize());
                arena.close();
            }
        }
    }

    @Override
    public void onInterrupt(IntConsumer interruptHandler) {
        handler = interruptHandler;
        LockSupport.unpark(thread);
    }

    /** Disconnects the function and frees the memory that was not freed. A handler that is being called ends first. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        LockSupport.unpark(thread);
        function.disconnect();
        try {
            if (Thread.currentThread().threadId() != thread.threadId()) {
                thread.join(10_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Buffer> left;
        synchronized (buffers) {
            left = List.copyOf(buffers);
        }
        left.forEach(Buffer::close);
    }
}
