// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lamella build-files}: what the build and the package make with the program itself. */
@Command(
        name = "build-files",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Write man pages and completion scripts, or run what a start-up cache should know.")
final class BuildCommand implements Callable<Integer> {
    /** Short commands that touch what most commands need: the model of the command line, tables, documents, the type data. */
    private static final List<List<String>> TRAINING = List.of(
            List.of("--help"),
            List.of("types"),
            List.of("types", "-o", "json"),
            List.of("qemu-args", "/run/lamella/none.sock"),
            List.of("libvirt-xml", "/run/lamella/none.sock"),
            List.of("doctor", "-o", "json"));

    @Option(names = "--man", paramLabel = "DIR", description = "Where to write the man pages.")
    private Path man = Path.of("");

    @Option(names = "--completion", paramLabel = "DIR", description = "Where to write the completion scripts.")
    private Path completion = Path.of("");

    @Option(names = "--train", description = "Run the commands that the start-up cache is made from.")
    private boolean train;

    @Override
    public Integer call() throws IOException {
        if (!man.toString().isEmpty()) {
            ManPages.write(Lamella.commandLine(), man);
        }
        if (!completion.toString().isEmpty()) {
            Files.createDirectories(completion);
            for (CompletionCommand.Shell shell : CompletionCommand.Shell.values()) {
                Files.writeString(
                        completion.resolve("lamella." + shell), CompletionCommand.script(Lamella.commandLine(), shell));
            }
        }
        if (train) {
            for (List<String> arguments : TRAINING) {
                CommandLine line = Lamella.commandLine();
                line.setErr(new PrintWriter(Writer.nullWriter()));
                line.execute(arguments.toArray(String[]::new));
            }
        }
        return ExitCode.OK;
    }
}
