// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import com.sun.management.ThreadMXBean;
import io.lamella.hw.method.CopyMethod;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * {@code lamella bench copy}: how fast a copy engine of the software GPU moves memory, beside a plain copy of the same memory in the same Java
 * machine and the same round. The work goes the hardware's way: push buffer, ring, doorbell, page tables, semaphore.
 */
public final class CopyBench {
    private static final int ROUNDS = 5;
    private static final int WARM_UPS = 2;

    /** Copies that the compiler of the Java machine sees before anything counts. */
    private static final int FIRST_COPIES = 60;

    /** Copies of an area that make a round, and pushes of 4 KiB. */
    private static final int REPEAT = 8;

    private static final int PUSHES = 1000;
    private static final int PUSH_WARM_UPS = 40;
    private static final int LATENCIES = 300;
    private static final int SMALL_BYTES = 4096;
    private static final int AREA = CopyRig.AREA_BYTES;
    private static final double LIMIT = 0.8;

    private static final int PLAIN_LAUNCH = 2 | 1 << 7 | 1 << 8;
    private static final int MULTI_LINE = 1 << 9;
    private static final int REMAP = 1 << 10;
    private static final int SOURCE_PITCH = 1 << 7;
    private static final int DESTINATION_PITCH = 1 << 8;

    /** Destination A, B, A, B of four bytes from constant A; and z, y, x, w of four. */
    private static final int FILL_RULE = 4 | 3 << 16;

    private static final int SWAP_RULE = 2 | 1 << 4 | 3 << 12 | 3 << 20 | 3 << 24;

    /** Blocks of one GOB by 16. */
    private static final int BLOCK_SIZE = 4 << 4 | 1 << 12;

    private static final int SURFACE_WIDTH = 8192;

    private final PrintStream progress;
    private final CopyRig rig;
    private final List<Line> lines = new ArrayList<>();

    /** A measure and what it gave. */
    record Line(String name, String unit, String against, double limit, Figures figures) {
        boolean hasLimit() {
            return limit >= 0;
        }

        boolean isMet() {
            return unit.equals("B") ? figures.device() < 0.5 : figures.ratio() >= limit;
        }
    }

    private interface Work {
        void run();
    }

    private CopyBench(PrintStream progress, CopyRig rig) {
        this.progress = progress;
        this.rig = rig;
    }

    /**
     * Measures and prints.
     *
     * @param json whether the result is one JSON object instead of a table
     * @param out for the result
     * @param progress for what is being done
     * @return the exit code: 0 if it was measured, whether or not limits are met
     */
    public static int run(boolean json, PrintStream out, PrintStream progress) {
        long start = System.nanoTime();
        progress.println("Booting a software GPU.");
        try (CopyRig rig = new CopyRig()) {
            CopyBench bench = new CopyBench(progress, rig);
            bench.measure();
            double seconds = (System.nanoTime() - start) / 1e9;
            out.print(json ? CopyReport.json(bench.lines, seconds) : CopyReport.text(bench.lines, seconds));
            return 0;
        } catch (BenchException e) {
            progress.println(e.getMessage());
            return 1;
        }
    }

    private void measure() {
        MemorySegment a = rig.videoA();
        MemorySegment b = rig.videoB();
        MemorySegment system = rig.system();
        fillRandomly(a);
        fillRandomly(b);
        fillRandomly(system);
        warmUp();
        copy("VRAM to VRAM, 2 MiB pages", CopyRig.VIDEO_A, CopyRig.VIDEO_B, a, b, LIMIT);
        copy("VRAM to VRAM, 4 KiB pages", CopyRig.VIDEO_SMALL, CopyRig.VIDEO_B, a, b, LIMIT);
        scattered("VRAM to VRAM, scattered 4 KiB", CopyRig.VIDEO_SCATTERED, CopyRig.VIDEO_B, a, b, true);
        copy("GART to VRAM, in one piece", CopyRig.GART, CopyRig.VIDEO_B, system, b, LIMIT);
        scattered("GART to VRAM, reversed 4 KiB", CopyRig.GART_REVERSED, CopyRig.VIDEO_B, system, b, true);
        scattered("GART to VRAM, scattered 4 KiB", CopyRig.GART_SCATTERED, CopyRig.VIDEO_B, system, b, true);
        copy("VRAM to GART, in one piece", CopyRig.VIDEO_A, CopyRig.GART, a, system, LIMIT);
        scattered("VRAM to GART, reversed 4 KiB", CopyRig.VIDEO_A, CopyRig.GART_REVERSED, a, system, false);
        scattered("VRAM to GART, scattered 4 KiB", CopyRig.VIDEO_A, CopyRig.GART_SCATTERED, a, system, false);
        gigabytes("remap: fill with a constant", "fill", this::fill, () -> b.fill((byte) 0x11));
        gigabytes("remap: swap bytes of words", "copy", this::swap, () -> MemorySegment.copy(a, 0, b, 0, AREA));
        gigabytes("pitch to block-linear", "copy", this::tile, () -> MemorySegment.copy(a, 0, b, 0, AREA));
        gigabytes("block-linear to pitch", "copy", this::untile, () -> MemorySegment.copy(a, 0, b, 0, AREA));
        small(a, b);
        latency();
        heap();
    }

    private void warmUp() {
        progress.println("Warming up.");
        for (int i = 0; i < FIRST_COPIES; i++) {
            copyArea(CopyRig.VIDEO_A, CopyRig.VIDEO_B);
            copyArea(CopyRig.GART_SCATTERED, CopyRig.VIDEO_B);
            copyArea(CopyRig.VIDEO_SMALL, CopyRig.GART_REVERSED);
        }
    }

    private static void fillRandomly(MemorySegment memory) {
        Random random = new Random(memory.address());
        for (long at = 0; at < memory.byteSize(); at += 8) {
            memory.set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
    }

    private void copyArea(long from, long to) {
        rig.setAddresses(from, to);
        rig.set(CopyMethod.LINE_LENGTH_IN, AREA);
        rig.launchTimed(PLAIN_LAUNCH);
        finish();
    }

    private void finish() {
        rig.submit();
        rig.ring();
        rig.await();
    }

    /** A copy of an area in one piece, beside the same. */
    private void copy(String name, long from, long to, MemorySegment source, MemorySegment destination, double limit) {
        Work plain = () -> MemorySegment.copy(source, 0, destination, 0, AREA);
        verify(name, from, to, destination, plain);
        measure(name, "GB/s", "copy", limit, () -> copyArea(from, to), plain);
    }

    /** A copy of an area whose pages are not in order on one side, beside a plain copy of each of these pages in the same order. */
    private void scattered(
            String name, long from, long to, MemorySegment source, MemorySegment destination, boolean sourceIs) {
        int[] order = CopyRig.order((sourceIs ? from : to) == CopyRig.GART_REVERSED);
        Work plain = () -> {
            for (int i = 0; i < order.length; i++) {
                long one = (long) i * SMALL_BYTES;
                long other = (long) order[i] * SMALL_BYTES;
                MemorySegment.copy(source, sourceIs ? other : one, destination, sourceIs ? one : other, SMALL_BYTES);
            }
        };
        verify(name, from, to, destination, plain);
        measure(name, "GB/s", "pages", -1, () -> copyArea(from, to), plain);
    }

    /** Every byte has to come out as the plain way has it. */
    private void verify(String name, long from, long to, MemorySegment destination, Work plain) {
        plain.run();
        byte[] expected = destination.toArray(ValueLayout.JAVA_BYTE);
        destination.fill((byte) 0);
        copyArea(from, to);
        if (MemorySegment.ofArray(expected).mismatch(destination) != -1) {
            throw new BenchException(name + ": the copy is not what it has to be.");
        }
    }

    private void gigabytes(String name, String against, Work work, Work plain) {
        measure(name, "GB/s", against, -1, work, plain);
    }

    /**
     * Gigabytes per second: the best of some, since others use the machine too, and the median of rounds. Work is timed by the GPU's own timer, from its
     * first method to its last byte; what a doorbell takes is a measure of its own.
     */
    private void measure(String name, String unit, String against, double limit, Work work, Work plain) {
        progress.println(name);
        Figures figures = new Figures(ROUNDS);
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            long device = Long.MAX_VALUE;
            long yardstick = Long.MAX_VALUE;
            for (int i = 0; i < REPEAT; i++) {
                work.run();
                device = Math.min(device, rig.nanos());
                long begun = System.nanoTime();
                plain.run();
                yardstick = Math.min(yardstick, System.nanoTime() - begun);
            }
            if (round >= 0) {
                figures.add((double) AREA / device, Double.NaN, (double) AREA / yardstick);
            }
        }
        lines.add(new Line(name, unit, against, limit, figures));
    }

    private void fill() {
        rig.setAddresses(0, CopyRig.VIDEO_B);
        rig.set(CopyMethod.SET_REMAP_CONST_A, 0x1234_5678);
        rig.set(CopyMethod.SET_REMAP_COMPONENTS, FILL_RULE);
        rig.set(CopyMethod.LINE_LENGTH_IN, AREA / 4);
        rig.launchTimed(PLAIN_LAUNCH | REMAP);
        finish();
    }

    private void swap() {
        rig.setAddresses(CopyRig.VIDEO_A, CopyRig.VIDEO_B);
        rig.set(CopyMethod.SET_REMAP_COMPONENTS, SWAP_RULE);
        rig.set(CopyMethod.LINE_LENGTH_IN, AREA / 4);
        rig.launchTimed(PLAIN_LAUNCH | REMAP);
        finish();
    }

    private void tile() {
        rig.set(CopyMethod.SET_DST_BLOCK_SIZE, BLOCK_SIZE);
        rig.set(CopyMethod.SET_DST_WIDTH, SURFACE_WIDTH);
        rig.set(CopyMethod.SET_DST_HEIGHT, AREA / SURFACE_WIDTH);
        rig.set(CopyMethod.PITCH_IN, SURFACE_WIDTH);
        lines(2 | SOURCE_PITCH | MULTI_LINE);
    }

    private void untile() {
        rig.set(CopyMethod.SET_SRC_BLOCK_SIZE, BLOCK_SIZE);
        rig.set(CopyMethod.SET_SRC_WIDTH, SURFACE_WIDTH);
        rig.set(CopyMethod.SET_SRC_HEIGHT, AREA / SURFACE_WIDTH);
        rig.set(CopyMethod.PITCH_OUT, SURFACE_WIDTH);
        lines(2 | DESTINATION_PITCH | MULTI_LINE);
    }

    private void lines(int launch) {
        rig.setAddresses(CopyRig.VIDEO_A, CopyRig.VIDEO_B);
        rig.set(CopyMethod.LINE_LENGTH_IN, SURFACE_WIDTH);
        rig.set(CopyMethod.LINE_COUNT, AREA / SURFACE_WIDTH);
        rig.launchTimed(launch);
        finish();
    }

    private void pushSmall(int number) {
        int at = number * SMALL_BYTES % AREA;
        rig.setAddresses(CopyRig.VIDEO_A + at, CopyRig.VIDEO_B + at);
        rig.set(CopyMethod.LINE_LENGTH_IN, SMALL_BYTES);
        rig.launch(PLAIN_LAUNCH);
        rig.submit();
    }

    /** What a push of one small copy costs where many are in the ring when the doorbell rings. */
    private void small(MemorySegment a, MemorySegment b) {
        String name = "4 KiB copies, a push each";
        progress.println(name);
        Figures figures = new Figures(ROUNDS);
        for (int round = -PUSH_WARM_UPS; round < ROUNDS; round++) {
            double each = Double.MAX_VALUE;
            double plain = Double.MAX_VALUE;
            for (int i = 0; i < REPEAT; i++) {
                each = Math.min(each, manyPushes());
                plain = Math.min(plain, manyCopies(a, b));
            }
            if (round >= 0) {
                figures.add(each, Double.NaN, plain);
            }
        }
        lines.add(new Line(name, "µs", "copy", -1, figures));
    }

    private double manyPushes() {
        for (int i = 0; i < PUSHES; i++) {
            pushSmall(i);
        }
        long begun = System.nanoTime();
        rig.ring();
        rig.await();
        return (System.nanoTime() - begun) / 1000.0 / PUSHES;
    }

    private static double manyCopies(MemorySegment a, MemorySegment b) {
        long begun = System.nanoTime();
        for (int i = 0; i < PUSHES; i++) {
            long at = (long) i * SMALL_BYTES % AREA;
            MemorySegment.copy(a, at, b, at, SMALL_BYTES);
        }
        return (System.nanoTime() - begun) / 1000.0 / PUSHES;
    }

    private void latency() {
        String name = "4 KiB, doorbell to semaphore";
        progress.println(name);
        Figures figures = new Figures(ROUNDS);
        double[] times = new double[LATENCIES];
        for (int round = -1; round < ROUNDS; round++) {
            for (int i = 0; i < LATENCIES; i++) {
                pushSmall(i);
                long begun = System.nanoTime();
                rig.ring();
                rig.await();
                times[i] = (System.nanoTime() - begun) / 1000.0;
            }
            java.util.Arrays.sort(times);
            if (round >= 0) {
                figures.add(times[LATENCIES / 2], times[LATENCIES * 99 / 100], Double.NaN);
            }
        }
        lines.add(new Line(name, "µs", "", -1, figures));
    }

    /** Bytes of heap that all threads together take for a push with its doorbell. */
    private void heap() {
        progress.println("heap");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Figures figures = new Figures(ROUNDS);
        for (int round = -PUSH_WARM_UPS; round < ROUNDS; round++) {
            long before = threads.getTotalThreadAllocatedBytes();
            long ownCost = threads.getTotalThreadAllocatedBytes() - before;
            before = threads.getTotalThreadAllocatedBytes();
            for (int i = 0; i < PUSHES; i++) {
                pushSmall(i);
                rig.ring();
                rig.await();
            }
            long taken = threads.getTotalThreadAllocatedBytes() - before - ownCost;
            if (round >= 0) {
                figures.add(Math.max(0, (double) taken / PUSHES), Double.NaN, Double.NaN);
            }
        }
        lines.add(new Line("heap for a push and doorbell", "B", "", 0, figures));
    }
}
