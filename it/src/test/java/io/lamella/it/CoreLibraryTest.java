// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuCore;
import io.lamella.core.VersionRange;
import io.lamella.core.c.NativeCoreProvider;
import io.lamella.pci.PciSlot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code liblamella-core.so}: the Java core for a C program, and for a Java program that takes it for any core in C. */
@Timeout(120)
class CoreLibraryTest {
    @TempDir
    static Path folder;

    static Path libraries;

    @BeforeAll
    static void build() throws IOException, InterruptedException {
        libraries = CCompiler.libraries(folder.resolve("native"));
    }

    private static CCompiler.Outcome runLinked(String program, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("client.c"), program);
        Path client = CCompiler.compile(
                source, folder.resolve("client"), "-L" + libraries, "-llamella-core", "-Wl,-rpath," + libraries);
        return CCompiler.run(List.of(client.toString()), environment, 60);
    }

    @Test
    void theGuidesExampleWorksWithoutAGpu() throws IOException, InterruptedException {
        String guide = Files.readString(CCompiler.project().resolve("docs/core.md"));
        Matcher example =
                Pattern.compile("```c\n(#include.*?)```", Pattern.DOTALL).matcher(guide);
        assertThat(example.find()).isTrue();
        CCompiler.Outcome outcome = runLinked(
                example.group(1),
                Map.of(
                        "LAMELLA_JAVA_HOME",
                        System.getProperty("java.home"),
                        "LAMELLA_CLASS_PATH",
                        System.getProperty("java.class.path")));
        assertThat(outcome.output())
                .contains("NVIDIA L40 (AD102), firmware 570.144")
                .contains("read back 0x1a3e11a");
        assertThat(outcome.status()).isZero();
    }

    @Test
    void whatIsMissingIsSaidInASentence() throws IOException, InterruptedException {
        String program = """
                #include <stdio.h>
                #include "lamella_core.h"
                int main(void)
                {
                    const struct lamella_core_ops *core = NULL;
                    char why[LAMELLA_SENTENCE_BYTES];
                    uint64_t size;
                    int32_t wrong = lamella_core_table(9, 0, &core);
                    lamella_core_refusal(why, sizeof(why), &size);
                    printf("%d %s\\n", (int)wrong, why);
                    wrong = lamella_core_table(LAMELLA_CORE_MAJOR, LAMELLA_CORE_MINOR, &core);
                    lamella_core_refusal(why, sizeof(why), &size);
                    printf("%d %s\\n", (int)wrong, why);
                    return core != NULL;
                }
                """;
        CCompiler.Outcome without = runLinked(program, Map.of("JAVA_HOME", "/nonexistent", "LAMELLA_JAVA_HOME", ""));
        assertThat(without.output().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .isEqualTo("-95 Version 9.0 of the core's interface is wanted; this core speaks 1.0 to"
                                        + " 1.2."),
                        line -> assertThat(line).startsWith("-2 There is no Java runtime"));
        assertThat(without.status()).isZero();
        CCompiler.Outcome noClasses = runLinked(
                program,
                Map.of("LAMELLA_JAVA_HOME", System.getProperty("java.home"), "LAMELLA_CLASS_PATH", "/nonexistent"));
        assertThat(noClasses.output()).contains("-2 Finding Lamella's classes");
        assertThat(noClasses.status()).isZero();
    }

    @Test
    void aJavaProgramCanUseItAsACoreInC() {
        NativeCoreProvider provider = NativeCoreProvider.load(libraries.resolve("liblamella-core.so"));
        try (PciSlot slot = ContractGpus.next();
                GpuCore core = provider.open(slot, ContractGpus.FIRMWARE, CoreOptions.DEFAULT);
                CoreSession session = core.attach(
                        new ClientIdentity("test", ""),
                        VersionRange.only(new ApiVersion(1, 2)),
                        Set.of(CoreCapability.FB_MEMORY),
                        CoreEvents.NONE)) {
            assertThat(core.description().chip()).isEqualTo("AD102");
            session.allocateFb(FbRequest.pages("some", 4096)).close();
            assertThat(session.held()).isEmpty();
        }
    }

    @Test
    void whatIsNoCoreIsRefused() throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("old.c"), """
                #include "lamella_core.h"
                int32_t lamella_core_table(uint32_t major, uint32_t minor, const struct lamella_core_ops **out)
                {
                    (void)major; (void)minor; (void)out;
                    return LAMELLA_NOT_SUPPORTED;
                }
                """);
        Path old = CCompiler.compile(source, folder.resolve("libold.so"), "-shared", "-fPIC", "-Wl,-z,noexecstack");
        Path other = CCompiler.compile(
                Files.writeString(folder.resolve("other.c"), "int other(void);\nint other(void) { return 0; }\n"),
                folder.resolve("libother.so"),
                "-shared",
                "-fPIC",
                "-Wl,-z,noexecstack");
        assertThatThrownBy(() -> NativeCoreProvider.load(old))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_SUPPORTED))
                .hasMessageContaining("does not give version 1.2");
        assertThatThrownBy(() -> NativeCoreProvider.load(other))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.NOT_FOUND))
                .hasMessageContaining("does not export lamella_core_table");
        assertThatThrownBy(() -> NativeCoreProvider.load(source)).hasMessageContaining("cannot be loaded");
        assertThatThrownBy(() -> NativeCoreProvider.load(folder.resolve("none.so")))
                .hasMessageContaining("There is no core library");
    }
}
