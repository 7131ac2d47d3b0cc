// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.render;

import io.lamella.cli.CoreOption;
import io.lamella.cli.OutputFormat;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What all of {@code lamella render} have in common. */
public final class RenderOptions {
    @Mixin
    CoreOption core = new CoreOption();

    @Option(
            names = "--firmware",
            paramLabel = "RELEASE",
            description = "The firmware release of the GPU's GSP: 570.144 (the default) or 535.113.01.")
    String firmware = "570.144";

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    OutputFormat format = OutputFormat.text;
}
