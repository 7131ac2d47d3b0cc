// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.core.CoreException;
import io.lamella.core.c.CoreChoice;
import io.lamella.core.contract.ClauseResult;
import io.lamella.core.contract.ClauseResult.Outcome;
import io.lamella.core.contract.ContractReport;
import io.lamella.host.CoreCheck;
import io.lamella.host.ShippedFirmware;
import io.lamella.vfiopci.DeviceRefusedException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella core}. */
@Command(
        name = "core",
        mixinStandardHelpOptions = true,
        description = "The GPU core, which vGPUs and the DRM peer are built on: check one before you use it.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = CoreCommand.Check.class)
final class CoreCommand {
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description =
                    "Check cores against the contract that every core keeps with its clients, clause by clause, on"
                            + " software GPUs, or on a real PCI device that vfio-pci holds. Several cores are shown side by"
                            + " side.",
            footer = {
                "",
                "Exit code 0 if every core keeps every clause, else 1. A clause is skipped where the GPU or the core's"
                        + " version lacks what it is about.",
                "",
                "Examples:",
                "  lamella core check",
                "  lamella core check --core java --core native:/usr/lib/libmy-core.so -o json",
                "  lamella core check --device 0000:65:00.0"
            })
    static final class Check implements Callable<Integer> {
        private static final String CORE_PACKAGE = "io.lamella.core";

        @Option(
                names = "--core",
                paramLabel = "CORE",
                converter = CoreOption.Converter.class,
                description = "java or native:LIBRARY; may be repeated (default: java).")
        private List<CoreChoice> cores = new ArrayList<>();

        @Option(
                names = "--firmware",
                paramLabel = "RELEASE",
                description = "The firmware release to boot, such as 535.113.01 (default: ${DEFAULT-VALUE}).")
        private String firmware = ShippedFirmware.releases().getFirst();

        @Mixin
        private DeviceOptions real = new DeviceOptions();

        @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
        private OutputFormat format = OutputFormat.text;

        @Override
        public Integer call() {
            // Some clauses leave things behind on purpose, and a core says so in its log.
            Logger log = Logger.getLogger(CORE_PACKAGE);
            Level before = log.getLevel();
            log.setLevel(Level.OFF);
            try {
                return run(System.out);
            } finally {
                log.setLevel(before);
            }
        }

        private int run(PrintStream out) {
            List<ContractReport> reports = new ArrayList<>();
            for (CoreChoice core : cores.isEmpty() ? List.of(CoreChoice.JAVA) : cores) {
                try {
                    reports.add(real.isGiven() ? real.check(core, firmware) : CoreCheck.run(core, List.of(firmware)));
                } catch (DeviceRefusedException e) {
                    System.err.println("lamella: " + e.getMessage());
                    return ExitCode.FAILED;
                } catch (CoreException e) {
                    System.err.println("lamella: The core " + core + " is refused: " + e.getMessage());
                    return ExitCode.FAILED;
                }
            }
            if (format == OutputFormat.json) {
                Json.print(out, reports);
            } else {
                print(reports, out);
            }
            return reports.stream().allMatch(ContractReport::isKept) ? ExitCode.OK : ExitCode.FAILED;
        }

        private static void print(List<ContractReport> reports, PrintStream out) {
            List<String> headings = new ArrayList<>(List.of("CLAUSE"));
            reports.forEach(report -> headings.add(report.core()));
            headings.add("");
            Table table = new Table(headings.toArray(String[]::new));
            for (int i = 0; i < reports.getFirst().clauses().size(); i++) {
                ClauseResult first = reports.getFirst().clauses().get(i);
                List<Object> cells = new ArrayList<>(List.of(first.id()));
                for (ContractReport report : reports) {
                    Outcome outcome = report.clauses().get(i).outcome();
                    cells.add(
                            outcome == Outcome.FAILED
                                    ? "FAILED"
                                    : outcome.name().toLowerCase(Locale.ROOT));
                }
                cells.add(first.sentence());
                table.row(cells.toArray());
            }
            table.print(out);
            for (ContractReport report : reports) {
                out.println();
                summarise(report, out);
            }
        }

        private static void summarise(ContractReport report, PrintStream out) {
            report.clauses().stream()
                    .filter(clause -> clause.outcome() != Outcome.PASSED)
                    .forEach(clause -> out.println(report.core() + ": " + clause.id() + " "
                            + (clause.outcome() == Outcome.FAILED ? "FAILED: " : "skipped: ") + clause.reason()));
            out.printf(
                    Locale.ROOT,
                    "%s on %s: %d passed, %d failed, %d skipped in %.1f s%n",
                    report.core(),
                    report.gpu().isEmpty() ? "no GPU" : report.gpu(),
                    report.count(Outcome.PASSED),
                    report.count(Outcome.FAILED),
                    report.count(Outcome.SKIPPED),
                    report.millis() / 1000.0);
            report.refusal().ifPresent(out::println);
        }
    }
}
