// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import io.lamella.cli.ExitCode;
import io.lamella.host.node.VgpuView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella smi}. */
@Command(
        name = "smi",
        mixinStandardHelpOptions = true,
        version = SmiOptions.VERSION,
        description = {
            "What the daemon knows, in the shapes of nvidia-smi. It is not NVIDIA's tool.",
            "",
            "Only what is measured is shown; the rest is N/A. Utilisation is the busiest engine's, measured while you"
                    + " wait a moment, or since the last time with -l."
        },
        footer = {
            "",
            "Examples:",
            "  lamella smi",
            "  lamella smi vgpu -u",
            "  lamella smi --query-gpu=index,name,memory.free --format=csv,noheader,nounits",
            "  lamella smi --query-vgpu=name,type,utilization.gpu --format=csv -l 5"
        },
        subcommands = SmiVgpuCommand.class)
public final class SmiCommand implements Callable<Integer> {
    @Option(
            names = {"-q", "--query"},
            description = "All of each GPU, as a tree.")
    private boolean query;

    @Option(names = "--query-gpu", paramLabel = "FIELDS", description = "These fields of each GPU, as CSV.")
    private @Nullable String gpuFields;

    @Option(names = "--query-vgpu", paramLabel = "FIELDS", description = "These fields of each vGPU, as CSV.")
    private @Nullable String vgpuFields;

    @Option(
            names = "--format",
            paramLabel = "csv[,noheader][,nounits]",
            description = "How fields are printed (default: csv).")
    private String format = "csv";

    @Option(names = "--help-query-gpu", description = "List the fields of GPUs.")
    private boolean helpGpu;

    @Option(names = "--help-query-vgpu", description = "List the fields of vGPUs.")
    private boolean helpVgpu;

    @Mixin
    private SmiOptions options = new SmiOptions();

    @Override
    public Integer call() throws Exception {
        if (helpGpu || helpVgpu) {
            Query.help(Fields.GPU).stream().filter(line -> helpGpu).forEach(options.out()::println);
            Query.help(Fields.VGPU).stream().filter(line -> helpVgpu).forEach(options.out()::println);
            options.out().flush();
            return ExitCode.OK;
        }
        if ((query ? 1 : 0) + (gpuFields == null ? 0 : 1) + (vgpuFields == null ? 0 : 1) > 1) {
            return options.wrong("Of -q, --query-gpu and --query-vgpu only one can be shown at a time.");
        }
        try {
            Query.Format how = Query.Format.parse(format);
            if (gpuFields != null) {
                Query<Reading.Gpu> asked = Query.parse(gpuFields, how, Fields.GPU, "--help-query-gpu");
                return csv(asked, Reading::gpus);
            }
            if (vgpuFields != null) {
                Query<VgpuView> asked = Query.parse(vgpuFields, how, Fields.VGPU, "--help-query-vgpu");
                return csv(asked, Reading::shown);
            }
        } catch (IllegalArgumentException e) {
            return options.wrong(String.valueOf(e.getMessage()));
        }
        return options.show(Reading.With.NOTHING, null, query ? Details::ofGpus : Summary::ofGpus);
    }

    /** The header comes once, however often the lines do. */
    private <T> int csv(Query<T> asked, Function<Reading, List<T>> things) throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        return options.show(Reading.With.NOTHING, null, reading -> {
            List<String> lines = new ArrayList<>();
            if (first.getAndSet(false) && asked.format().header()) {
                lines.add(asked.header());
            }
            things.apply(reading).forEach(thing -> lines.add(asked.line(reading, thing)));
            return lines;
        });
    }
}
