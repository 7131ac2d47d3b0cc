// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

import io.lamella.vm.HostMemory;
import io.lamella.vm.VmException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How much is to be done, how often, and by whom. */
final class AmountOptions {
    private static final long MOST_BYTES = 8L << 30;
    private static final int MOST_TIMES = 100_000;

    @Option(names = "--size", paramLabel = "SIZE", description = "How much, up to 8G (default: 64M).")
    private String size = "64M";

    @Option(names = "--times", paramLabel = "N", description = "How often; the fastest counts (default: 5).")
    int times = 5;

    @Option(names = "--engine", paramLabel = "NAME", description = "The engine, as info lists it (default: the first).")
    String engine = "";

    /** A whole number of words. */
    long sizeBytes(@Nullable CommandSpec spec) {
        long bytes;
        try {
            bytes = HostMemory.parseSize(size);
        } catch (VmException e) {
            throw RenderCommand.wrong(spec, String.valueOf(e.getMessage()));
        }
        if (bytes < 4 || bytes > MOST_BYTES || bytes % 4 != 0) {
            throw RenderCommand.wrong(spec, "--size takes 4 bytes to 8 GiB in words of four bytes, not " + bytes + ".");
        }
        if (times < 1 || times > MOST_TIMES) {
            throw RenderCommand.wrong(spec, "--times takes 1 to " + MOST_TIMES + ", not " + times + ".");
        }
        return bytes;
    }
}
