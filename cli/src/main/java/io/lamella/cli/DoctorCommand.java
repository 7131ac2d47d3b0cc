// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.Cache;
import io.lamella.vm.check.Finding;
import io.lamella.vm.check.HostChecks;
import io.lamella.vm.check.Probes;
import io.lamella.vm.qemu.GuestKit;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lamella doctor}. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Check this host, and say what to do about what it lacks.",
        footer = {
            "",
            "ok: as it should be. warn: works, but slower, or not with everything. FAIL: something will not work.",
            "The exit code is 1 if anything failed, else 0. Nothing is changed or fetched."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final int NAME_WIDTH = 17;
    private static final int LINE_WIDTH = 79;

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Override
    public Integer call() throws IOException {
        Cache cache = Cache.ofUser();
        List<Finding> findings = new HostChecks(
                        Path.of("/"), System.getenv(), Probes.real(cache), GuestKit.knownKvmFailure(cache))
                .all();
        boolean failed = findings.stream().anyMatch(finding -> finding.level() == Finding.Level.FAIL);
        if (format == OutputFormat.json) {
            Json.print(System.out, document(findings, !failed));
        } else {
            print(System.out, findings);
        }
        return failed ? ExitCode.FAILED : ExitCode.OK;
    }

    private static Map<String, Object> document(List<Finding> findings, boolean isOk) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("ok", isOk);
        document.put(
                "checks",
                findings.stream()
                        .map(finding -> {
                            Map<String, Object> entry = new LinkedHashMap<>();
                            entry.put("name", finding.name());
                            entry.put("level", finding.level().name().toLowerCase(Locale.ROOT));
                            entry.put("sentence", finding.sentence());
                            entry.put("advice", finding.advice());
                            return entry;
                        })
                        .toList());
        return document;
    }

    static void print(PrintStream out, List<Finding> findings) {
        for (Finding finding : findings) {
            String level = finding.level() == Finding.Level.FAIL
                    ? "FAIL"
                    : finding.level().name().toLowerCase(Locale.ROOT);
            String head = String.format(Locale.ROOT, "%-4s  %-" + NAME_WIDTH + "s  ", level, finding.name());
            String indent = " ".repeat(head.length());
            String next = head;
            for (String line : wrapped(finding.sentence(), LINE_WIDTH - head.length())) {
                out.println(next + line);
                next = indent;
            }
            if (!finding.advice().isEmpty()) {
                for (String line : wrapped(finding.advice(), LINE_WIDTH - head.length() - 2)) {
                    out.println(indent + "  " + line);
                }
            }
        }
    }

    private static List<String> wrapped(String text, int width) {
        List<String> lines = new java.util.ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
