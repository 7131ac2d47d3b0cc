// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.client;

import io.lamella.linux.EventFd;
import io.lamella.linux.PollSet;
import io.lamella.linux.SharedMemory;
import io.lamella.pci.CapabilityId;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.DmaBuffer;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.IovaSpace;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A device behind a vfio-user socket, with memory and interrupts: all that a driver needs. Its memory is shared memory whose descriptor the
 * server gets. Its interrupts are eventfds, set up as the driver switches MSI-X or MSI on in configuration space, and the pin at first; as
 * QEMU does.
 *
 * <p>One thread of its own waits for interrupts and for the server's DMA messages, and calls the handler. The server's death makes
 * every call throw a {@link VfioUserException}; {@link #isAlive} tells without one.
 */
public final class VfioUserSlot implements PciSlot {
    private static final int WAKE = 0;
    private static final int SOCKET = 1;
    /** What MSI-X has at the most. */
    private static final int MAX_VECTORS = 2048;

    private static final int FIRST_VECTOR = 2;
    private static final int PAGE_BYTES = 4096;
    private static final int MSI_CONTROL = 2;
    private static final int MSIX_ENABLE = 1 << 15;
    private static final byte[] NO_BOOLS = {};
    private static final System.Logger LOG = System.getLogger("io.lamella.vfiouser");

    private record Vectors(int index, List<EventFd> events) {}

    private final VfioUserClient client;
    private final RemoteFunction function;
    private final DmaMap memory = new DmaMap();
    private final IovaSpace iovas = new IovaSpace();
    private final Object vectorsLock = new Object();
    private final EventFd wake = EventFd.create();
    private final int msiOffset;
    private final int msixOffset;
    private final Thread thread;
    private final List<Buffer> buffers = new ArrayList<>();
    private volatile Vectors vectors = new Vectors(Wire.IRQ_INTX, List.of());
    private volatile @Nullable IntConsumer handler;
    private volatile boolean closed;

    private VfioUserSlot(VfioUserClient client, boolean postedWrites) {
        this.client = client;
        this.function = new RemoteFunction(client, postedWrites);
        client.setDmaSpace(memory);
        msiOffset = CapabilityId.find(function, CapabilityId.MSI);
        msixOffset = CapabilityId.find(function, CapabilityId.MSI_X);
        thread = Thread.ofPlatform().daemon().name("vfio-user slot").unstarted(this::run);
        interruptsChanged();
        function.onConfigWrite(this::configWritten);
        thread.start();
    }

    /** Connects to the server at {@code path}; {@code timeoutMillis} is for each call. */
    public static VfioUserSlot open(Path path, long timeoutMillis, boolean postedWrites) {
        return over(VfioUserClient.connect(path, timeoutMillis), postedWrites);
    }

    /** Over a client that nobody else uses, which it takes over. */
    public static VfioUserSlot over(VfioUserClient client, boolean postedWrites) {
        try {
            return new VfioUserSlot(client, postedWrites);
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    @Override
    public PciFunction function() {
        return function;
    }

    /** The connection, for what a {@link PciFunction} has no method for. */
    public VfioUserClient client() {
        return client;
    }

    /** Whether the server can still be reached, as far as is known. */
    public boolean isAlive() {
        return client.isAlive();
    }

    // ---- memory ----

    @Override
    public DmaAllocator memory() {
        return this::allocate;
    }

    private DmaBuffer allocate(long sizeBytes, long alignmentBytes) {
        if (sizeBytes <= 0 || sizeBytes > 1L << 46) {
            throw new IllegalArgumentException("A DMA buffer of " + sizeBytes + " bytes: it must be 1 to 2^46.");
        }
        long size = (sizeBytes + PAGE_BYTES - 1) & -PAGE_BYTES;
        long iova = iovas.allocate(size, Math.max(PAGE_BYTES, alignmentBytes));
        SharedMemory shared = null;
        try {
            shared = SharedMemory.create("vfio-user-dma", size);
            Buffer buffer = new Buffer(iova, size, shared);
            memory.map(DmaRegion.of(iova, shared.memory(), DmaAccess.READ_WRITE));
            client.mapDma(shared.fd(), 0, iova, size, Wire.DMA_READABLE | Wire.DMA_WRITABLE);
            synchronized (buffers) {
                buffers.add(buffer);
            }
            return buffer;
        } catch (RuntimeException | Error e) {
            memory.unmap(iova, size);
            iovas.free(iova, size);
            if (shared != null) {
                shared.close();
            }
            throw e;
        }
    }

    private final class Buffer implements DmaBuffer {
        private final long iova;
        private final long sizeBytes;
        private final SharedMemory shared;
        private final AtomicBoolean freed = new AtomicBoolean();

        Buffer(long iova, long sizeBytes, SharedMemory shared) {
            this.iova = iova;
            this.sizeBytes = sizeBytes;
            this.shared = shared;
        }

        @Override
        public long iova() {
            return iova;
        }

        @Override
        public MemorySegment memory() {
            return shared.memory();
        }

        @Override
        public void close() {
            if (!freed.compareAndSet(false, true)) {
                return;
            }
            synchronized (buffers) {
                buffers.remove(this);
            }
            try {
                if (client.isAlive()) {
                    client.unmapDma(iova, sizeBytes);
                }
            } catch (VfioUserException e) {
                if (!e.isDisconnected()) {
                    throw e;
                }
                // The server has unmapped everything when it lost us.
            } finally {
                memory.unmap(iova, sizeBytes);
                shared.close();
                iovas.free(iova, sizeBytes);
            }
        }
    }

    // ---- interrupts ----

    @Override
    public void onInterrupt(IntConsumer interruptHandler) {
        handler = interruptHandler;
        wake.signal();
    }

    private void configWritten(int offset) {
        if ((msiOffset != 0 && offset >= msiOffset && offset < msiOffset + 4)
                || (msixOffset != 0 && offset >= msixOffset && offset < msixOffset + 4)) {
            interruptsChanged();
        }
    }

    /** Looks at what the driver has switched on and gives the server eventfds for that. */
    private void interruptsChanged() {
        int index = Wire.IRQ_INTX;
        int count = client.interruptInfo(Wire.IRQ_INTX).count();
        if (msixOffset != 0 && (function.readConfig(msixOffset + MSI_CONTROL, 2) & MSIX_ENABLE) != 0) {
            index = Wire.IRQ_MSIX;
            count = client.interruptInfo(index).count();
        } else if (msiOffset != 0) {
            int control = (int) function.readConfig(msiOffset + MSI_CONTROL, 2);
            if ((control & 1) != 0) {
                index = Wire.IRQ_MSI;
                count = Math.min(client.interruptInfo(index).count(), 1 << Math.min(5, (control >> 4) & 7));
            }
        }
        // The count is the server's word.
        count = Math.clamp(count, 0, MAX_VECTORS);
        synchronized (vectorsLock) {
            Vectors before = vectors;
            if (before.index == index && before.events.size() == count) {
                return;
            }
            if (!before.events.isEmpty()) {
                client.setInterrupts(before.index, Wire.SET_IRQS_NONE | Wire.SET_IRQS_TRIGGER, 0, 0, NO_BOOLS);
            }
            List<EventFd> events = new ArrayList<>();
            try {
                for (int i = 0; i < count; i++) {
                    events.add(EventFd.create());
                }
            } catch (RuntimeException | Error e) {
                events.forEach(EventFd::close);
                throw e;
            }
            vectors = new Vectors(index, List.copyOf(events));
            wake.signal();
            int atOnce = Math.clamp(client.server().maxMessageFds(), 1, 253);
            for (int start = 0; start < count; start += atOnce) {
                int[] descriptors = new int[Math.min(atOnce, count - start)];
                for (int i = 0; i < descriptors.length; i++) {
                    descriptors[i] = events.get(start + i).fd().number();
                }
                client.setInterrupts(
                        index,
                        Wire.SET_IRQS_EVENTFD | Wire.SET_IRQS_TRIGGER,
                        start,
                        descriptors.length,
                        NO_BOOLS,
                        descriptors);
            }
        }
    }

    private void run() {
        Vectors polled = new Vectors(-1, List.of());
        PollSet set = new PollSet(FIRST_VECTOR);
        boolean serverThere = true;
        boolean heard = false;
        while (!closed) {
            Vectors now = vectors;
            IntConsumer to = handler;
            if (!now.equals(polled) || heard != (to != null)) {
                if (!now.equals(polled)) {
                    // Only this thread polls them, so it is the one to close them.
                    polled.events.forEach(EventFd::close);
                }
                polled = now;
                heard = to != null;
                set = new PollSet(FIRST_VECTOR + polled.events.size());
                set.setReadable(WAKE, wake.fd());
                for (int i = 0; heard && i < polled.events.size(); i++) {
                    set.setReadable(FIRST_VECTOR + i, polled.events.get(i).fd());
                }
            }
            if (serverThere && client.socket().fd().isOpen()) {
                set.setReadable(SOCKET, client.socket().fd());
            } else {
                set.clear(SOCKET);
            }
            set.await(-1);
            if (set.isReady(WAKE)) {
                wake.drain();
            }
            if (set.isReady(SOCKET)) {
                serverThere = serve();
            }
            for (int i = 0; to != null && i < polled.events.size(); i++) {
                if (polled.events.get(i).drain()) {
                    deliver(to, polled.index, i);
                }
            }
        }
        polled.events.forEach(EventFd::close);
    }

    private boolean serve() {
        try {
            client.serveWaiting();
        } catch (VfioUserException e) {
            // Whoever calls next is told.
            return false;
        }
        return client.isAlive();
    }

    private void deliver(IntConsumer to, int index, int vector) {
        try {
            to.accept(vector);
            if (index == Wire.IRQ_INTX) {
                // The pin masked itself when it fired.
                client.setInterrupts(index, Wire.SET_IRQS_NONE | Wire.SET_IRQS_UNMASK, 0, 1, NO_BOOLS);
            }
        } catch (RuntimeException e) {
            if (!closed) {
                LOG.log(System.Logger.Level.WARNING, "The handler of interrupt " + vector + " failed.", e);
            }
        }
    }

    /** Leaves the server and frees the memory; the server disconnects the function. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        wake.signal();
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
        client.setDmaSpace(null);
        client.close();
        left.forEach(Buffer::close);
        function.close();
        vectors.events.forEach(EventFd::close);
        wake.close();
    }
}
