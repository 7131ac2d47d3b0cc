// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.platform;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FirmwareSource;
import io.lamella.core.c.abi.HandleTable;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.PlatformFunction;
import io.lamella.core.c.abi.PlatformThreads;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import io.lamella.pci.DmaBuffer;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A slot, lent to a core in C until that core has closed the GPU. Its {@code context} is a number that stops leading anywhere once this
 * is closed, so that late calls are refused.
 */
public final class LentPlatform implements AutoCloseable {
    private static final HandleTable LENT = new HandleTable();
    private static final MethodHandle INTERRUPT =
            Stubs.downcall(FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MemorySegment[] FUNCTIONS = functions();
    private static final long LONGEST_WAIT_SECONDS = 10;

    private final PciSlot slot;
    private final FirmwareSource firmware;
    private final CoreClock clock;
    private final Logger log;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment struct;
    private final long id;
    private final ReentrantLock access = new ReentrantLock();
    private final ReentrantLock interrupts = new ReentrantLock();
    private final Map<Long, DmaBuffer> buffers = new ConcurrentHashMap<>();
    private final AtomicLong nextBuffer = new AtomicLong(1);
    // Guarded by the interrupts' lock.
    private MemorySegment listener = MemorySegment.NULL;
    private MemorySegment listenerContext = MemorySegment.NULL;
    private volatile @Nullable LastFile lastFile;

    // The bytes are not compared.
    @SuppressWarnings("ArrayRecordComponent")
    private record LastFile(String name, byte[] bytes) {}

    /**
     * @param next the table of another core to build on, or NULL
     * @param coreName whose lines in the log these are
     */
    public LentPlatform(PciSlot slot, FirmwareSource firmware, CoreClock clock, MemorySegment next, String coreName) {
        this.slot = slot;
        this.firmware = firmware;
        this.clock = clock;
        log = System.getLogger("io.lamella.core.c." + coreName.replaceAll("[^A-Za-z0-9_-]", "_"));
        id = LENT.add(this);
        struct = Structs.PLATFORM.allocate(arena);
        Structs.PLATFORM.setU32(struct, "abi_version", Limits.version(Limits.MAJOR, Limits.MINOR));
        Structs.PLATFORM.setPointer(struct, "context", MemorySegment.ofAddress(id));
        Structs.PLATFORM.setPointer(struct, "next", next);
        for (PlatformFunction function : PlatformFunction.values()) {
            Structs.PLATFORM.setPointer(struct, function.cName(), FUNCTIONS[function.position()]);
        }
    }

    private static MemorySegment[] functions() {
        PlatformEntries entries = new PlatformEntries();
        PlatformFunction[] all = PlatformFunction.values();
        MemorySegment[] stubs = new MemorySegment[all.length];
        for (PlatformFunction function : all) {
            MethodHandle method =
                    Stubs.method(MethodHandles.lookup(), function.cName(), function.descriptor(), entries);
            stubs[function.position()] = Stubs.plain(method, function.descriptor());
        }
        return stubs;
    }

    /** The struct to hand to the core. */
    public MemorySegment struct() {
        return struct;
    }

    /** The one that a context stands for. @throws CoreException {@code GONE} once it is closed */
    static LentPlatform of(MemorySegment context) {
        LentPlatform found = LENT.find(context.address(), LentPlatform.class);
        if (found == null) {
            throw new CoreException(CoreError.GONE, "The platform is no longer lent.");
        }
        return found;
    }

    /** Makes one access to the function. */
    <T> T access(java.util.function.Function<PciFunction, T> how) {
        access.lock();
        try {
            return how.apply(slot.function());
        } finally {
            access.unlock();
        }
    }

    long read(boolean config, int bar, long offset, int width) {
        access.lock();
        try {
            return config
                    ? slot.function().readConfig((int) offset, width)
                    : slot.function().readBar(bar, offset, width);
        } finally {
            access.unlock();
        }
    }

    void write(boolean config, int bar, long offset, int width, long value) {
        access.lock();
        try {
            if (config) {
                slot.function().writeConfig((int) offset, width, value);
            } else {
                slot.function().writeBar(bar, offset, width, value);
            }
        } finally {
            access.unlock();
        }
    }

    void allocate(long sizeBytes, long alignmentBytes, MemorySegment out) {
        if (sizeBytes < 1 || alignmentBytes < 4096 || Long.bitCount(alignmentBytes) != 1) {
            throw new CoreException(
                    CoreError.INVALID,
                    "DMA memory of " + sizeBytes + " bytes aligned to " + alignmentBytes + " cannot be had.");
        }
        DmaBuffer buffer = slot.memory().allocate(sizeBytes, alignmentBytes);
        long number = nextBuffer.getAndIncrement();
        buffers.put(number, buffer);
        Structs.DMA.setPointer(out, "memory", buffer.memory());
        Structs.DMA.setU64(out, "iova", buffer.iova());
        Structs.DMA.setU64(out, "size", buffer.memory().byteSize());
        Structs.DMA.setU64(out, "id", number);
    }

    void free(long number) {
        DmaBuffer buffer = buffers.remove(number);
        if (buffer == null) {
            throw new CoreException(CoreError.NOT_FOUND, "There is no DMA memory with the number " + number + ".");
        }
        buffer.close();
    }

    void listen(MemorySegment function, MemorySegment context) {
        lockInterrupts();
        try {
            listener = function;
            listenerContext = context;
        } finally {
            interrupts.unlock();
        }
        // A slot keeps what comes before there is a handler.
        slot.onInterrupt(
                function.address() == 0 ? ignored -> {} : vector -> PlatformThreads.run(() -> interrupt(vector)));
    }

    private void lockInterrupts() {
        try {
            if (interrupts.tryLock(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        throw new CoreException(CoreError.BUSY, "The interrupt listener of before does not return.");
    }

    private void interrupt(int vector) {
        interrupts.lock();
        try {
            if (listener.address() != 0) {
                INTERRUPT.invokeExact(listener, listenerContext, vector);
            }
        } catch (Throwable failure) {
            throw new IllegalStateException("The core's interrupt listener could not be called.", failure);
        } finally {
            interrupts.unlock();
        }
    }

    /** A firmware file's bytes. Kept from the question for its size to the reading of it. */
    byte[] file(String name, boolean last) throws IOException {
        LastFile kept = lastFile;
        byte[] bytes;
        if (kept != null && kept.name().equals(name)) {
            bytes = kept.bytes();
        } else {
            Optional<byte[]> read = firmware.read(name);
            bytes = read.orElseThrow(() -> new CoreException(CoreError.NOT_FOUND, "There is no file " + name + "."));
        }
        lastFile = last ? null : new LastFile(name, bytes);
        return bytes;
    }

    void log(int level, String text) {
        Level[] levels = {Level.ERROR, Level.WARNING, Level.INFO};
        log.log(level >= 0 && level < levels.length ? levels[level] : Level.DEBUG, text.replaceAll("\\p{Cntrl}", " "));
    }

    CoreClock clock() {
        return clock;
    }

    /** Takes the slot back: late calls are refused, and what memory the core left is freed. */
    @Override
    public void close() {
        if (!LENT.remove(id)) {
            return;
        }
        try {
            listen(MemorySegment.NULL, MemorySegment.NULL);
        } catch (CoreException stillRunning) {
            log.log(Level.WARNING, stillRunning.getMessage());
        }
        buffers.keySet().forEach(number -> {
            DmaBuffer buffer = buffers.remove(number);
            if (buffer != null) {
                buffer.close();
            }
        });
        arena.close();
    }
}
