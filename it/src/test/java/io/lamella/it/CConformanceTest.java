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
        Path sources = CCompiler.project().resolve("core-c/src/test/c/conformance");
        Path program = CCompiler.compile(
                sources.resolve("conformance.c"),
                folder.resolve("conformance"),
                sources.resolve("tap.c").toString(),
                "-L" + libraries,
                "-llamella-core",
                "-lpthread",
                "-Wl,-rpath," + libraries);
        CCompiler.Outcome outcome = CCompiler.run(
                List.of(program.toString()),
                Map.of(
                        "LAMELLA_JAVA_HOME",
                        System.getProperty("java.home"),
                        "LAMELLA_CLASS_PATH",
                        System.getProperty("java.class.path")),
                60);
        assertThat(outcome.output().lines().filter(line -> line.startsWith("not ok") || line.startsWith("# ")))
                .isEmpty();
        assertThat(outcome.output()).contains("ok", "every function of the table was driven", "\n1..");
        assertThat(outcome.status()).isZero();
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
