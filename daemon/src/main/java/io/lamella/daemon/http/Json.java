// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** JSON as the API reads and writes it: strict on the way in, bounded in every direction, without nulls on the way out. */
public final class Json {
    /** Deepest nesting of a body. */
    public static final int MAX_DEPTH = 32;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(64 << 10)
                            .maxNameLength(256)
                            .maxNumberLength(64)
                            .maxDocumentLength(16L << 20)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private Json() {}

    /** A document as bytes of UTF-8. */
    public static byte[] bytes(Object document) {
        return MAPPER.writeValueAsBytes(document);
    }

    /** A document, indented, for people and for files under version control. */
    public static String pretty(Object document) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(document);
    }

    /** A document as a tree. */
    public static JsonNode tree(Object document) {
        return MAPPER.valueToTree(document);
    }

    /** What a trusted side wrote, leniently: keys that this version does not know are ignored. @throws JacksonException if it is not that */
    public static <T> T read(byte[] bytes, Class<T> type) {
        return MAPPER.readValue(bytes, type);
    }

    /** What a trusted side wrote. @throws JacksonException if it is no JSON */
    public static JsonNode read(byte[] bytes) {
        return MAPPER.readTree(bytes);
    }

    static <T> T convert(JsonNode tree, Class<T> type) {
        return MAPPER.treeToValue(tree, type);
    }

    /** A body from outside. @throws ProblemException if it is no JSON, or too deep */
    static JsonNode parse(byte[] body) {
        try {
            JsonNode tree = MAPPER.readTree(body);
            if (tree == null || tree.isMissingNode()) {
                throw new ProblemException(ProblemCode.BODY_REQUIRED, "The body is empty; send a JSON object.");
            }
            return tree;
        } catch (JacksonException e) {
            throw new ProblemException(ProblemCode.MALFORMED_BODY, "The body is no JSON: " + sentence(e));
        }
    }

    /** A body as a record, once it has been checked against its shape. @throws ProblemException with everything that is wrong */
    static <T> T bind(JsonNode tree, Shape.Structure shape, Class<T> type) {
        List<Violation> wrong = ShapeCheck.violations(tree, shape);
        if (!wrong.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.INVALID,
                    wrong.size() == 1
                            ? "The body is not right at " + wrong.getFirst().path() + ": "
                                    + wrong.getFirst().message()
                            : "The body has " + wrong.size() + " things wrong; they are listed in problems.",
                    wrong);
        }
        try {
            return MAPPER.treeToValue(tree, type);
        } catch (JacksonException e) {
            throw new ProblemException(ProblemCode.INVALID, "The body is not right: " + sentence(e));
        }
    }

    /** What the parser says, without where in its own code it was. */
    static String sentence(JacksonException e) {
        String message = e.getOriginalMessage() == null ? "it cannot be read" : e.getOriginalMessage();
        int line = message.indexOf('\n');
        String first = line < 0 ? message : message.substring(0, line);
        String cut = first.length() > 300 ? first.substring(0, 300) + "…" : first;
        String where = e.getLocation() == null || e.getLocation().getLineNr() < 1
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        return new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                + where
                + (cut.endsWith(".") ? "" : ".");
    }
}
