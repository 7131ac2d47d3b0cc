// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceFilter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which events of a trace are wanted; shared by everything that shows one. */
final class TraceOptions {
    @Option(
            names = {"-e", "--events"},
            paramLabel = "KIND",
            split = ",",
            description =
                    "Kinds of events: rpc, boot, register, memory, config, doorbell, interrupt, fault, life; or all"
                            + " (default: all but memory).")
    List<String> kinds = new ArrayList<>();

    @Option(
            names = {"-n", "--name"},
            paramLabel = "PATTERN",
            split = ",",
            description = "Only events with this in their name, such as FALCON or GSP_RM_CONTROL*INTR; * is anything.")
    List<String> names = new ArrayList<>();

    @Option(names = "--record", paramLabel = "FILE", description = "Record what the driver does, for lamella replay.")
    @Nullable
    Path record;

    TraceFilter filter() {
        return TraceFilter.of(kinds, names);
    }
}
