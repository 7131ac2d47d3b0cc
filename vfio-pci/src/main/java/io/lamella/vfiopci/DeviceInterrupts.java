// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.PollSet;
import io.lamella.pci.CapabilityId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The device's interrupts, on one thread. The pin at first; MSI or MSI-X once the driver switches it on in configuration space. The kernel
 * writes the messages itself and holds the driver's writes to the enable bits back, so the switching is done here: before the write for
 * on, after it for off.
 */
final class DeviceInterrupts {
    private static final System.Logger LOG = System.getLogger("io.lamella.vfiopci");
    private static final int NONE = -1;
    private static final int WAKE = 0;
    private static final int RELEASE = 1;
    private static final int FIRST_VECTOR = 2;
    private static final int MSI_CONTROL = 2;
    private static final int MSI_ENABLE = 1;
    private static final int MSIX_CONTROL_HIGH = 3;
    private static final int MSIX_ENABLE = 0x80;
    private static final int MOST_MSI = 32;

    private record Vectors(int index, List<EventFd> events) {
        static final Vectors OFF = new Vectors(NONE, List.of());
    }

    private final VfioDevice device;
    private final String name;
    private final EventFd wake = EventFd.create();
    private final EventFd release = EventFd.create();
    private final Thread thread;
    private volatile Vectors vectors = Vectors.OFF;
    private volatile @Nullable IntConsumer handler;
    private volatile boolean closed;
    private @Nullable VfioFunction function;
    private int msi;
    private int msix;

    DeviceInterrupts(VfioDevice device, String name) {
        this.device = device;
        this.name = name;
        thread = Thread.ofPlatform().daemon().name("vfio-pci " + name).unstarted(this::run);
    }

    /** Starts, for this function. */
    void watch(VfioFunction watched) {
        function = watched;
        msi = CapabilityId.find(watched, CapabilityId.MSI);
        msix = CapabilityId.find(watched, CapabilityId.MSI_X);
        if (device.interruptCount(Uapi.VFIO_PCI_REQ_IRQ_INDEX) > 0) {
            int _ = device.setInterrupts(Uapi.VFIO_PCI_REQ_IRQ_INDEX, List.of(release));
        }
        use(Uapi.VFIO_PCI_INTX_IRQ_INDEX, 1);
        thread.start();
    }

    void onInterrupt(IntConsumer interruptHandler) {
        handler = interruptHandler;
        wake.signal();
    }

    /** The byte that a write of configuration space puts at an offset, or -1. */
    private static int written(int at, int offset, int sizeBytes, long value) {
        return at < offset || at >= offset + sizeBytes ? -1 : (int) (value >>> (8 * (at - offset))) & 0xff;
    }

    void beforeConfigWrite(int offset, int sizeBytes, long value) {
        int low = msi == 0 ? -1 : written(msi + MSI_CONTROL, offset, sizeBytes, value);
        int high = msix == 0 ? -1 : written(msix + MSIX_CONTROL_HIGH, offset, sizeBytes, value);
        if (low >= 0 && (low & MSI_ENABLE) != 0) {
            use(Uapi.VFIO_PCI_MSI_IRQ_INDEX, Math.min(MOST_MSI, 1 << (low >> 4 & 7)));
        }
        if (high >= 0 && (high & MSIX_ENABLE) != 0) {
            use(Uapi.VFIO_PCI_MSIX_IRQ_INDEX, device.interruptCount(Uapi.VFIO_PCI_MSIX_IRQ_INDEX));
        }
    }

    void afterConfigWrite(int offset, int sizeBytes, long value) {
        int low = msi == 0 ? -1 : written(msi + MSI_CONTROL, offset, sizeBytes, value);
        int high = msix == 0 ? -1 : written(msix + MSIX_CONTROL_HIGH, offset, sizeBytes, value);
        int now = vectors.index;
        boolean msiOff = now == Uapi.VFIO_PCI_MSI_IRQ_INDEX && low >= 0 && (low & MSI_ENABLE) == 0;
        boolean msixOff = now == Uapi.VFIO_PCI_MSIX_IRQ_INDEX && high >= 0 && (high & MSIX_ENABLE) == 0;
        if (msiOff || msixOff) {
            use(Uapi.VFIO_PCI_INTX_IRQ_INDEX, 1);
        }
    }

    /** Changes to interrupts of this index. A device takes one kind at a time. */
    private void use(int index, int wanted) {
        int count = Math.min(wanted, device.interruptCount(index));
        Vectors before = vectors;
        if (before.index == index && before.events.size() == count) {
            return;
        }
        if (before.index != NONE && !before.events.isEmpty()) {
            int _ = device.disableInterrupts(before.index);
        }
        List<EventFd> events = new ArrayList<>();
        try {
            while (events.size() < count) {
                events.add(EventFd.create());
            }
        } catch (RuntimeException | Error e) {
            events.forEach(EventFd::close);
            throw e;
        }
        int result = count == 0 ? 0 : device.setInterrupts(index, events);
        while (result > 0 && result < events.size()) {
            // The kernel has fewer to give.
            events.removeLast().close();
            result = result == events.size() ? device.setInterrupts(index, events) : result;
        }
        if (result < 0) {
            events.forEach(EventFd::close);
            events.clear();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The kernel does not give {0} its interrupts of kind {1}: {2}.",
                    name,
                    index,
                    Errno.describe(-result));
        }
        vectors = new Vectors(index, List.copyOf(events));
        wake.signal();
    }

    private void run() {
        Vectors polled = Vectors.OFF;
        PollSet set = new PollSet(FIRST_VECTOR);
        boolean heard = false;
        set.setReadable(WAKE, wake.fd());
        set.setReadable(RELEASE, release.fd());
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
                set.setReadable(RELEASE, release.fd());
                for (int i = 0; heard && i < polled.events.size(); i++) {
                    set.setReadable(FIRST_VECTOR + i, polled.events.get(i).fd());
                }
            }
            set.await(-1);
            if (set.isReady(WAKE)) {
                wake.drain();
            }
            if (set.isReady(RELEASE) && release.drain()) {
                letGo();
            }
            for (int i = 0; to != null && i < polled.events.size(); i++) {
                if (polled.events.get(i).drain()) {
                    deliver(to, polled.index, i);
                }
            }
        }
        polled.events.forEach(EventFd::close);
    }

    /** The kernel repeats this until the device is closed; saying it once is enough. */
    private void letGo() {
        VfioFunction watched = function;
        if (watched != null && watched.setGone()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The kernel asks for {0} back: its driver is being unbound, or it is being removed. It is treated as gone.",
                    name);
            IntConsumer to = handler;
            if (to != null) {
                deliver(to, NONE, 0);
            }
        }
    }

    private void deliver(IntConsumer to, int index, int vector) {
        try {
            to.accept(vector);
        } catch (RuntimeException e) {
            if (!closed) {
                LOG.log(System.Logger.Level.WARNING, "The handler of interrupt " + vector + " failed.", e);
            }
        }
        if (index == Uapi.VFIO_PCI_INTX_IRQ_INDEX && !closed) {
            // The pin masked itself when it fired.
            int _ = device.unmaskInterrupt(index);
        }
    }

    /** Switches all off. The handler that is being called ends first, unless it is the one that closes. */
    void close() {
        closed = true;
        wake.signal();
        try {
            if (thread.isAlive() && Thread.currentThread().threadId() != thread.threadId()) {
                thread.join(10_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (vectors.index != NONE) {
            int _ = device.disableInterrupts(vectors.index);
        }
        int _ = device.disableInterrupts(Uapi.VFIO_PCI_REQ_IRQ_INDEX);
        Stream.concat(vectors.events.stream(), Stream.of(wake, release)).forEach(EventFd::close);
    }
}
