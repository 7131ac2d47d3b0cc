// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import static io.lamella.vfiouser.wire.Wire.IRQ_AUTOMASKED;
import static io.lamella.vfiouser.wire.Wire.IRQ_COUNT;
import static io.lamella.vfiouser.wire.Wire.IRQ_EVENTFD;
import static io.lamella.vfiouser.wire.Wire.IRQ_INTX;
import static io.lamella.vfiouser.wire.Wire.IRQ_MASKABLE;
import static io.lamella.vfiouser.wire.Wire.IRQ_MSI;
import static io.lamella.vfiouser.wire.Wire.IRQ_MSIX;
import static io.lamella.vfiouser.wire.Wire.SET_IRQS_BOOL;
import static io.lamella.vfiouser.wire.Wire.SET_IRQS_EVENTFD;
import static io.lamella.vfiouser.wire.Wire.SET_IRQS_MASK;
import static io.lamella.vfiouser.wire.Wire.SET_IRQS_NONE;
import static io.lamella.vfiouser.wire.Wire.SET_IRQS_TRIGGER;
import static io.lamella.vfiouser.wire.Wire.SET_IRQS_UNMASK;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.LinuxException;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.wire.MessageInput;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The client's eventfds. Signalling takes no lock: a vector is an eventfd and a state word, and both are read and changed atomically. The
 * pin is a level: it masks itself when it fires and fires again when it is unmasked while still asserted. A message finds its vector masked or
 * without an eventfd when the client is rearranging its vectors (QEMU takes all of them away and gives them again to change their number): it
 * waits, and taking the vectors away once more forgets it.
 */
final class Interrupts implements InterruptSink {
    private static final int MASKED = 1;
    // A message came while its vector was masked or had no eventfd, or the pin is asserted.
    private static final int WAITING = 2;
    // How often a client may exchange an eventfd during one signal before it misses that one.
    private static final int MAX_EXCHANGES = 8;

    private final AtomicReferenceArray<@Nullable EventFd>[] events;
    private final AtomicInteger[][] states;
    private final Complaints complaints;

    @SuppressWarnings({"unchecked", "rawtypes"}) // An array of a generic type.
    Interrupts(PciFunction function, Complaints complaints) {
        this.complaints = complaints;
        events = new AtomicReferenceArray[IRQ_COUNT];
        states = new AtomicInteger[IRQ_COUNT][];
        for (int index = 0; index < IRQ_COUNT; index++) {
            int count = vectors(function, index);
            events[index] = new AtomicReferenceArray<>(count);
            states[index] = new AtomicInteger[count];
            for (int i = 0; i < count; i++) {
                states[index][i] = new AtomicInteger();
            }
        }
    }

    private static int vectors(PciFunction function, int index) {
        return switch (index) {
            case IRQ_INTX -> Math.min(1, function.interruptCount(InterruptKind.INTX));
            case IRQ_MSI -> Math.min(32, function.interruptCount(InterruptKind.MSI));
            case IRQ_MSIX -> Math.min(2048, function.interruptCount(InterruptKind.MSI_X));
            default -> 1;
        };
    }

    /** How many vectors an index has. */
    int count(int index) {
        return states[index].length;
    }

    /** What GET_IRQ_INFO says of an index. */
    int infoFlags(int index) {
        if (count(index) == 0) {
            return 0;
        }
        return switch (index) {
            case IRQ_INTX -> IRQ_EVENTFD | IRQ_MASKABLE | IRQ_AUTOMASKED;
            case IRQ_MSI, IRQ_MSIX -> IRQ_EVENTFD | IRQ_MASKABLE;
            default -> IRQ_EVENTFD;
        };
    }

    @Override
    public void signal(InterruptKind kind, int vector) {
        int index = switch (kind) {
            case MSI -> IRQ_MSI;
            case MSI_X -> IRQ_MSIX;
            case INTX -> IRQ_INTX;
        };
        if (index != IRQ_INTX && vector >= 0 && vector < count(index)) {
            fire(index, vector);
        }
    }

    @Override
    public void setPin(boolean asserted) {
        if (count(IRQ_INTX) == 0) {
            return;
        }
        AtomicInteger state = states[IRQ_INTX][0];
        if (!asserted) {
            state.getAndUpdate(now -> now & ~WAITING);
        } else if ((state.getAndUpdate(now -> now | WAITING) & WAITING) == 0) {
            firePin();
        }
    }

    /** ERR or REQ. */
    void raise(int index) {
        fire(index, 0);
    }

    private void fire(int index, int vector) {
        AtomicInteger state = states[index][vector];
        int now = state.get();
        while ((now & MASKED) != 0) {
            if (state.compareAndSet(now, now | WAITING)) {
                return;
            }
            now = state.get();
        }
        EventFd told = null;
        EventFd event = events[index].get(vector);
        // More than once only if the client exchanges the eventfd in this very moment: it may not look at the old one
        // any more.
        for (int tries = 0; tries < MAX_EXCHANGES && event != null && !event.equals(told); tries++) {
            event.signal();
            told = event;
            event = events[index].get(vector);
        }
        if (event == null) {
            state.getAndUpdate(was -> was | WAITING);
            if (events[index].get(vector) != null) {
                fireWaiting(index, vector);
            }
        }
    }

    /** Sends the message that waits, if one does and nothing is in its way. */
    private void fireWaiting(int index, int vector) {
        if (states[index][vector].compareAndSet(WAITING, 0)) {
            fire(index, vector);
        }
    }

    private void firePin() {
        EventFd event = events[IRQ_INTX].get(0);
        if (event != null && states[IRQ_INTX][0].compareAndSet(WAITING, WAITING | MASKED)) {
            event.signal();
        }
    }

    /**
     * Carries SET_IRQS out. All of it is checked before any of it is done.
     *
     * @param payload the message's buffer
     * @param at where the command's structure begins
     * @param sizeBytes of the structure and what follows it
     * @return 0 or a negative error number
     */
    int set(MemorySegment payload, long at, int sizeBytes, MessageInput input) {
        int flags = payload.get(Wire.U32, at + Wire.FLAGS);
        int index = payload.get(Wire.U32, at + Wire.SET_IRQS_INDEX);
        int start = payload.get(Wire.U32, at + Wire.SET_IRQS_START);
        int count = payload.get(Wire.U32, at + Wire.SET_IRQS_COUNT);
        int data = flags & (SET_IRQS_NONE | SET_IRQS_BOOL | SET_IRQS_EVENTFD);
        int action = flags & (SET_IRQS_MASK | SET_IRQS_UNMASK | SET_IRQS_TRIGGER);
        int fds = input.fdCount();
        if (Integer.compareUnsigned(payload.get(Wire.U32, at + Wire.ARGSZ), Wire.SET_IRQS_BYTES) < 0
                || flags != (data | action)
                || Integer.bitCount(data) != 1
                || Integer.bitCount(action) != 1
                || index < 0
                || index >= IRQ_COUNT
                || start < 0
                || count < 0
                || (long) start + count > count(index)) {
            return -Errno.EINVAL.number();
        }
        if (data == SET_IRQS_EVENTFD) {
            // Masking by eventfd is not offered; without descriptors, this takes vectors away.
            if (action != SET_IRQS_TRIGGER || count == 0 || (fds != 0 && fds != count)) {
                return -Errno.EINVAL.number();
            }
            return assign(index, start, count, input);
        }
        if (fds != 0 || (data == SET_IRQS_BOOL && sizeBytes - Wire.SET_IRQS_BYTES < count)) {
            return -Errno.EINVAL.number();
        }
        if (count == 0) {
            if (data != SET_IRQS_NONE || action != SET_IRQS_TRIGGER || start != 0) {
                return -Errno.EINVAL.number();
            }
            disable(index);
            return 0;
        }
        if (action != SET_IRQS_TRIGGER && (infoFlags(index) & IRQ_MASKABLE) == 0) {
            return -Errno.EINVAL.number();
        }
        for (int i = 0; i < count; i++) {
            if (data == SET_IRQS_NONE || payload.get(Wire.U8, at + Wire.SET_IRQS_BYTES + i) != 0) {
                act(index, start + i, action);
            }
        }
        return 0;
    }

    private int assign(int index, int start, int count, MessageInput input) {
        List<EventFd> assigned = new ArrayList<>();
        try {
            while (input.fdCount() > 0) {
                assigned.add(EventFd.adopt(input.takeFd()));
            }
        } catch (LinuxException e) {
            assigned.forEach(EventFd::close);
            return -e.errno();
        } catch (RuntimeException | Error e) {
            assigned.forEach(EventFd::close);
            throw e;
        }
        for (int i = 0; i < count; i++) {
            retire(events[index].getAndSet(start + i, assigned.isEmpty() ? null : assigned.get(i)));
            if (index == IRQ_INTX) {
                states[index][0].getAndUpdate(now -> now & ~MASKED);
                if (states[index][0].get() == WAITING) {
                    firePin();
                }
            } else if (!assigned.isEmpty()) {
                fireWaiting(index, start + i);
            }
        }
        return 0;
    }

    private void act(int index, int vector, int action) {
        AtomicInteger state = states[index][vector];
        switch (action) {
            case SET_IRQS_MASK -> state.getAndUpdate(now -> now | MASKED);
            case SET_IRQS_UNMASK -> unmask(index, vector, state);
            default -> {
                // Fire now, whatever the function says: for tests of the path.
                EventFd event = events[index].get(vector);
                if (event != null) {
                    event.signal();
                }
            }
        }
    }

    private void unmask(int index, int vector, AtomicInteger state) {
        if (index == IRQ_INTX) {
            if ((state.getAndUpdate(now -> now & ~MASKED) & WAITING) != 0) {
                firePin();
            }
        } else if ((state.getAndSet(0) & WAITING) != 0) {
            fire(index, vector);
        }
    }

    private void disable(int index) {
        for (int i = 0; i < count(index); i++) {
            retire(events[index].getAndSet(i, null));
            // The pin's level is the function's own.
            int kept = index == IRQ_INTX ? WAITING : 0;
            states[index][i].getAndUpdate(now -> now & kept);
        }
    }

    private static void retire(@Nullable EventFd event) {
        if (event == null) {
            return;
        }
        event.close();
        if (event.isInUse()) {
            Deadlines.add(new Deadlines.Watched() {
                @Override
                public void check(long nowNanos) {
                    boolean _ = event.freeStuck();
                    if (!event.isInUse()) {
                        Deadlines.remove(this);
                    }
                }
            });
        }
    }

    /**
     * Frees threads of the function that a client holds up by filling an eventfd in the very moment of its signal, and takes such a vector
     * away. Called by the watcher of all sessions.
     */
    void freeStuck() {
        for (int index = 0; index < IRQ_COUNT; index++) {
            for (int i = 0; i < count(index); i++) {
                EventFd event = events[index].get(i);
                if (event != null && event.freeStuck() && events[index].compareAndSet(i, event, null)) {
                    retire(event);
                    complaints.say("The client fills the eventfd of interrupt " + index + "." + i
                            + " so that signalling it waits; that vector is taken away.");
                }
            }
        }
    }

    /** Takes every vector away. */
    void close() {
        for (int index = 0; index < IRQ_COUNT; index++) {
            disable(index);
        }
    }
}
