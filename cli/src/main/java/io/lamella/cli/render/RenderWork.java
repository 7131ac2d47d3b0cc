// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

import io.lamella.bench.RenderBench;
import io.lamella.cli.ExitCode;
import io.lamella.cli.Json;
import io.lamella.cli.OutputFormat;
import io.lamella.cli.Table;
import io.lamella.core.EngineInfo;
import io.lamella.core.GpuDescription;
import io.lamella.drm.BufferObject;
import io.lamella.drm.RenderLimits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What the subcommands of {@code lamella render} do. */
final class RenderWork {
    private static final long SOURCE = 0x10_0000_0000L;
    private static final long TARGET = 0x20_0000_0000L;
    private static final int BLOCK = 1 << 20;
    private static final byte UNTOUCHED = 0x3c;

    /** One piece of work: what it was, how fast, and how many bytes were wrong. */
    private record Result(String what, long bytes, long nanos, long wrongBytes) {
        Map<String, Object> document() {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("what", what);
            document.put("bytes", bytes);
            document.put("nanoseconds", nanos);
            document.put("bytesPerSecond", Math.round(1e9 * bytes / nanos));
            document.put("wrongBytes", wrongBytes);
            return document;
        }
    }

    private RenderWork() {}

    static int info(RenderOptions options) {
        try (Watch watch = new Watch()) {
            watch.doing("booting the GPU");
            try (RenderBoard board = new RenderBoard(options)) {
                print(board, options.format);
            }
        }
        return ExitCode.OK;
    }

    private static void print(RenderBoard board, OutputFormat format) {
        GpuDescription gpu = board.device().gpu();
        RenderLimits limits = board.file().limits();
        if (format == OutputFormat.json) {
            Json.print(
                    System.out,
                    document(
                            gpu,
                            board.device().engines(),
                            limits,
                            board.file().vm().sizeBytes()));
            return;
        }
        System.out.println(
                gpu.name() + " (" + gpu.chip() + ") at " + gpu.address() + ", GSP firmware " + gpu.firmwareRelease());
        System.out.println("Frame buffer      " + mib(gpu.usableFbBytes()) + " MiB of " + mib(gpu.fbSizeBytes())
                + " for users; aperture " + mib(gpu.bar1Bytes()) + " MiB");
        System.out.println("Address space     " + (board.file().vm().sizeBytes() >> 30) + " GiB for each user");
        System.out.println("Limits of a user  " + limits.buffers() + " buffers, " + mib(limits.vramBytes())
                + " MiB of vram, " + mib(limits.gartBytes()) + " MiB of gart, " + limits.channels() + " channels, "
                + limits.syncObjects() + " sync objects, " + limits.binds() + " binds");
        Table table = new Table("ENGINE", "CLASS", "RUNLIST", "NON-STALL");
        for (EngineInfo engine : board.device().engines()) {
            table.row(
                    engine.name(),
                    String.format("%04x", engine.engineClass()),
                    engine.runlistId(),
                    engine.nonStallVector());
        }
        table.print(System.out);
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }

    private static Map<String, Object> document(
            GpuDescription gpu, List<EngineInfo> engines, RenderLimits limits, long addressSpaceBytes) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", gpu.name());
        document.put("chip", gpu.chip());
        document.put("address", gpu.address().toString());
        document.put("firmwareRelease", gpu.firmwareRelease());
        document.put("fbBytes", gpu.fbSizeBytes());
        document.put("usableFbBytes", gpu.usableFbBytes());
        document.put("bar1Bytes", gpu.bar1Bytes());
        document.put("addressSpaceBytes", addressSpaceBytes);
        Map<String, Object> most = new LinkedHashMap<>();
        most.put("buffers", limits.buffers());
        most.put("vramBytes", limits.vramBytes());
        most.put("gartBytes", limits.gartBytes());
        most.put("channels", limits.channels());
        most.put("syncObjects", limits.syncObjects());
        most.put("binds", limits.binds());
        document.put("limits", most);
        document.put(
                "engines",
                engines.stream()
                        .map(engine -> {
                            Map<String, Object> each = new LinkedHashMap<>();
                            each.put("name", engine.name());
                            each.put("class", engine.engineClass());
                            each.put("runlist", engine.runlistId());
                            each.put("nonStallVector", engine.nonStallVector());
                            return each;
                        })
                        .toList());
        return document;
    }

    static int bench(RenderOptions options) {
        System.err.println("Booting a software GPU.");
        try (RenderBoard board = new RenderBoard(options)) {
            return RenderBench.run(board.device(), options.format == OutputFormat.json, System.out, System.err);
        }
    }

    static int copy(
            RenderOptions options,
            AmountOptions amount,
            long sizeBytes,
            @Nullable MemoryKind from,
            @Nullable MemoryKind to,
            int pitch,
            int lineBytes)
            throws InterruptedException {
        List<Result> results = new ArrayList<>();
        try (Watch watch = new Watch()) {
            watch.doing("booting the GPU");
            try (RenderBoard board = new RenderBoard(options)) {
                RenderBoard.Feed feed = board.new Feed(board.engine(amount.engine));
                for (MemoryKind source : kinds(from)) {
                    for (MemoryKind target : kinds(to)) {
                        String what = source + " to " + target;
                        watch.doing("copying " + what);
                        results.add(copy(board, feed, amount, what, sizeBytes, source, target, pitch, lineBytes));
                    }
                }
            }
        }
        return report(results, options.format);
    }

    private static List<MemoryKind> kinds(@Nullable MemoryKind wanted) {
        return wanted == null ? List.of(MemoryKind.values()) : List.of(wanted);
    }

    private static Result copy(
            RenderBoard board,
            RenderBoard.Feed feed,
            AmountOptions amount,
            String what,
            long sizeBytes,
            MemoryKind from,
            MemoryKind to,
            int pitch,
            int lineBytes)
            throws InterruptedException {
        BufferObject source = board.bound(from, sizeBytes, SOURCE);
        BufferObject target = board.bound(to, sizeBytes, TARGET);
        long seed = System.nanoTime();
        blocks(source, (offset, block) -> {
            randomise(seed, offset, block);
            source.write(offset, block);
        });
        blocks(target, (offset, block) -> {
            block.fill(UNTOUCHED);
            target.write(offset, block);
        });
        int lines = pitch == 0 ? 1 : (int) Math.min(sizeBytes / pitch, Integer.MAX_VALUE);
        long copied = pitch == 0 ? sizeBytes : (long) lines * lineBytes;
        long best = Long.MAX_VALUE;
        for (int i = 0; i < amount.times; i++) {
            if (pitch == 0) {
                feed.writer.copy(SOURCE, TARGET, sizeBytes);
            } else {
                feed.writer.copyLines(SOURCE, pitch, TARGET, pitch, lineBytes, lines);
            }
            best = Math.min(best, feed.runNanos(sizeBytes));
        }
        long[] wrong = {0};
        MemorySegment found = MemorySegment.ofArray(new byte[BLOCK]);
        blocks(target, (offset, block) -> {
            randomise(seed, offset, block);
            MemorySegment there = found.asSlice(0, block.byteSize());
            target.read(offset, there);
            for (long i = 0; i < block.byteSize(); i++) {
                long at = offset + i;
                boolean isCopied = at < sizeBytes && (pitch == 0 || (at % pitch < lineBytes && at / pitch < lines));
                byte expected = isCopied ? block.get(ValueLayout.JAVA_BYTE, i) : UNTOUCHED;
                wrong[0] += there.get(ValueLayout.JAVA_BYTE, i) == expected ? 0 : 1;
            }
        });
        board.unbind(source, SOURCE);
        board.unbind(target, TARGET);
        return new Result(what + (pitch == 0 ? "" : ", " + lines + " lines"), copied, best, wrong[0]);
    }

    static int fill(RenderOptions options, AmountOptions amount, long sizeBytes, @Nullable MemoryKind where, int word)
            throws InterruptedException {
        List<Result> results = new ArrayList<>();
        try (Watch watch = new Watch()) {
            watch.doing("booting the GPU");
            try (RenderBoard board = new RenderBoard(options)) {
                RenderBoard.Feed feed = board.new Feed(board.engine(amount.engine));
                for (MemoryKind kind : kinds(where)) {
                    watch.doing("filling " + kind);
                    results.add(fill(board, feed, amount, sizeBytes, kind, word));
                }
            }
        }
        return report(results, options.format);
    }

    private static Result fill(
            RenderBoard board, RenderBoard.Feed feed, AmountOptions amount, long sizeBytes, MemoryKind kind, int word)
            throws InterruptedException {
        BufferObject target = board.bound(kind, sizeBytes, TARGET);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < amount.times; i++) {
            feed.writer.fill(TARGET, sizeBytes, word);
            best = Math.min(best, feed.runNanos(sizeBytes));
        }
        long[] wrong = {0};
        blocks(target, (offset, block) -> {
            target.read(offset, block);
            for (long i = 0; i < block.byteSize(); i++) {
                int expected = offset + i < sizeBytes ? word >>> (8 * (i % 4)) & 0xff : 0;
                wrong[0] += Byte.toUnsignedInt(block.get(ValueLayout.JAVA_BYTE, i)) == expected ? 0 : 1;
            }
        });
        board.unbind(target, TARGET);
        return new Result("fill " + kind, sizeBytes, best, wrong[0]);
    }

    /** Done with each part of a buffer. */
    private interface BlockWork {
        void run(long offset, MemorySegment block);
    }

    private static void blocks(BufferObject buffer, BlockWork work) {
        MemorySegment block = MemorySegment.ofArray(new byte[BLOCK]);
        for (long at = 0; at < buffer.sizeBytes(); at += BLOCK) {
            work.run(at, block.asSlice(0, Math.min(BLOCK, buffer.sizeBytes() - at)));
        }
    }

    /** The same bytes for the same seed and place. */
    private static void randomise(long seed, long offset, MemorySegment block) {
        SplittableRandom random = new SplittableRandom(seed + offset);
        for (long i = 0; i < block.byteSize(); i += Long.BYTES) {
            block.set(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
        }
    }

    private static int report(List<Result> results, OutputFormat format) {
        if (format == OutputFormat.json) {
            Json.print(System.out, results.stream().map(Result::document).toList());
        } else {
            Table table = new Table("WHAT", "BYTES", "MS", "GB/S", "RESULT");
            for (Result result : results) {
                table.row(
                        result.what,
                        result.bytes,
                        String.format(Locale.ROOT, "%.3f", result.nanos / 1e6),
                        String.format(Locale.ROOT, "%.2f", (double) result.bytes / result.nanos),
                        result.wrongBytes == 0 ? "every byte right" : result.wrongBytes + " bytes wrong");
            }
            table.print(System.out);
        }
        return results.stream().allMatch(result -> result.wrongBytes == 0) ? ExitCode.OK : ExitCode.FAILED;
    }
}
