// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Files that people write, held to the same shapes as bodies of requests. */
public final class Documents {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Documents() {}

    /**
     * What came of reading one.
     *
     * @param document null if there are problems
     * @param problems everything that is wrong
     */
    public record Read<T>(@Nullable T document, List<Violation> problems) {}

    /** Reads YAML, of which JSON is a part, as a record. An empty file is an empty object. */
    public static <T> Read<T> yaml(String text, Class<T> type) {
        JsonNode tree;
        try {
            tree = YAML.readTree(text);
        } catch (JacksonException e) {
            return new Read<>(null, List.of(new Violation("", Json.sentence(e))));
        }
        if (tree == null || tree.isMissingNode() || tree.isNull()) {
            tree = YAML.createObjectNode();
        }
        List<Violation> problems = ShapeCheck.violations(tree, Shape.of(type));
        if (!problems.isEmpty()) {
            return new Read<>(null, problems);
        }
        try {
            return new Read<>(Json.convert(tree, type), List.of());
        } catch (JacksonException e) {
            return new Read<>(null, List.of(new Violation("", Json.sentence(e))));
        }
    }
}
