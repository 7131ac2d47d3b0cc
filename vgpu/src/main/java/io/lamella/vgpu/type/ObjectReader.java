// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu.type;

import io.lamella.vgpu.type.TypeFileException.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Takes values out of a JSON object and writes down what is wrong with them. A value may come from one of several objects, the first
 * that has it. After a problem the caller gets a harmless value and goes on, so that later problems are found too.
 */
final class ObjectReader {
    private static final long MIB = 1L << 20;

    private final List<Layer> layers;
    private final List<Problem> problems;
    private final Set<String> known = new HashSet<>();

    /** One of the objects, with its path for messages. */
    record Layer(String path, JsonNode node) {}

    ObjectReader(List<Layer> layers, List<Problem> problems) {
        this.layers = layers;
        this.problems = problems;
    }

    private String path(int layer, String name) {
        String path = layers.get(layer).path();
        return path.isEmpty() ? name : path + "." + name;
    }

    private record Found(String path, JsonNode node) {}

    /** Whether there is such a value. One that need not be there is asked for like this first. */
    boolean has(String name) {
        known.add(name);
        return layers.stream().anyMatch(layer -> layer.node().get(name) != null);
    }

    private @Nullable Found find(String name) {
        known.add(name);
        for (int i = 0; i < layers.size(); i++) {
            JsonNode node = layers.get(i).node().get(name);
            if (node != null) {
                return new Found(path(i, name), node);
            }
        }
        problems.add(new Problem(path(0, name), "it is missing."));
        return null;
    }

    private void wrong(Found found, String wanted) {
        String shown = found.node.toString();
        problems.add(new Problem(
                found.path,
                wanted + " is needed, not " + (shown.length() > 60 ? shown.substring(0, 60) : shown) + "."));
    }

    String text(String name, String pattern, String wanted) {
        Found found = find(name);
        if (found == null) {
            return "";
        }
        if (!found.node.isString() || !found.node.stringValue().matches(pattern)) {
            wrong(found, wanted);
            return "";
        }
        return found.node.stringValue();
    }

    long number(String name, long min, long max) {
        Found found = find(name);
        if (found == null) {
            return min;
        }
        if (!found.node.isIntegralNumber() || !found.node.canConvertToLong()) {
            wrong(found, "a whole number");
            return min;
        }
        long value = found.node.longValue();
        if (value < min || value > max) {
            wrong(found, "a number from " + min + " to " + max);
            return min;
        }
        return value;
    }

    int integer(String name, int min, int max) {
        return (int) number(name, min, max);
    }

    /** A size in MiB, as bytes. */
    long mebibytes(String name, long maxMebibytes) {
        return number(name, 1, maxMebibytes) * MIB;
    }

    /** A number written as {@code "0x26b5"}. */
    int hex(String name, int digits) {
        String text = text(name, "0x[0-9a-fA-F]{" + digits + "}", "a text of 0x and " + digits + " hexadecimal digits");
        return text.isEmpty() ? 0 : Integer.parseInt(text.substring(2), 16);
    }

    boolean flag(String name) {
        Found found = find(name);
        if (found == null) {
            return false;
        }
        if (!found.node.isBoolean()) {
            wrong(found, "true or false");
            return false;
        }
        return found.node.booleanValue();
    }

    List<String> texts(String name, boolean mayBeEmpty) {
        Found found = find(name);
        List<String> values = new ArrayList<>();
        if (found == null) {
            return values;
        }
        if (!found.node.isArray() || (found.node.isEmpty() && !mayBeEmpty)) {
            wrong(found, mayBeEmpty ? "a list of texts" : "a list with at least one text");
            return values;
        }
        for (JsonNode item : found.node) {
            if (item.isString() && !item.stringValue().isBlank()) {
                values.add(item.stringValue());
            } else {
                wrong(found, "a list of texts");
            }
        }
        return values;
    }

    /** Two whole numbers, such as a width and a height. */
    long[] pair(String name, long max) {
        Found found = find(name);
        if (found == null) {
            return new long[] {1, 1};
        }
        JsonNode node = found.node;
        if (!node.isArray() || node.size() != 2 || !inRange(node.get(0), max) || !inRange(node.get(1), max)) {
            wrong(found, "a list of two numbers from 1 to " + max);
            return new long[] {1, 1};
        }
        return new long[] {node.get(0).longValue(), node.get(1).longValue()};
    }

    private static boolean inRange(JsonNode node, long max) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 1 && node.longValue() <= max;
    }

    /** The value itself where it is an object or a list. */
    @Nullable
    JsonNode container(String name, boolean list) {
        Found found = find(name);
        if (found == null) {
            return null;
        }
        if (list ? !found.node.isArray() : !found.node.isObject()) {
            wrong(found, list ? "a list" : "an object");
            return null;
        }
        return found.node;
    }

    /** Reports names that nobody asked for: mostly misspellings. */
    void rejectUnknown() {
        Layer first = layers.getFirst();
        for (String name : first.node().propertyNames()) {
            if (!known.contains(name)) {
                problems.add(new Problem(path(0, name), "there is no such value; known are " + sorted() + "."));
            }
        }
    }

    private String sorted() {
        return String.join(", ", known.stream().sorted().toList());
    }

    /** The list of values that follow from a rule. Called last: it knows all names by then. */
    Set<String> derived() {
        Set<String> names = Set.copyOf(texts("derived", true));
        for (String name : names) {
            if (!known.contains(name)) {
                problem("derived", "it names " + name + ", and there is no such value.");
            }
        }
        return names;
    }

    void problem(String name, String sentence) {
        problems.add(new Problem(path(0, name), sentence));
    }
}
