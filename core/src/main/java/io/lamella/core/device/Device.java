// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GpuGoneException;
import io.lamella.hw.Loc;
import io.lamella.hw.Reg32;
import io.lamella.hw.reg.Pmc;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The GPU as a PCI function: registers, apertures, configuration space, waiting, and noticing that it is gone.
 *
 * <p>A function takes accesses from one thread at a time, so each access is made under a lock that is held for that access and nothing
 * else. A read of all ones is checked against {@code BOOT_0}, which never has that value: if it has, the function is gone, for good.
 */
public final class Device {
    /** Where the registers are. */
    public static final int REGISTERS = 0;
    /** The aperture to frame buffer. */
    public static final int BAR1 = 1;

    private static final int MEMORY_AND_MASTER = 0x6;
    private static final int COMMAND = 0x4;
    private static final long LONGEST_SLEEP_NANOS = 500_000;

    private final PciFunction function;
    private final DmaAllocator memory;
    private final CoreClock clock;
    private final ReentrantLock access = new ReentrantLock();
    private final AtomicReference<@Nullable String> goneReason = new AtomicReference<>();
    private volatile Consumer<String> onGone = reason -> {};

    public Device(PciSlot slot, CoreClock clock) {
        this.function = slot.function();
        this.memory = slot.memory();
        this.clock = clock;
    }

    /** Who is told, once, when the function is found gone. On the thread that found it; must not wait. */
    public void onGone(Consumer<String> listener) {
        onGone = listener;
    }

    public DmaAllocator memory() {
        return memory;
    }

    public CoreClock clock() {
        return clock;
    }

    /** Size of a BAR. */
    public long barSizeBytes(int bar) {
        return function.barLayout(bar).sizeBytes();
    }

    /** Lets the function answer to memory accesses and reach memory itself. */
    public void enable() {
        configWrite(COMMAND, 2, configRead(COMMAND, 2) | MEMORY_AND_MASTER);
    }

    /** Takes away what {@link #enable} gave. */
    public void disable() {
        configWrite(COMMAND, 2, configRead(COMMAND, 2) & ~MEMORY_AND_MASTER);
    }

    public int configRead(int offset, int sizeBytes) {
        int value;
        access.lock();
        try {
            checkPresent();
            value = (int) function.readConfig(offset, sizeBytes);
        } finally {
            access.unlock();
        }
        if (value == (int) ((1L << (sizeBytes * 8)) - 1)) {
            probe();
        }
        return value;
    }

    public void configWrite(int offset, int sizeBytes, int value) {
        access.lock();
        try {
            checkPresent();
            function.writeConfig(offset, sizeBytes, Integer.toUnsignedLong(value));
        } finally {
            access.unlock();
        }
    }

    public int configSizeBytes() {
        return function.configSizeBytes();
    }

    public int read(int offset) {
        return readBar(REGISTERS, offset);
    }

    public void write(int offset, int value) {
        writeBar(REGISTERS, offset, value);
    }

    public <R extends Reg32> R read(Loc.Fixed<R> register) {
        return register.of(read(register.offset()));
    }

    public void write(Loc.Fixed<?> register, int value) {
        write(register.offset(), value);
    }

    public <R extends Reg32> void write(Loc.Fixed<R> register, R value) {
        write(register.offset(), value.raw());
    }

    /** Reads, changes, writes. */
    public <R extends Reg32> void update(Loc.Fixed<R> register, UnaryOperator<R> change) {
        write(register, change.apply(read(register)));
    }

    public int readBar(int bar, long offset) {
        return (int) readBar(bar, offset, 4);
    }

    public long readBar(int bar, long offset, int sizeBytes) {
        long value;
        access.lock();
        try {
            checkPresent();
            value = function.readBar(bar, offset, sizeBytes);
        } finally {
            access.unlock();
        }
        if (value == (sizeBytes == 8 ? -1L : (1L << (sizeBytes * 8)) - 1)) {
            probe();
        }
        return value;
    }

    public void writeBar(int bar, long offset, int value) {
        writeBar(bar, offset, 4, Integer.toUnsignedLong(value));
    }

    public void writeBar(int bar, long offset, int sizeBytes, long value) {
        access.lock();
        try {
            checkPresent();
            function.writeBar(bar, offset, sizeBytes, value);
        } finally {
            access.unlock();
        }
    }

    public void readBar(int bar, long offset, MemorySegment destination) {
        access.lock();
        try {
            checkPresent();
            function.readBar(bar, offset, destination);
        } finally {
            access.unlock();
        }
        probe();
    }

    public void writeBar(int bar, long offset, MemorySegment source) {
        access.lock();
        try {
            checkPresent();
            function.writeBar(bar, offset, source);
        } finally {
            access.unlock();
        }
        probe();
    }

    /** Function-level reset. */
    public void reset() {
        access.lock();
        try {
            function.reset();
        } finally {
            access.unlock();
        }
    }

    /** Looks whether the function still answers. @throws GpuGoneException if it does not */
    public void probe() {
        long value;
        access.lock();
        try {
            checkPresent();
            value = function.readBar(REGISTERS, Pmc.BOOT_0.offset(), 4);
        } finally {
            access.unlock();
        }
        if ((int) value == -1) {
            gone("its registers read as ones");
        }
    }

    /** Notes that the function is gone and says so. */
    private void gone(String reason) {
        if (goneReason.compareAndSet(null, reason)) {
            onGone.accept(reason);
        }
        checkPresent();
    }

    /** @throws GpuGoneException if the function was found gone before */
    public void checkPresent() {
        String reason = goneReason.get();
        if (reason != null) {
            throw new GpuGoneException("The GPU is gone: " + reason + ".");
        }
    }

    public boolean isGone() {
        return goneReason.get() != null;
    }

    /**
     * Waits until {@code done}, looking again and again with growing pauses.
     *
     * @param what finishes the sentence "The GPU did not ..."
     * @throws CoreException {@code TIMED_OUT}
     */
    public void await(String what, int timeoutMillis, BooleanSupplier done) {
        Deadline deadline = new Deadline(clock, timeoutMillis);
        long pause = 1_000;
        while (!done.getAsBoolean()) {
            if (deadline.isOver()) {
                probe();
                if (done.getAsBoolean()) {
                    return;
                }
                throw new CoreException(
                        CoreError.TIMED_OUT, "The GPU did not " + what + " within " + timeoutMillis + " ms.");
            }
            clock.sleepNanos(pause);
            pause = Math.min(pause * 2, LONGEST_SLEEP_NANOS);
        }
    }
}
