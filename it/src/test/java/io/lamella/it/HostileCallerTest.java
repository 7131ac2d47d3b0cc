// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreClock;
import io.lamella.core.CoreError;
import io.lamella.core.CoreProvider;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.CoreTable;
import io.lamella.core.c.platform.LentPlatform;
import io.lamella.pci.PciSlot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Java core's table for C, called as a C program with bad intentions would. */
@Timeout(60)
class HostileCallerTest {
    private static final long MIB = 1 << 20;
    private static final CoreTable TABLE = new CoreTable(CoreProvider.JAVA);
    private static final Map<CoreFunction, MethodHandle> HANDLES = new EnumMap<>(CoreFunction.class);
    private static final Set<Integer> CODES =
            Arrays.stream(CoreError.values()).map(error -> -error.errno()).collect(Collectors.toSet());

    private static final Set<CoreFunction> SIZED =
            EnumSet.of(CoreFunction.SESSION_ATTACH, CoreFunction.GPU_DESCRIBE, CoreFunction.SESSION_INFO);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment error = Structs.ERROR.allocate(arena);
    private final PciSlot slot = ContractGpus.next();
    private final LentPlatform platform =
            new LentPlatform(slot, ContractGpus.FIRMWARE, CoreClock.SYSTEM, MemorySegment.NULL, "hostile");
    private long gpu;

    @BeforeEach
    void open() {
        MemorySegment out = arena.allocate(8);
        assertThat(call(CoreFunction.GPU_OPEN, platform.struct(), MemorySegment.NULL, out, error))
                .as(sentence())
                .isZero();
        gpu = out.get(ValueLayout.JAVA_LONG, 0);
    }

    @AfterEach
    void close() {
        assertThat(call(CoreFunction.GPU_CLOSE, gpu, error)).isZero();
        assertThat(TABLE.openHandles()).isZero();
        platform.close();
        slot.close();
        arena.close();
    }

    private static int call(CoreFunction function, Object... arguments) {
        try {
            Object[] all = Stream.concat(
                            Stream.of(Structs.CORE_OPS.pointer(TABLE.struct(), function.cName())), Stream.of(arguments))
                    .toArray();
            MethodHandle handle;
            synchronized (HANDLES) {
                handle = HANDLES.computeIfAbsent(function, f -> Stubs.downcall(f.descriptor()));
            }
            return (int) handle.invokeWithArguments(all);
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    private String sentence() {
        return Structs.ERROR.text(error, "sentence");
    }

    private long attach() {
        MemorySegment attach = Structs.ATTACH.allocate(arena);
        Structs.ATTACH.setU32(attach, "lowest", Limits.version(1, 0));
        Structs.ATTACH.setU32(attach, "highest", Limits.version(1, 2));
        Structs.ATTACH.setPointer(attach, "client", Text.allocate(arena, "hostile"));
        Structs.ATTACH.setU64(attach, "capabilities", 0x1ff);
        MemorySegment out = arena.allocate(8);
        assertThat(call(CoreFunction.SESSION_ATTACH, gpu, attach, out, error))
                .as(sentence())
                .isZero();
        return out.get(ValueLayout.JAVA_LONG, 0);
    }

    private MemorySegment fbRequest(long sizeBytes) {
        MemorySegment request = Structs.FB_REQUEST.allocate(arena);
        Structs.FB_REQUEST.setPointer(request, "label", Text.allocate(arena, "part"));
        Structs.FB_REQUEST.setU64(request, "size", sizeBytes);
        return request;
    }

    @Test
    void nullAndNothingAreRefusedByEveryFunctionInASentence() {
        for (CoreFunction function : CoreFunction.values()) {
            Object[] nothing = function.descriptor().argumentLayouts().stream()
                    .map(layout -> layout instanceof ValueLayout.OfInt
                            ? (Object) 0
                            : layout instanceof ValueLayout.OfLong ? (Object) 0L : MemorySegment.NULL)
                    .toArray();
            assertThat(call(function, nothing)).as(function.cName()).isIn(CODES);
            nothing[nothing.length - 1] = error;
            int code = call(function, nothing);
            assertThat(code).as(function.cName()).isIn(CODES);
            assertThat(Structs.ERROR.u32(error, "code")).isEqualTo(code);
            assertThat(sentence()).as(function.cName()).hasSizeGreaterThan(10);
        }
    }

    /** Random numbers, handles of every kind and age, pointers to nothing or to memory that says nothing. */
    @Test
    void nonsenseIsAnsweredWithACode() {
        long seed = System.nanoTime();
        System.out.println("HostileCallerTest.nonsenseIsAnsweredWithACode seed " + seed);
        Random random = new Random(seed);
        long session = attach();
        MemorySegment out = arena.allocate(8);
        MemorySegment where = Structs.RANGE.allocate(arena);
        assertThat(call(CoreFunction.FB_ALLOCATE, session, fbRequest(MIB), out, where, error))
                .isZero();
        long range = out.get(ValueLayout.JAVA_LONG, 0);
        assertThat(call(CoreFunction.BAR1_MAP, session, range, 0L, MIB, out, where, error))
                .isZero();
        List<Long> handles = new ArrayList<>(List.of(0L, -1L, gpu, session, range, out.get(ValueLayout.JAVA_LONG, 0)));
        // Ends of the GPU and of the session would leave nothing to be wrong about.
        List<CoreFunction> functions = Stream.of(CoreFunction.values())
                .filter(function -> function != CoreFunction.GPU_OPEN
                        && function != CoreFunction.GPU_CLOSE
                        && function != CoreFunction.SESSION_CLOSE
                        && function != CoreFunction.SRIOV_ENABLE)
                .toList();
        assertThat(call(CoreFunction.FB_ALLOCATE, session, fbRequest(MIB), out, where, error))
                .isZero();
        long closed = out.get(ValueLayout.JAVA_LONG, 0);
        handles.add(closed);
        assertThat(call(CoreFunction.RESOURCE_CLOSE, closed, error)).isZero();
        for (int round = 0; round < 6_000; round++) {
            CoreFunction function = functions.get(random.nextInt(functions.size()));
            Object[] arguments = function.descriptor().argumentLayouts().stream()
                    .map(layout -> argument(random, function, layout, handles))
                    .toArray();
            arguments[arguments.length - 1] = random.nextInt(4) == 0 ? MemorySegment.NULL : error;
            int code = call(function, arguments);
            if (code != 0) {
                assertThat(code).as(function.cName()).isIn(CODES);
            }
        }
        assertThat(call(CoreFunction.SESSION_CLOSE, session, error)).isZero();
    }

    private Object argument(Random random, CoreFunction function, MemoryLayout layout, List<Long> handles) {
        if (layout instanceof ValueLayout.OfInt) {
            return random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(16);
        }
        if (layout instanceof ValueLayout.OfLong) {
            return switch (random.nextInt(4)) {
                case 0 -> random.nextLong();
                case 1 -> (long) random.nextInt(65_536);
                default -> handles.get(random.nextInt(handles.size()));
            };
        }
        // Inner pointers are NULL; where no pointer comes first, what looks like a struct_size is large enough.
        if (random.nextInt(4) == 0) {
            return MemorySegment.NULL;
        }
        MemorySegment memory = scratch.asSlice(0, 8192);
        memory.fill((byte) 0);
        if (SIZED.contains(function)) {
            memory.set(ValueLayout.JAVA_INT, 0, 4096);
        }
        return memory;
    }

    // As long as the longest block that fits the mapping.
    private final MemorySegment scratch = arena.allocate(MIB, 8);

    @Test
    void textAndCountsAreBounded() {
        long session = attach();
        MemorySegment out = arena.allocate(8);
        MemorySegment where = Structs.RANGE.allocate(arena);
        MemorySegment request = fbRequest(MIB);
        Structs.FB_REQUEST.setPointer(request, "label", Text.allocate(arena, "x".repeat(5_000)));
        assertThat(call(CoreFunction.FB_ALLOCATE, session, request, out, where, error))
                .isEqualTo(-CoreError.INVALID.errno());
        assertThat(sentence()).contains("longer than 511 bytes");
        MemorySegment bad = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 0xc3, (byte) 0x28, (byte) 0);
        Structs.FB_REQUEST.setPointer(request, "label", bad);
        assertThat(call(CoreFunction.FB_ALLOCATE, session, request, out, where, error))
                .isEqualTo(-CoreError.INVALID.errno());
        assertThat(sentence()).contains("not UTF-8");

        MemorySegment roots = Structs.RM_ROOTS.allocate(arena);
        assertThat(call(CoreFunction.RM_OPEN, session, Text.allocate(arena, "rm"), out, roots, error))
                .isZero();
        long rm = out.get(ValueLayout.JAVA_LONG, 0);
        MemorySegment control = Structs.RM_REQUEST.allocate(arena);
        Structs.RM_REQUEST.setPointer(control, "name", Text.allocate(arena, "GPU_GET_VMMU_SEGMENT_SIZE"));
        Structs.RM_REQUEST.setU32(control, "field_count", -1);
        Structs.RM_REQUEST.setPointer(control, "fields", scratch);
        assertThat(call(CoreFunction.RM_CONTROL, rm, roots, control, out, error))
                .isEqualTo(-CoreError.INVALID.errno());
        assertThat(sentence()).contains("4294967295 of a request's fields");
        // A session is no range, and a range that was closed is another mistake.
        assertThat(call(CoreFunction.FB_SCRUB, session, session, error)).isEqualTo(-CoreError.NOT_FOUND.errno());
        assertThat(call(CoreFunction.RESOURCE_CLOSE, rm, error)).isZero();
        assertThat(call(CoreFunction.RESOURCE_CLOSE, rm, error)).isZero();
        assertThat(call(CoreFunction.RM_CONTROL, rm, roots, control, out, error))
                .isEqualTo(-CoreError.CLOSED.errno());
        assertThat(sentence()).contains("was closed");
    }

    @Test
    void closingUnderCallsLeavesNothingBehind() throws InterruptedException {
        Set<Integer> codes = new ConcurrentSkipListSet<>();
        for (int round = 0; round < 8; round++) {
            long session = attach();
            CountDownLatch busy = new CountDownLatch(3);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.ofPlatform().start(() -> codes.add(workUntilRefused(session, busy))));
            }
            busy.await();
            assertThat(call(CoreFunction.SESSION_CLOSE, session, error)).isZero();
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(codes).containsExactly(-CoreError.CLOSED.errno());
        assertThat(TABLE.openHandles()).as("the GPU alone").isEqualTo(1);
    }

    private int workUntilRefused(long session, CountDownLatch busy) {
        try (Arena own = Arena.ofConfined()) {
            MemorySegment request = Structs.FB_REQUEST.allocate(own);
            Structs.FB_REQUEST.setPointer(request, "label", Text.allocate(own, "part"));
            Structs.FB_REQUEST.setU64(request, "size", 4096);
            MemorySegment out = own.allocate(8);
            MemorySegment map = own.allocate(8);
            MemorySegment where = Structs.RANGE.allocate(own);
            MemorySegment failed = Structs.ERROR.allocate(own);
            for (int i = 0; ; i++) {
                int code = call(CoreFunction.FB_ALLOCATE, session, request, out, where, failed);
                long fb = out.get(ValueLayout.JAVA_LONG, 0);
                if (code == 0) {
                    code = call(CoreFunction.BAR1_MAP, session, fb, 0L, 4096L, map, where, failed);
                }
                long mapping = map.get(ValueLayout.JAVA_LONG, 0);
                if (code == 0) {
                    code = call(CoreFunction.BAR1_WRITE, mapping, 0L, 4, 1L, failed);
                }
                if (code == 0) {
                    code = call(CoreFunction.RESOURCE_CLOSE, fb, failed);
                }
                if (i == 2) {
                    busy.countDown();
                }
                if (code != 0) {
                    return code;
                }
            }
        }
    }
}
