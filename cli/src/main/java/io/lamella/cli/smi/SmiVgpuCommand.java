// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.smi;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella smi vgpu}. */
@Command(
        name = "vgpu",
        mixinStandardHelpOptions = true,
        version = SmiOptions.VERSION,
        description = "vGPUs, in the shapes of nvidia-smi vgpu. Without an option: a summary.")
final class SmiVgpuCommand implements Callable<Integer> {
    /** So often the header of the columns comes again. */
    private static final int LINES_PER_HEADER = 20;

    @Option(
            names = {"-q", "--query"},
            description = "All of each vGPU, as a tree.")
    private boolean query;

    @Option(
            names = {"-s", "--supported"},
            description = "The types of each GPU; the same whatever runs.")
    private boolean supported;

    @Option(
            names = {"-c", "--creatable"},
            description = "The types of which one more can be had now.")
    private boolean creatable;

    @Option(
            names = {"-v", "--verbose"},
            description = "With -s or -c: all of each type.")
    private boolean verbose;

    @Option(
            names = {"-u", "--utilization"},
            description = "Engine utilisation of each vGPU, a line each, every second (or -l).")
    private boolean utilization;

    @Option(
            names = {"-p", "--processes"},
            description = "Refused: the host does not know the processes in a guest.")
    private boolean processes;

    @Mixin
    private SmiOptions options = new SmiOptions();

    @Override
    public Integer call() throws Exception {
        int chosen = (query ? 1 : 0)
                + (supported ? 1 : 0)
                + (creatable ? 1 : 0)
                + (utilization ? 1 : 0)
                + (processes ? 1 : 0);
        if (chosen > 1) {
            return options.wrong("Of -q, -s, -c, -u and -p only one can be shown at a time.");
        }
        if (verbose && !supported && !creatable) {
            return options.wrong("-v goes with -s or -c.");
        }
        if (processes) {
            return options.wrong(
                    "Processes cannot be shown: engines work for a guest's channels, and which process of the"
                            + " guest has a channel is known to the guest's driver alone. For all of a vGPU: lamella smi vgpu -u");
        }
        if (supported || creatable) {
            return options.show(Reading.With.TYPES, null, reading -> TypeLists.of(reading, creatable, verbose));
        }
        if (utilization) {
            return utilization();
        }
        return options.show(Reading.With.NOTHING, null, query ? Details::ofVgpus : Summary::ofVgpus);
    }

    private int utilization() throws Exception {
        int[] sinceHeader = {LINES_PER_HEADER};
        return options.show(Reading.With.NOTHING, 1, reading -> {
            List<String> rows = Columns.of(reading);
            List<String> lines = new ArrayList<>();
            if (sinceHeader[0] + rows.size() > LINES_PER_HEADER) {
                lines.addAll(Columns.HEAD);
                sinceHeader[0] = 0;
            }
            sinceHeader[0] += rows.size();
            lines.addAll(rows);
            return lines;
        });
    }
}
