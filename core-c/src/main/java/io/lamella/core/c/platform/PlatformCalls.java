// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.platform;

import io.lamella.core.c.abi.PlatformFunction;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import io.lamella.core.c.abi.Tables;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.stream.Stream;

/** Calls to the functions of a C program's platform. */
final class PlatformCalls {
    private static final MethodHandle CONFIG_SIZE = of(PlatformFunction.CONFIG_SIZE);
    private static final MethodHandle CONFIG_READ = of(PlatformFunction.CONFIG_READ);
    private static final MethodHandle CONFIG_WRITE = of(PlatformFunction.CONFIG_WRITE);
    private static final MethodHandle BAR_DESCRIBE = of(PlatformFunction.BAR_DESCRIBE);
    private static final MethodHandle BAR_READ = of(PlatformFunction.BAR_READ);
    private static final MethodHandle BAR_WRITE = of(PlatformFunction.BAR_WRITE);
    private static final MethodHandle BAR_BLOCK = of(PlatformFunction.BAR_READ_BLOCK);
    private static final MethodHandle DMA_ALLOCATE = of(PlatformFunction.DMA_ALLOCATE);
    private static final MethodHandle DMA_FREE = of(PlatformFunction.DMA_FREE);
    private static final MethodHandle INTERRUPT_COUNT = of(PlatformFunction.INTERRUPT_COUNT);
    private static final MethodHandle INTERRUPT_LISTEN = of(PlatformFunction.INTERRUPT_LISTEN);
    private static final MethodHandle RESET = of(PlatformFunction.RESET);
    private static final MethodHandle FIRMWARE_READ = of(PlatformFunction.FIRMWARE_READ);
    private static final MethodHandle CLOCK_NANOS = of(PlatformFunction.CLOCK_NANOS);
    private static final MethodHandle SLEEP_NANOS = of(PlatformFunction.SLEEP_NANOS);

    private final MemorySegment context;
    private final MemorySegment[] functions;

    private PlatformCalls(MemorySegment context, MemorySegment[] functions) {
        this.context = context;
        this.functions = functions;
    }

    private static MethodHandle of(PlatformFunction function) {
        return Stubs.downcall(function.descriptor());
    }

    static PlatformCalls of(MemorySegment pointer) {
        List<String> names = Stream.of(PlatformFunction.values())
                .map(PlatformFunction::cName)
                .toList();
        MemorySegment[] functions = Tables.functions(Structs.PLATFORM, pointer, "The platform", names);
        MemorySegment struct = Structs.PLATFORM.behind(pointer);
        return new PlatformCalls(Structs.PLATFORM.pointer(struct, "context"), functions);
    }

    private MemorySegment at(PlatformFunction function) {
        return functions[function.position()];
    }

    int configSize(MemorySegment out) {
        try {
            return (int) CONFIG_SIZE.invokeExact(at(PlatformFunction.CONFIG_SIZE), context, out);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int configRead(int offset, int width, MemorySegment out) {
        try {
            return (int) CONFIG_READ.invokeExact(at(PlatformFunction.CONFIG_READ), context, offset, width, out);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int configWrite(int offset, int width, long value) {
        try {
            return (int) CONFIG_WRITE.invokeExact(at(PlatformFunction.CONFIG_WRITE), context, offset, width, value);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int barDescribe(int bar, MemorySegment out) {
        try {
            return (int) BAR_DESCRIBE.invokeExact(at(PlatformFunction.BAR_DESCRIBE), context, bar, out);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int barRead(int bar, long offset, int width, MemorySegment out) {
        try {
            return (int) BAR_READ.invokeExact(at(PlatformFunction.BAR_READ), context, bar, offset, width, out);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int barWrite(int bar, long offset, int width, long value) {
        try {
            return (int) BAR_WRITE.invokeExact(at(PlatformFunction.BAR_WRITE), context, bar, offset, width, value);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    /** @param which {@link PlatformFunction#BAR_READ_BLOCK} or {@link PlatformFunction#BAR_WRITE_BLOCK} */
    int barBlock(PlatformFunction which, int bar, long offset, MemorySegment block) {
        try {
            return (int) BAR_BLOCK.invokeExact(at(which), context, bar, offset, block, block.byteSize());
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int allocate(long sizeBytes, long alignmentBytes, MemorySegment out) {
        try {
            return (int) DMA_ALLOCATE.invokeExact(
                    at(PlatformFunction.DMA_ALLOCATE), context, sizeBytes, alignmentBytes, out);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int free(long id) {
        try {
            return (int) DMA_FREE.invokeExact(at(PlatformFunction.DMA_FREE), context, id);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int interruptCount(int kind, MemorySegment out) {
        try {
            return (int) INTERRUPT_COUNT.invokeExact(at(PlatformFunction.INTERRUPT_COUNT), context, kind, out);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int listen(MemorySegment stub, MemorySegment stubContext) {
        try {
            return (int)
                    INTERRUPT_LISTEN.invokeExact(at(PlatformFunction.INTERRUPT_LISTEN), context, stub, stubContext);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int reset(MemorySegment done) {
        try {
            return (int) RESET.invokeExact(at(PlatformFunction.RESET), context, done);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    int firmware(MemorySegment name, MemorySegment to, long capacity, MemorySegment size) {
        try {
            return (int)
                    FIRMWARE_READ.invokeExact(at(PlatformFunction.FIRMWARE_READ), context, name, to, capacity, size);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    long nanos() {
        try {
            return (long) CLOCK_NANOS.invokeExact(at(PlatformFunction.CLOCK_NANOS), context);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    void sleep(long nanos) {
        try {
            SLEEP_NANOS.invokeExact(at(PlatformFunction.SLEEP_NANOS), context, nanos);
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }
}
