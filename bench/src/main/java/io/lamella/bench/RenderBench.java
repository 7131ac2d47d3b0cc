// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

import io.lamella.drm.BindOp;
import io.lamella.drm.BufferObject;
import io.lamella.drm.BufferObject.Placement;
import io.lamella.drm.Push;
import io.lamella.drm.PushWriter;
import io.lamella.drm.RenderChannel;
import io.lamella.drm.RenderDevice;
import io.lamella.drm.RenderFile;
import io.lamella.drm.RenderLimits;
import io.lamella.drm.SyncObject;
import io.lamella.drm.SyncPoint;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * {@code lamella bench render}: what a program of the host gets of the whole GPU through the DRM peer, with no VM: copies and fills as it
 * sees them, from the call to the wake-up, beside a plain copy or fill of as much memory in the same round; and what a call costs.
 */
public final class RenderBench {
    private static final int AREA = 64 << 20;
    private static final int SMALL_BYTES = 4096;
    private static final int ROUNDS = 5;
    private static final int WARM_UPS = 2;
    private static final int REPEAT = 6;
    private static final int CALLS = 400;
    private static final int QUEUED = 256;
    private static final long PUSH = 0x10_0000;
    private static final int PUSH_BYTES = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A measure and what it gave. */
    record Line(String name, String unit, String against, Figures figures) {}

    private interface Work {
        void run() throws InterruptedException;
    }

    private final PrintStream progress;
    private final RenderFile file;
    private final RenderChannel channel;
    private final SyncObject timeline;
    private final PushWriter writer;
    private final List<Line> lines = new ArrayList<>();
    private final MemorySegment[] plain = new MemorySegment[2];
    private long point;

    private RenderBench(PrintStream progress, RenderDevice device) {
        this.progress = progress;
        file = device.openFile("bench", RenderLimits.DEFAULT);
        channel = file.openChannel(device.engines().getFirst());
        timeline = file.createSyncObject(0);
        BufferObject push = file.createBuffer(Placement.GART, PUSH_BYTES);
        file.vm().bind(BindOp.map(PUSH, push));
        writer = new PushWriter(push.segment().orElseThrow(), PUSH);
        for (Placement placement : Placement.values()) {
            for (int i = 0; i < plain.length; i++) {
                BufferObject buffer = file.createBuffer(placement, AREA);
                file.vm().bind(BindOp.map(area(placement, i), buffer));
                if (placement == Placement.GART) {
                    plain[i] = buffer.segment().orElseThrow();
                    fillRandomly(plain[i]);
                }
            }
        }
    }

    /** Where the areas are bound, two of each kind. */
    private static long area(Placement placement, int index) {
        return (placement == Placement.VRAM ? 0x10_0000_0000L : 0x20_0000_0000L) + 0x1_0000_0000L * index;
    }

    /**
     * Measures and prints.
     *
     * @param json whether the result is one JSON object instead of a table
     * @param out for the result
     * @param progress for what is being done
     * @return the exit code: 0 if it was measured
     */
    public static int run(RenderDevice device, boolean json, PrintStream out, PrintStream progress) {
        long start = System.nanoTime();
        RenderBench bench = new RenderBench(progress, device);
        try {
            bench.measure();
            double seconds = (System.nanoTime() - start) / 1e9;
            out.print(json ? json(bench.lines, seconds) : text(bench.lines, seconds));
            return 0;
        } catch (BenchException e) {
            progress.println(e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } finally {
            bench.file.close();
        }
    }

    private void measure() throws InterruptedException {
        writer.bind(channel.engine());
        submit();
        for (Placement from : Placement.values()) {
            for (Placement to : Placement.values()) {
                long source = area(from, 0);
                long target = area(to, 1);
                verify(from, to, source, target);
                gigabytes(
                        from + " to " + to + ", 64 MiB",
                        AREA,
                        "copy",
                        () -> copy(source, target, AREA),
                        () -> MemorySegment.copy(plain[0], 0, plain[1], 0, AREA));
            }
        }
        gigabytes(
                "lines of 1000 bytes, pitch 1024",
                AREA / 1024 * 1000L,
                "copy",
                () -> {
                    writer.copyLines(area(Placement.VRAM, 0), 1024, area(Placement.VRAM, 1), 1024, 1000, AREA / 1024);
                    submit();
                },
                () -> MemorySegment.copy(plain[0], 0, plain[1], 0, AREA));
        gigabytes(
                "fill VRAM, 64 MiB",
                AREA,
                "fill",
                () -> {
                    writer.fill(area(Placement.VRAM, 0), AREA, 0x1111_1111);
                    submit();
                },
                () -> plain[1].fill((byte) 0x11));
        calls("an empty call, awaited", () -> exec(List.of()));
        calls("a copy of 4 KiB, awaited", () -> copy(area(Placement.VRAM, 0), area(Placement.VRAM, 1), SMALL_BYTES));
        queued();
    }

    private static void fillRandomly(MemorySegment memory) {
        Random random = new Random(7);
        for (long at = 0; at < memory.byteSize(); at += 8) {
            memory.set(ValueLayout.JAVA_LONG, at, random.nextLong());
        }
    }

    private void copy(long from, long to, long sizeBytes) throws InterruptedException {
        writer.copy(from, to, sizeBytes);
        submit();
    }

    private void submit() throws InterruptedException {
        exec(List.of(writer.push()));
        writer.rewind();
    }

    private void exec(List<Push> pushes) throws InterruptedException {
        channel.exec(pushes, List.of(), List.of(new SyncPoint(timeline, ++point)));
        timeline.await(point, LIMIT);
    }

    /** Every byte has to arrive: through the path that is measured, and back by one that the CPU sees. */
    private void verify(Placement from, Placement to, long source, long target) throws InterruptedException {
        MemorySegment expected = plain[0];
        plain[1].fill((byte) 0);
        copy(area(Placement.GART, 0), source, AREA);
        copy(source, target, AREA);
        copy(target, area(Placement.GART, 1), AREA);
        if (expected.mismatch(plain[1]) != -1) {
            throw new BenchException(from + " to " + to + ": the copy is not what it has to be.");
        }
    }

    /** Gigabytes per second: the best of some in each round, since others use the machine too. */
    private void gigabytes(String name, long bytes, String against, Work work, Work yardstick)
            throws InterruptedException {
        progress.println(name);
        Figures figures = new Figures(ROUNDS);
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            long device = best(work);
            long beside = best(yardstick);
            if (round >= 0) {
                figures.add((double) bytes / device, Double.NaN, (double) AREA / beside);
            }
        }
        lines.add(new Line(name, "GB/s", against, figures));
    }

    private static long best(Work work) throws InterruptedException {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < REPEAT; i++) {
            long start = System.nanoTime();
            work.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    /** Microseconds from the call to the wake-up: median and 99th percentile. */
    private void calls(String name, Work work) throws InterruptedException {
        progress.println(name);
        Figures figures = new Figures(ROUNDS);
        double[] micros = new double[CALLS];
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            for (int i = 0; i < CALLS; i++) {
                long start = System.nanoTime();
                work.run();
                micros[i] = (System.nanoTime() - start) / 1e3;
            }
            Arrays.sort(micros);
            if (round >= 0) {
                figures.add(micros[CALLS / 2], micros[CALLS - 1 - CALLS / 100], Double.NaN);
            }
        }
        lines.add(new Line(name, "µs", "", figures));
    }

    /** Microseconds of one of many calls that are given at once. */
    private void queued() throws InterruptedException {
        String name = "a copy of 4 KiB, one of " + QUEUED;
        progress.println(name);
        Figures figures = new Figures(ROUNDS);
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < QUEUED; i++) {
                long at = (long) i * SMALL_BYTES;
                writer.copy(area(Placement.VRAM, 0) + at, area(Placement.VRAM, 1) + at, SMALL_BYTES);
                channel.exec(List.of(writer.push()), List.of(), List.of(new SyncPoint(timeline, ++point)));
            }
            timeline.await(point, LIMIT);
            writer.rewind();
            if (round >= 0) {
                figures.add((System.nanoTime() - start) / 1e3 / QUEUED, Double.NaN, Double.NaN);
            }
        }
        lines.add(new Line(name, "µs", "", figures));
    }

    private static String text(List<Line> lines, double seconds) {
        StringBuilder text = new StringBuilder();
        text.append("The whole GPU through the DRM peer, no VM, ")
                .append(WireReport.now())
                .append('\n');
        text.append(WireReport.machine()).append('\n');
        text.append("From the call to the wake-up of one thread. Beside it a plain copy (or fill) of as much memory\n")
                .append("by one thread of the same Java machine, in the same round.\n\n");
        text.append(WireReport.row(34, "", "median", "p99", "", "yardstick", "ratio", ""));
        for (Line line : lines) {
            Figures figures = line.figures();
            double ratio = figures.ratio();
            text.append(WireReport.row(
                    34,
                    line.name(),
                    WireReport.number(figures.device()),
                    WireReport.number(figures.spread()),
                    line.unit(),
                    line.against().isEmpty() ? "" : line.against() + " " + WireReport.number(figures.yardstick()),
                    Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio),
                    ""));
        }
        return text.append(WireReport.foot(seconds)).toString();
    }

    private static String json(List<Line> lines, double seconds) {
        StringBuilder text = new StringBuilder("{\"benchmark\":\"render\",\"machine\":");
        text.append(WireReport.quote(WireReport.machine()));
        text.append(",\"date\":").append(WireReport.quote(WireReport.now()));
        text.append(",\"seconds\":").append(String.format(Locale.ROOT, "%.1f", seconds));
        text.append(",\"measures\":[");
        String comma = "";
        for (Line line : lines) {
            text.append(comma).append("\n  {\"name\":").append(WireReport.quote(line.name()));
            text.append(",\"unit\":").append(WireReport.quote(line.unit()));
            WireReport.field(text, "median", line.figures().device());
            WireReport.field(text, "p99", line.figures().spread());
            WireReport.field(text, line.against(), line.figures().yardstick());
            WireReport.field(text, "ratio", line.figures().ratio());
            text.append('}');
            comma = ",";
        }
        return text.append("]}\n").toString();
    }
}
