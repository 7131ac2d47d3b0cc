// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.host.ShippedFirmware;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.TypeSeries;
import io.lamella.vgpu.type.VgpuType;
import io.lamella.vm.VmException;
import io.lamella.vm.guest.KernelProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code demo} and {@code vm} have in common. */
final class DemoOptions {
    private static final long DEFAULT_PROFILE_BYTES = 8L << 30;
    private static final Pattern KERNEL = Pattern.compile("(\\d{1,2})\\.(x|\\d{1,3})(\\..*)?");
    /** The first Linux whose nouveau knows chips of the Blackwell generation. */
    private static final int BLACKWELL_MAJOR = 6;

    private static final int BLACKWELL_MINOR = 16;

    @Option(
            names = "--board",
            paramLabel = "BOARD",
            description =
                    "The board that the software GPU is made as; ./lamella types --boards lists them (default: L40).")
    String boardName = "L40";

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "The vGPU type; ./lamella types lists them (default: the board's of 8 GiB for workstations,"
                    + " such as L40-8Q).")
    @Nullable
    String typeName;

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

    /** The board. @throws VmException if there is none of that name */
    Board board() throws VmException {
        TypeCatalogue shipped = TypeCatalogue.shipped();
        return shipped.board(boardName)
                .orElseThrow(() -> new VmException("There is no board " + boardName + "; there are "
                        + shipped.boards().stream().map(Board::name).collect(Collectors.joining(", ")) + "."));
    }

    /** The type of vGPUs. */
    String type() throws VmException {
        String wanted = typeName;
        if (wanted != null) {
            return wanted;
        }
        Board board = board();
        return TypeCatalogue.shipped().types().stream()
                .filter(type -> type.board().equals(board.name())
                        && type.series() == TypeSeries.Q
                        && type.profileSizeBytes() == DEFAULT_PROFILE_BYTES)
                .findFirst()
                .map(VgpuType::name)
                .orElseThrow(() -> new VmException("Say with --type which vGPU of " + board.name() + " you want."));
    }

    /** Whether the board's chip is one that its FSP boots. */
    boolean isBlackwell() throws VmException {
        return board().chip().startsWith("GB2");
    }

    /** Refuses what cannot work before it has been started. @throws VmException if the guest's kernel does not know the chip */
    void checkKernel() throws VmException {
        Board board = board();
        Matcher version = KERNEL.matcher(kernel);
        if (isBlackwell() && version.matches()) {
            int major = Integer.parseInt(version.group(1));
            int minor = version.group(2).equals("x") ? Integer.MAX_VALUE : Integer.parseInt(version.group(2));
            if (major < BLACKWELL_MAJOR || (major == BLACKWELL_MAJOR && minor < BLACKWELL_MINOR)) {
                throw new VmException("Kernel " + kernel + " cannot drive a vGPU of " + board.product()
                        + ": its nouveau does not know the chip " + board.chip() + ", which came to it with Linux "
                        + BLACKWELL_MAJOR + "." + BLACKWELL_MINOR
                        + ". Take --kernel 7.x, or a board of an older chip, such as --board L40.");
            }
        }
    }

    /** The releases whose files a guest gets. Its driver chooses. */
    static final List<String> GUEST_FIRMWARE = ShippedFirmware.releases();
}
