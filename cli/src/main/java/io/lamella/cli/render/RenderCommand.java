// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

import io.lamella.cli.CommandGroups;
import io.lamella.cli.ExitCode;
import io.lamella.core.CorePeer;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lamella render}. */
@Command(
        name = "render",
        mixinStandardHelpOptions = true,
        description = {
            "Use a whole GPU from the host, with no VM: buffers, an address space, a channel and fences.",
            "The DRM peer does it, on the same core as the vGPUs."
        },
        subcommands = {
            RenderCommand.Info.class,
            RenderCommand.Copy.class,
            RenderCommand.Fill.class,
            RenderCommand.Bench.class
        },
        synopsisSubcommandLabel = "WHAT",
        footer = {
            "",
            "Examples:",
            "  lamella render info",
            "  lamella render copy --size 256M",
            "  lamella render copy --from vram --to gart --pitch 4096 --line 1000",
            "  lamella render fill --value 0xdeadbeef -o json"
        })
public final class RenderCommand implements Runnable {
    private static final String PEER = "drm";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** Runs if the DRM peer is part of this program; else says that it is not. */
    static int ifThere(Callable<Integer> work) throws Exception {
        boolean isThere = ServiceLoader.load(CorePeer.class).stream()
                .anyMatch(peer -> peer.get().name().equals(PEER));
        if (!isThere) {
            System.err.println(
                    "lamella: This program was made without the DRM peer (module io.lamella.drm), so it cannot use"
                            + " a whole GPU itself.");
            return ExitCode.UNAVAILABLE;
        }
        return work.call();
    }

    /** {@code lamella bench render}, and {@code lamella render bench}. */
    public static int bench(RenderOptions options) throws Exception {
        if (!CommandGroups.hasBenchmarks()) {
            System.err.println("lamella: This program was made without the benchmarks (module io.lamella.bench).");
            return ExitCode.UNAVAILABLE;
        }
        return ifThere(() -> RenderWork.bench(options));
    }

    /** {@code lamella render info}. */
    @Command(
            name = "info",
            mixinStandardHelpOptions = true,
            description = "Show the GPU and what a user of it may have.")
    static final class Info implements Callable<Integer> {
        @Mixin
        private RenderOptions options = new RenderOptions();

        @Override
        public Integer call() throws Exception {
            return ifThere(() -> RenderWork.info(options));
        }
    }

    /** {@code lamella render copy}. */
    @Command(
            name = "copy",
            mixinStandardHelpOptions = true,
            description = {
                "Copy memory with a copy engine, and compare every byte.",
                "Without --from and --to, every way between frame buffer (vram) and the host's memory (gart)."
            },
            footer = {
                "",
                "Sizes take K, M, G with or without iB; a bare number is MiB.",
                "",
                "Examples:",
                "  lamella render copy",
                "  lamella render copy --from gart --to vram --size 1G --times 3",
                "  lamella render copy --pitch 4096 --line 1000"
            })
    static final class Copy implements Callable<Integer> {
        @Mixin
        private RenderOptions options = new RenderOptions();

        @Mixin
        private AmountOptions amount = new AmountOptions();

        @Option(names = "--from", paramLabel = "WHERE", description = "vram or gart.")
        @Nullable
        MemoryKind from;

        @Option(names = "--to", paramLabel = "WHERE", description = "vram or gart.")
        @Nullable
        MemoryKind to;

        @Option(
                names = "--pitch",
                paramLabel = "BYTES",
                description = "Copy lines instead of one piece: bytes from one line to the next.")
        private int pitch;

        @Option(names = "--line", paramLabel = "BYTES", description = "Bytes of a line (default: the pitch).")
        private int line;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            long sizeBytes = amount.sizeBytes(spec);
            int lineBytes = line == 0 ? pitch : line;
            if (pitch < 0 || lineBytes < 0 || lineBytes > pitch || pitch > sizeBytes) {
                throw wrong(spec, "--pitch takes up to --size bytes, and --line up to --pitch.");
            }
            return ifThere(() -> RenderWork.copy(options, amount, sizeBytes, from, to, pitch, lineBytes));
        }
    }

    /** {@code lamella render fill}. */
    @Command(
            name = "fill",
            mixinStandardHelpOptions = true,
            description = "Fill memory with a word of four bytes by a copy engine, and compare every byte.",
            footer = {
                "",
                "Sizes take K, M, G with or without iB; a bare number is MiB.",
                "",
                "Example:  lamella render fill --in vram --value 0xdeadbeef"
            })
    static final class Fill implements Callable<Integer> {
        @Mixin
        private RenderOptions options = new RenderOptions();

        @Mixin
        private AmountOptions amount = new AmountOptions();

        @Option(names = "--in", paramLabel = "WHERE", description = "vram or gart (default: both).")
        private @Nullable MemoryKind where;

        @Option(
                names = "--value",
                paramLabel = "WORD",
                description = "32 bits, such as 255 or 0xdeadbeef (default: 0xa5a5a5a5).")
        private String value = "0xa5a5a5a5";

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            long sizeBytes = amount.sizeBytes(spec);
            long word;
            try {
                word = Long.decode(value);
            } catch (NumberFormatException e) {
                throw wrong(spec, "'" + value + "' is no number of 32 bits.");
            }
            if (word < Integer.MIN_VALUE || word > 0xffff_ffffL) {
                throw wrong(spec, value + " does not fit 32 bits.");
            }
            return ifThere(() -> RenderWork.fill(options, amount, sizeBytes, where, (int) word));
        }
    }

    /** {@code lamella render bench}. */
    @Command(name = "bench", mixinStandardHelpOptions = true, description = "The same as lamella bench render.")
    static final class Bench implements Callable<Integer> {
        @Mixin
        private RenderOptions options = new RenderOptions();

        @Override
        public Integer call() throws Exception {
            return bench(options);
        }
    }

    static RuntimeException wrong(@Nullable CommandSpec spec, String sentence) {
        return spec == null
                ? new IllegalArgumentException(sentence)
                : new ParameterException(spec.commandLine(), sentence);
    }
}
