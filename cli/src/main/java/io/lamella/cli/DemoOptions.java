// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.host.ShippedFirmware;
import io.lamella.vm.guest.KernelProvider;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code demo} and {@code vm} have in common. */
final class DemoOptions {
    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "The vGPU type; ./lamella types lists them (default: L40-8Q).")
    String type = "L40-8Q";

    @Option(
            names = "--kernel",
            paramLabel = "VERSION",
            description =
                    "Debian's kernel for the guest: 6.12 (stable) or 7.x (newest backport; the default). For vm also"
                            + " a kernel image of your own, by a path with a slash in it.")
    String kernel = KernelProvider.NEWEST;

    @Option(
            names = "--firmware",
            paramLabel = "RELEASE",
            description = "The firmware release of the host's GSP, such as 535.113.01 (default: ${DEFAULT-VALUE}).")
    String hostFirmware = ShippedFirmware.releases().getFirst();

    @Option(
            names = "--firmware-dir",
            paramLabel = "DIR",
            description =
                    "NVIDIA's own firmware files, a folder like /lib/firmware, for host and guests, instead of the"
                            + " synthetic ones.")
    @Nullable
    Path firmwareFolder;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Write what the guest's driver does with its vGPU into FILE, by name; - is standard output."
                    + " A name that ends with .json gets JSON lines. Of several vGPUs each has its own file.")
    @Nullable
    Path trace;

    @Mixin
    CoreOption core = new CoreOption();

    @Mixin
    TraceOptions traceOptions = new TraceOptions();

    @Mixin
    SchedulerOptions scheduler = new SchedulerOptions();

    /** The releases whose files a guest gets. Its driver chooses. */
    static final List<String> GUEST_FIRMWARE = ShippedFirmware.releases();
}
