// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.cli.ExitCode;
import io.lamella.cli.Terminal;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.host.node.ApplyReport;
import io.lamella.host.node.Change;
import io.lamella.host.node.DiffView;
import io.lamella.host.node.NodeFileText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lamella apply}, {@code diff} and {@code export}: a node as one file. */
public final class NodeFileCommands {
    private NodeFileCommands() {}

    /** A command that reads a file. */
    abstract static class WithFile extends NodeCommand {
        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "The node file, YAML or JSON; - for standard input.")
        private String file = "";

        @Option(names = "--prune", description = "Delete vGPUs that are not in the file.")
        private boolean prune;

        @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: table).")
        private ListFormat format = ListFormat.table;

        final boolean prune() {
            return prune;
        }

        final String text() {
            try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
                byte[] bytes = in.readNBytes(NodeFileText.MAX_CHARACTERS + 1);
                if (bytes.length > NodeFileText.MAX_CHARACTERS) {
                    throw wrong(file + " is too long: a node file has at most " + NodeFileText.MAX_CHARACTERS
                            + " characters.");
                }
                return new String(bytes, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw wrong("The file " + file + " cannot be read: " + e.getMessage() + ".");
            }
        }

        final void print(Object document, List<String> lines) {
            format.print(out(), document, lines);
        }
    }

    /** What a person reads of a change: its sentence, and below it the values. */
    private static List<String> lines(Change change, String mark) {
        List<String> lines = new ArrayList<>();
        lines.add(mark + " " + change.sentence() + (change.interruptsVm() ? " A VM is interrupted." : ""));
        for (Change.Field field : change.fields()) {
            lines.add("    " + field.field() + ": " + Rows.text(field.from()) + " -> " + Rows.text(field.to()));
        }
        return lines;
    }

    private static List<String> lines(DiffView diff) {
        List<String> lines = new ArrayList<>();
        diff.changes().forEach(change -> lines.addAll(lines(change, "-")));
        diff.problems().forEach(problem -> lines.add("! " + problem));
        lines.add(diff.sentence());
        return lines;
    }

    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = {
                "Say what applying a node file would change, in which order. Changes nothing.",
                "The exit code is 0 if the node is as the file wants it, else 1."
            })
    public static final class Diff extends WithFile {
        @Override
        int run(DaemonClient daemon) {
            DiffView diff = daemon.diff(text(), prune());
            print(diff, lines(diff));
            return diff.changes().isEmpty() && diff.problems().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    @Command(
            name = "apply",
            mixinStandardHelpOptions = true,
            description = {
                "Make the node as a file wants it.",
                "",
                "Everything is checked before anything changes. If a change fails, those before it are taken back, and the"
                        + " exit code is 1."
            },
            footer = {
                "",
                "Example:  lamella export > node.yaml; edit it; lamella diff -f node.yaml; lamella apply -f node.yaml"
            })
    public static final class Apply extends WithFile {
        @Option(names = "--dry-run", description = "Only say what it would change.")
        private boolean dryRun;

        @Option(names = "--yes", description = "Even if VMs are interrupted.")
        private boolean yes;

        @Override
        int run(DaemonClient daemon) {
            String text = text();
            DiffView diff = daemon.diff(text, prune());
            if (dryRun || !diff.problems().isEmpty()) {
                print(diff, lines(diff));
                return diff.problems().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
            }
            List<String> interrupted = diff.changes().stream()
                    .filter(Change::interruptsVm)
                    .map(Change::name)
                    .distinct()
                    .toList();
            if (!interrupted.isEmpty() && !yes) {
                throw wrong("The VMs of " + String.join(", ", interrupted)
                        + " would be interrupted; with --yes it is done all the same.");
            }
            ApplyReport report = daemon.apply(text, prune(), operation -> {
                if (Terminal.isInteractive()) {
                    err().println(operation.says());
                    err().flush();
                }
            });
            List<String> lines = new ArrayList<>();
            report.steps().forEach(step -> lines.addAll(said(step)));
            report.rollback().forEach(step -> said(step).forEach(line -> lines.add("  taken back: " + line)));
            lines.add(report.sentence());
            print(report, lines);
            return switch (report.outcome()) {
                case UNCHANGED, APPLIED -> ExitCode.OK;
                case ROLLED_BACK, PARTLY_ROLLED_BACK -> ExitCode.FAILED;
            };
        }

        private static List<String> said(ApplyReport.Step step) {
            List<String> lines = lines(step.change(), step.done() ? "+" : "!");
            if (!step.done()) {
                lines.add("    " + step.sentence());
            }
            return lines;
        }
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Print the node as it is as a node file, in YAML. Applying it changes nothing.")
    public static final class Export extends NodeCommand {
        @Override
        int run(DaemonClient daemon) {
            out().print(daemon.export());
            return ExitCode.OK;
        }
    }
}
