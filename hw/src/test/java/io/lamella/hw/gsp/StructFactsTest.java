// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares every structure with what a C compiler makes of the drivers' and NVIDIA's own headers. */
class StructFactsTest {
    private static final Pattern HEAD = Pattern.compile("(r535|r570)_\\w+ (\\w+) size=(\\d+)");
    private static final Pattern FIELD =
            Pattern.compile("@(\\d+) \\+(\\d+) (\\w+|\\(group end\\))(\\[\\d*\\])?(:\\d+)?");

    /** Fields that share bits or that we read as one word. */
    private static final Set<String> BIT_FIELDS = Set.of("pte_desc");

    record FieldFact(String name, int offset, int sizeBytes) {}

    record StructFact(GspAbi abi, String name, int sizeBytes, List<FieldFact> fields) {
        @Override
        public String toString() {
            return abi.release() + " " + name;
        }
    }

    static Stream<StructFact> facts() {
        return Stream.of("struct-facts.txt", "vgpu-struct-facts.txt").flatMap(StructFactsTest::read);
    }

    private static Stream<StructFact> read(String resource) {
        List<StructFact> facts = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(StructFactsTest.class.getResourceAsStream(resource)), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Matcher head = HEAD.matcher(line);
                if (head.matches()) {
                    GspAbi abi = head.group(1).equals("r535") ? GspAbi.R535 : GspAbi.R570;
                    facts.add(new StructFact(
                            abi, head.group(2), Integer.parseInt(head.group(3)), fields(reader.readLine())));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return facts.stream();
    }

    private static List<FieldFact> fields(String line) {
        List<FieldFact> fields = new ArrayList<>();
        Matcher field = FIELD.matcher(line);
        while (field.find()) {
            fields.add(
                    new FieldFact(field.group(3), Integer.parseInt(field.group(1)), Integer.parseInt(field.group(2))));
        }
        return fields;
    }

    @ParameterizedTest
    @MethodSource("facts")
    void structIsLaidOutAsTheCompilerDoes(StructFact fact) {
        Struct struct = fact.abi().struct(fact.name());
        assertThat(struct.sizeBytes()).as("size of %s", fact.name()).isEqualTo(fact.sizeBytes());
        if (BIT_FIELDS.contains(fact.name())) {
            return;
        }
        List<FieldFact> ours = flatten(struct);
        for (FieldFact field : fact.fields()) {
            if (!field.name().equals("(group end)")) {
                assertThat(ours).as(fact.toString()).contains(field);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("facts")
    void structHasNoFieldOfItsOwn(StructFact fact) {
        if (BIT_FIELDS.contains(fact.name())) {
            return;
        }
        Struct struct = fact.abi().struct(fact.name());
        List<String> known = fact.fields().stream().map(FieldFact::name).toList();
        for (StructField field : struct.fields()) {
            assertThat(known).as(fact.toString()).contains(field.name());
        }
    }

    /** Its fields, and those of groups that are declared inside it without a name of their own. */
    private static List<FieldFact> flatten(Struct struct) {
        List<FieldFact> flat = new ArrayList<>();
        flatten(struct, 0, flat);
        return flat;
    }

    private static void flatten(Struct struct, int base, List<FieldFact> flat) {
        for (StructField field : struct.fields()) {
            flat.add(new FieldFact(field.name(), base + field.offset(), field.sizeBytes()));
            if (field instanceof StructField.Nested nested
                    && nested.type().name().contains(".")) {
                flatten(nested.type(), base + nested.offset(), flat);
            }
            if (field instanceof StructField.Array array
                    && array.element() instanceof StructField.Nested nested
                    && nested.type().name().contains(".")) {
                flatten(nested.type(), base + array.offset(), flat);
            }
        }
    }

    @Test
    void factsCoverWhatIsDeclared() {
        List<StructFact> facts = facts().toList();
        assertThat(facts).hasSizeGreaterThan(200);
        for (GspAbi abi : GspAbi.all()) {
            Set<String> covered = Set.copyOf(facts.stream()
                    .filter(fact -> fact.abi() == abi)
                    .map(StructFact::name)
                    .distinct()
                    .toList());
            List<String> uncovered = abi.declared().stream()
                    .map(Struct::name)
                    .filter(name -> !covered.contains(name))
                    .sorted()
                    .toList();
            assertThat(uncovered).as("structures of %s without facts", abi).isEmpty();
        }
    }
}
