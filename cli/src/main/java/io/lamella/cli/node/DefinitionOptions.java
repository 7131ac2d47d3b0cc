// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.host.node.VgpuDefinition;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a vGPU is to be, on the command line. */
final class DefinitionOptions {
    @Option(names = "--name", paramLabel = "NAME", description = "A name for it; the daemon finds one if left out.")
    private @Nullable String name;

    @Option(names = "--uuid", paramLabel = "UUID", description = "Its UUID; the daemon makes one if left out.")
    private @Nullable String uuid;

    @Option(names = "--gpu", paramLabel = "GPU", description = "The GPU that it is to be on; any if left out.")
    private @Nullable String gpu;

    @Option(
            names = "--placement",
            paramLabel = "ID",
            description = "Where on the GPU, as `placement list` counts; free choice if left out.")
    private @Nullable Integer placement;

    @Option(
            names = {"-p", "--parameter"},
            paramLabel = "KEY=VALUE",
            description = "A parameter of it; may be given more than once.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(names = "--no-autostart", description = "Do not start it when the daemon starts.")
    private boolean noAutostart;

    VgpuDefinition of(String type) {
        return new VgpuDefinition(
                name,
                uuid,
                gpu,
                type,
                placement,
                null,
                parameters.isEmpty() ? null : parameters,
                noAutostart ? Boolean.FALSE : null);
    }
}
