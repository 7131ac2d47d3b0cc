// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.CoreError;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Struct;
import io.lamella.core.c.abi.Structs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java believes of {@code lamella_core.h} is what the C compiler makes of it. */
class HeaderTest {
    @TempDir
    Path folder;

    @Test
    void layoutsAndConstantsAreTheCompilersOwn() throws IOException, InterruptedException {
        Map<String, Long> expected = expected();
        StringBuilder program =
                new StringBuilder("#include <stddef.h>\n#include <stdio.h>\n#include \"lamella_core.h\"\n");
        program.append("int main(void)\n{\n");
        expected.keySet()
                .forEach(expression -> program.append("    printf(\"%lld\\n\", (long long)(")
                        .append(expression)
                        .append("));\n"));
        program.append("    return 0;\n}\n");
        Path source = Files.writeString(folder.resolve("layout.c"), program);
        CCompiler.Outcome outcome = CCompiler.run(
                List.of(CCompiler.compile(source, folder.resolve("layout")).toString()), Map.of(), 10);
        assertThat(outcome.status()).isZero();
        List<Long> values = outcome.output().lines().map(Long::parseLong).toList();
        Map<String, Long> found = new LinkedHashMap<>();
        int at = 0;
        for (String expression : expected.keySet()) {
            found.put(expression, values.get(at++));
        }
        assertThat(found).containsExactlyEntriesOf(expected);
    }

    private static Map<String, Long> expected() {
        Map<String, Long> expected = new LinkedHashMap<>();
        for (Struct struct : Structs.all()) {
            expected.put("sizeof(struct " + struct.name() + ")", struct.sizeBytes());
            for (Struct.Field field : struct.fields()) {
                expected.put("offsetof(struct " + struct.name() + ", " + field.name() + ")", field.offset());
                expected.put("sizeof(((struct " + struct.name() + " *)0)->" + field.name() + ")", field.sizeBytes());
            }
        }
        expected.put("LAMELLA_CORE_MAJOR", (long) Limits.MAJOR);
        expected.put("LAMELLA_CORE_MINOR", (long) Limits.MINOR);
        expected.put("LAMELLA_CORE_VERSION", (long) Limits.version(Limits.MAJOR, Limits.MINOR));
        expected.put("LAMELLA_SENTENCE_BYTES", (long) Limits.SENTENCE_BYTES);
        expected.put("LAMELLA_LABEL_BYTES", (long) Limits.LABEL_BYTES);
        expected.put("LAMELLA_IDENTITY_BYTES", (long) Limits.IDENTITY_BYTES);
        expected.put("LAMELLA_NAME_BYTES", (long) Limits.NAME_BYTES);
        expected.put("LAMELLA_REASON_BYTES", (long) Limits.REASON_BYTES);
        expected.put("LAMELLA_SPEC_BYTES", (long) Limits.SPEC_BYTES);
        expected.put("LAMELLA_SHORT_BYTES", (long) Limits.SHORT_BYTES);
        expected.put("LAMELLA_MAX_RELEASES", (long) Limits.MAX_RELEASES);
        expected.put("LAMELLA_MAX_FIELDS", (long) Limits.MAX_FIELDS);
        expected.put("LAMELLA_MAX_BLOB_BYTES", (long) Limits.MAX_BLOB_BYTES);
        expected.put("LAMELLA_MAX_BLOCK_BYTES", Limits.MAX_BLOCK_BYTES);
        for (CoreError error : CoreError.values()) {
            expected.put("LAMELLA_" + error, (long) -error.errno());
        }
        return expected;
    }

    @Test
    void everyStructOfTheHeaderIsDeclaredInJava() throws IOException {
        String header = Files.readString(CCompiler.sources().resolve("include/lamella_core.h"));
        Matcher matcher =
                Pattern.compile("^struct (lamella_\\w+) \\{", Pattern.MULTILINE).matcher(header);
        Set<String> declared = new TreeSet<>();
        while (matcher.find()) {
            declared.add(matcher.group(1));
        }
        assertThat(Structs.all()).extracting(Struct::name).containsExactlyInAnyOrderElementsOf(declared);
    }

    @Test
    void isAlsoAHeaderForCPlusPlus() throws IOException, InterruptedException {
        Path source = Files.writeString(
                folder.resolve("plus.cc"), "#include \"lamella_core.h\"\nint main() { return LAMELLA_OK; }\n");
        CCompiler.Outcome outcome = CCompiler.run(
                List.of(
                        CCompiler.find("c++", "g++", "clang++"),
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-pedantic",
                        "-fsyntax-only",
                        "-I",
                        CCompiler.sources().resolve("include").toString(),
                        source.toString()),
                Map.of(),
                60);
        assertThat(outcome.output()).isEmpty();
        assertThat(outcome.status()).isZero();
    }
}
