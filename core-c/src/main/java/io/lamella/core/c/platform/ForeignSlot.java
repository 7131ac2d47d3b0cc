// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.platform;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FirmwareSource;
import io.lamella.core.c.abi.Errors;
import io.lamella.core.c.abi.HandleTable;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import io.lamella.core.c.abi.Text;
import io.lamella.pci.DmaAllocator;
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
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A slot for the Java core, on the platform of a C program. Also its firmware files and its clock. */
public final class ForeignSlot implements PciSlot, FirmwareSource, CoreClock {
    private static final Logger LOG = System.getLogger(ForeignSlot.class.getName());
    private static final long LARGEST_FILE_BYTES = 256L << 20;
    private static final HandleTable SLOTS = new HandleTable();
    private static final MemorySegment INTERRUPT_STUB = interruptStub();

    private final PlatformCalls calls;
    private final ForeignFunction function;
    private final long id;
    private final Set<Buffer> buffers = ConcurrentHashMap.newKeySet();
    private volatile @Nullable IntConsumer handler;

    /** @throws CoreException {@code INVALID} or {@code NOT_SUPPORTED} for a platform that is not complete */
    public ForeignSlot(MemorySegment platform) {
        calls = PlatformCalls.of(platform);
        function = new ForeignFunction(calls);
        id = SLOTS.add(this);
    }

    private static MemorySegment interruptStub() {
        try {
            FunctionDescriptor descriptor = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
            MethodHandle target = MethodHandles.lookup()
                    .findStatic(
                            ForeignSlot.class,
                            "interrupt",
                            MethodType.methodType(void.class, MemorySegment.class, int.class));
            return Stubs.plain(target, descriptor);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    @SuppressWarnings("unused") // Found by name.
    private static void interrupt(MemorySegment context, int vector) {
        ForeignSlot slot = SLOTS.find(context.address(), ForeignSlot.class);
        IntConsumer to = slot == null ? null : slot.handler;
        if (to != null) {
            to.accept(vector);
        }
    }

    @Override
    public PciFunction function() {
        return function;
    }

    @Override
    public DmaAllocator memory() {
        return this::allocate;
    }

    private DmaBuffer allocate(long sizeBytes, long alignmentBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = Structs.DMA.allocate(arena);
            int code = calls.allocate(sizeBytes, alignmentBytes, out);
            MemorySegment memory = Structs.DMA.pointer(out, "memory");
            if (code != 0 || memory.address() == 0 || Structs.DMA.u64(out, "size") < sizeBytes) {
                throw new CoreException(
                        code < 0 ? Errors.kind(code) : CoreError.NO_SPACE,
                        "The platform gave no DMA memory of " + sizeBytes + " bytes (" + code + ").");
            }
            Buffer buffer = new Buffer(
                    memory, Structs.DMA.u64(out, "size"), Structs.DMA.u64(out, "iova"), Structs.DMA.u64(out, "id"));
            buffers.add(buffer);
            return buffer;
        }
    }

    private final class Buffer implements DmaBuffer {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final long iova;
        private final long number;
        private final AtomicBoolean freed = new AtomicBoolean();

        Buffer(MemorySegment memory, long sizeBytes, long iova, long number) {
            this.memory = memory.reinterpret(sizeBytes, arena, null);
            this.iova = iova;
            this.number = number;
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
            if (freed.compareAndSet(false, true)) {
                buffers.remove(this);
                arena.close();
                int code = calls.free(number);
                if (code != 0) {
                    LOG.log(Level.WARNING, "The platform did not take DMA memory back ({0}).", code);
                }
            }
        }
    }

    @Override
    public void onInterrupt(IntConsumer interruptHandler) {
        boolean first = handler == null;
        handler = interruptHandler;
        if (first) {
            int code = calls.listen(INTERRUPT_STUB, MemorySegment.ofAddress(id));
            if (code != 0) {
                throw new CoreException(Errors.kind(code), "The platform does not deliver interrupts (" + code + ").");
            }
        }
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        if (name.length() >= Limits.NAME_BYTES) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = Text.allocate(arena, name);
            MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
            int code = calls.firmware(path, MemorySegment.NULL, 0, size);
            if (code == -CoreError.NOT_FOUND.errno()) {
                return Optional.empty();
            }
            long sizeBytes = size.get(ValueLayout.JAVA_LONG, 0);
            if (code != 0 || sizeBytes < 0 || sizeBytes > LARGEST_FILE_BYTES) {
                throw new IOException("The platform cannot read " + name + " (" + code + ", " + sizeBytes + " bytes).");
            }
            MemorySegment bytes = arena.allocate(Math.max(1, sizeBytes));
            code = calls.firmware(path, bytes, sizeBytes, size);
            if (code != 0 || size.get(ValueLayout.JAVA_LONG, 0) != sizeBytes) {
                throw new IOException("The platform changed or lost " + name + " while it was read (" + code + ").");
            }
            return Optional.of(bytes.asSlice(0, sizeBytes).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Override
    public long nanoTime() {
        return calls.nanos();
    }

    @Override
    public void sleepNanos(long nanos) {
        calls.sleep(nanos);
    }

    /** Leaves the platform alone from here on. Frees what memory is left. */
    @Override
    public void close() {
        if (SLOTS.remove(id)) {
            if (handler != null) {
                calls.listen(MemorySegment.NULL, MemorySegment.NULL);
            }
            buffers.forEach(Buffer::close);
        }
    }
}
