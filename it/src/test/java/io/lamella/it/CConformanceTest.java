// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.c.NativeCoreProvider;
import io.lamella.core.contract.ClauseResult;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The core's interface seen from C: a program that drives all of it, and a core in C that stands in front of the Java core. */
@Timeout(180)
class CConformanceTest {
    @TempDir
    static Path folder;

    static Path libraries;

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        libraries = CCompiler.libraries(folder.resolve("native"));
    }

    @Test
    void aCProgramFindsEveryFunctionAsTheHeaderSays() throws IOException, InterruptedException {
        CCompiler.Outcome outcome = CCompiler.run(List.of(program().toString()), environment(""), 60);
        assertConforms(outcome);
    }

    /**
     * The Java machine is in the same process: its own leaks are left out, and so is all but leaks, as it writes below its stacks on purpose.
     * About a minute.
     */
    @Test
    @Tag("long")
    void theCProgramLeaksNothing() throws IOException, InterruptedException {
        Path log = folder.resolve("valgrind.log");
        CCompiler.Outcome outcome = CCompiler.run(
                List.of(
                        "valgrind",
                        "--smc-check=all-non-file",
                        "--undef-value-errors=no",
                        "--leak-check=full",
                        "--show-leak-kinds=definite,indirect",
                        "--num-callers=30",
                        "--suppressions=" + conformance().resolve("jvm.supp"),
                        "--log-file=" + log,
                        program().toString()),
                environment("-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m"),
                900);
        assertConforms(outcome);
        assertThat(log).content().contains("LEAK SUMMARY", "definitely lost: 0 bytes", "indirectly lost: 0 bytes");
    }

    private static void assertConforms(CCompiler.Outcome outcome) {
        assertThat(outcome.output().lines().filter(line -> line.startsWith("not ok") || line.startsWith("# ")))
                .isEmpty();
        assertThat(outcome.output()).contains("ok", "every function of the table was driven", "\n1..");
        assertThat(outcome.status()).isZero();
    }

    private static Path conformance() {
        return CCompiler.project().resolve("core-c/src/test/c/conformance");
    }

    private static Path program() throws IOException, InterruptedException {
        return CCompiler.compile(
                conformance().resolve("conformance.c"),
                folder.resolve("conformance"),
                conformance().resolve("tap.c").toString(),
                "-g",
                "-L" + libraries,
                "-llamella-core",
                "-lpthread",
                "-Wl,-rpath," + libraries);
    }

    private static Map<String, String> environment(String javaOptions) {
        return Map.of(
                "LAMELLA_JAVA_HOME",
                System.getProperty("java.home"),
                "LAMELLA_CLASS_PATH",
                System.getProperty("java.class.path"),
                "LAMELLA_JAVA_OPTIONS",
                javaOptions);
    }

    @Test
    void theReportsOfTheJavaCoreAndOfTheInterposerInFrontOfItAreTheSame() {
        NativeCoreProvider interposer = NativeCoreProvider.load(libraries.resolve("liblamella-interposer.so"));
        ContractReport direct = check(CoreProvider.JAVA);
        ContractReport through = check(interposer);
        assertThat(through.broken()).isEmpty();
        assertThat(through.clauses())
                .extracting(ClauseResult::id, ClauseResult::outcome, ClauseResult::reason)
                .isEqualTo(direct.clauses().stream()
                        .map(one -> tuple(one.id(), one.outcome(), one.reason()))
                        .toList());
    }

    private static ContractReport check(CoreProvider core) {
        return CoreContract.check(
                new ContractSubject(core, ContractGpus::next, ContractGpus.FIRMWARE, CoreOptions.DEFAULT));
    }
}
