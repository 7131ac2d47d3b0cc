// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** A node file as text: YAML, of which JSON is a part. */
public final class NodeFileText {
    /** Longer files are refused. */
    public static final int MAX_CHARACTERS = 1 << 20;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
            .build();

    private final NodeFile file;
    private final Map<String, Integer> lines;

    private NodeFileText(NodeFile file, Map<String, Integer> lines) {
        this.file = file;
        this.lines = lines;
    }

    /** What it says. */
    public NodeFile file() {
        return file;
    }

    /** The line on which the value at a path such as {@code vgpus[2].type} is, or that of what it is in; 0 if that is not known. */
    public int line(String path) {
        String at = path;
        while (!at.isEmpty()) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
            int end = Math.max(at.lastIndexOf('.'), at.lastIndexOf('['));
            at = end < 0 ? "" : at.substring(0, end);
        }
        return 0;
    }

    /** The same problems, each with its line in the sentence. */
    public List<NodeProblem> withLines(List<NodeProblem> problems) {
        return problems.stream()
                .map(problem -> {
                    int line = line(problem.path());
                    return line == 0
                            ? problem
                            : new NodeProblem(problem.path(), "line " + line + ": " + problem.sentence());
                })
                .toList();
    }

    /**
     * Reads a file.
     *
     * @throws NodeException {@code INVALID_FILE}; the problems have path and line
     */
    public static NodeFileText parse(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new NodeException(
                    NodeErrorCode.INVALID_FILE,
                    "The file has " + text.length() + " characters; " + MAX_CHARACTERS + " at the most are read.");
        }
        List<NodeProblem> problems = new ArrayList<>();
        try {
            Map<String, Integer> lines = lines(text);
            JsonNode tree = YAML.readTree(text);
            if (!tree.isObject()) {
                throw new NodeException(
                        NodeErrorCode.INVALID_FILE, "The file must have apiVersion, kind, gpus, vgpus.");
            }
            checkNames("", tree, NodeFile.class, lines, problems);
            if (problems.isEmpty()) {
                return new NodeFileText(YAML.readValue(text, NodeFile.class), lines);
            }
        } catch (JacksonException e) {
            String path = e instanceof DatabindException bind ? path(bind.getPath()) : "";
            problems.add(new NodeProblem(path, JsonFaults.where(e) + JsonFaults.sentence(e)));
        }
        throw new NodeException(
                NodeErrorCode.INVALID_FILE,
                "The file cannot be used: " + problems.getFirst()
                        + (problems.size() == 1 ? "" : " And " + (problems.size() - 1) + " more."),
                problems);
    }

    private static String path(List<JacksonException.Reference> references) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : references) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }

    /** The line of every value, by its path. */
    private static Map<String, Integer> lines(String text) {
        Map<String, Integer> lines = new HashMap<>();
        try (JsonParser parser = YAML.createParser(text)) {
            while (parser.nextToken() != null) {
                TokenStreamLocation at = parser.currentTokenLocation();
                lines.putIfAbsent(
                        path(parser.streamReadContext().pathAsPointer().toString()), at.getLineNr());
            }
        }
        return lines;
    }

    /** {@code /vgpus/2/type} as {@code vgpus[2].type}. */
    private static String path(String pointer) {
        return pointer.replaceAll("/([0-9]+)(?=/|$)", "[$1]").replace('/', '.').replaceFirst("^\\.", "");
    }

    /** Names that there are not, with those that there are. */
    private static void checkNames(
            String path, JsonNode node, Class<?> type, Map<String, Integer> lines, List<NodeProblem> problems) {
        Map<String, RecordComponent> known = new TreeMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            known.put(component.getName(), component);
        }
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            String name = property.getKey();
            String at = path.isEmpty() ? name : path + "." + name;
            RecordComponent component = known.get(name);
            if (component == null) {
                problems.add(new NodeProblem(
                        at,
                        "line " + lines.getOrDefault(at, 0) + ": there is no " + Definitions.shown(name)
                                + "; there are " + String.join(", ", known.keySet()) + "."));
            } else if (component.getType().isRecord()) {
                checkNames(at, property.getValue(), component.getType(), lines, problems);
            } else if (component.getGenericType() instanceof ParameterizedType list
                    && list.getActualTypeArguments()[0] instanceof Class<?> element
                    && element.isRecord()) {
                int index = 0;
                for (JsonNode item : property.getValue()) {
                    checkNames(at + "[" + index++ + "]", item, element, lines, problems);
                }
            }
        }
    }

    /** A node file as YAML. */
    public static String write(NodeFile file) {
        return YAML.writeValueAsString(file);
    }
}
