// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code lamella} command. */
@Command(
        name = "lamella",
        mixinStandardHelpOptions = true,
        version = "lamella 0.1.0 (not an NVIDIA product)",
        description =
                "A vGPU host in user space: cuts one GPU into virtual GPUs and serves each to a VM over vfio-user.",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nAlso, answered by the launcher itself:%n",
        footer = {
            "  test [--no-vm]       Build and run every test, those in real VMs included.",
            "  build                Build only.",
            "  package [--test]     Make a Debian package; install and run it in a clean root.",
            "  loc                  Count the lines of the host side (core, vgpu, vfio).",
            "",
            "Start with:  ./lamella demo"
        })
public final class Lamella implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The whole command line, for {@link #main} and for tests. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Lamella());
        CommandGroups.addTo(line);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, result) -> {
            PrintWriter err = command.getErr();
            err.println("lamella: " + sentence(failure));
            if (System.getenv("LAMELLA_TRACE") != null) {
                failure.printStackTrace(err);
            }
            err.flush();
            return ExitCode.FAILED;
        });
        return line;
    }

    /** What to tell a person of a failure: its sentence, or its kind where it has none. */
    static String sentence(Throwable failure) {
        Throwable cause = failure.getCause();
        if (failure instanceof UncheckedIOException && cause != null) {
            // Its own message is the cause's with the name of a class before it.
            return sentence(cause);
        }
        String message = failure.getMessage();
        return message == null || message.isBlank()
                ? "unexpected " + failure.getClass().getSimpleName() + "."
                : message;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
