// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Holds a JSON value against a {@link Shape} and says everything that is wrong with it, up to a limit. */
final class ShapeCheck {
    private static final int MOST = 50;

    private final List<Violation> found = new ArrayList<>();

    private ShapeCheck() {}

    static List<Violation> violations(JsonNode value, Shape shape) {
        ShapeCheck check = new ShapeCheck();
        check.check("", value, shape);
        return check.found;
    }

    private void wrong(String path, String message) {
        if (found.size() < MOST) {
            found.add(new Violation(path, message));
        }
    }

    private void check(String path, JsonNode value, Shape shape) {
        switch (shape) {
            case Shape.Text text -> checkText(path, value, text);
            case Shape.Whole whole -> checkWhole(path, value, whole);
            case Shape.Decimal _ -> {
                if (!value.isNumber()) {
                    wrong(path, "This must be a number, not " + kind(value) + ".");
                }
            }
            case Shape.Flag _ -> {
                if (!value.isBoolean()) {
                    wrong(path, "This must be true or false, not " + kind(value) + ".");
                }
            }
            case Shape.AnyObject _ -> {
                if (!value.isObject()) {
                    wrong(path, "This must be an object, not " + kind(value) + ".");
                }
            }
            case Shape.ListOf list -> checkList(path, value, list);
            case Shape.MapOf map -> {
                if (!value.isObject()) {
                    wrong(path, "This must be an object, not " + kind(value) + ".");
                } else if (value.size() > map.maxItems()) {
                    wrong(path, "This may have " + map.maxItems() + " keys at most, not " + value.size() + ".");
                } else {
                    for (Map.Entry<String, JsonNode> entry : value.properties()) {
                        check(path + "/" + pointer(entry.getKey()), entry.getValue(), map.value());
                    }
                }
            }
            case Shape.Structure structure -> checkStructure(path, value, structure);
        }
    }

    private void checkText(String path, JsonNode value, Shape.Text text) {
        if (!value.isString()) {
            wrong(path, "This must be a string, not " + kind(value) + ".");
            return;
        }
        String string = value.stringValue();
        if (string.length() > text.maxLength()) {
            wrong(path, "This may have " + text.maxLength() + " characters at most, not " + string.length() + ".");
        } else if (!text.oneOf().isEmpty() && !text.oneOf().contains(string)) {
            wrong(path, "This must be one of " + String.join(", ", text.oneOf()) + ".");
        } else if (text.pattern() != null && !text.pattern().matcher(string).matches()) {
            wrong(
                    path,
                    "uuid".equals(text.format()) ? "This must be a UUID." : "This must match " + text.pattern() + ".");
        } else if ("date-time".equals(text.format())) {
            try {
                Instant _ = Instant.parse(string);
            } catch (DateTimeException e) {
                wrong(path, "This must be a time such as 2026-01-31T12:00:00Z.");
            }
        }
    }

    private void checkWhole(String path, JsonNode value, Shape.Whole whole) {
        if (!value.isIntegralNumber()) {
            wrong(path, "This must be a whole number, not " + kind(value) + ".");
        } else if (!value.canConvertToLong() || value.longValue() < whole.min() || value.longValue() > whole.max()) {
            wrong(path, "This must be from " + whole.min() + " to " + whole.max() + ".");
        }
    }

    private void checkList(String path, JsonNode value, Shape.ListOf list) {
        if (!value.isArray()) {
            wrong(path, "This must be an array, not " + kind(value) + ".");
        } else if (value.size() > list.maxItems()) {
            wrong(path, "This may have " + list.maxItems() + " entries at most, not " + value.size() + ".");
        } else {
            for (int i = 0; i < value.size(); i++) {
                check(path + "/" + i, value.get(i), list.item());
            }
        }
    }

    private void checkStructure(String path, JsonNode value, Shape.Structure structure) {
        if (!value.isObject()) {
            wrong(path, "This must be an object, not " + kind(value) + ".");
            return;
        }
        for (Shape.Member member : structure.members()) {
            JsonNode inner = value.get(member.name());
            if (inner != null && !(inner.isNull() && !member.required())) {
                check(path + "/" + member.name(), inner, member.shape());
            } else if (inner == null && member.required()) {
                wrong(path + "/" + member.name(), "This is missing.");
            }
        }
        for (String name : value.propertyNames()) {
            if (structure.members().stream().noneMatch(member -> member.name().equals(name))) {
                wrong(
                        path + "/" + pointer(name),
                        "There is no such key; the keys here are "
                                + String.join(
                                        ", ",
                                        structure.members().stream()
                                                .map(Shape.Member::name)
                                                .toList())
                                + ".");
            }
        }
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case BOOLEAN -> "true or false";
            case NULL, MISSING -> "null";
            case NUMBER -> value.isIntegralNumber() ? "a number" : "a number with a fraction";
            case STRING, BINARY -> "a string";
        };
    }

    /** A key in a JSON pointer; a long one is cut. */
    private static String pointer(String key) {
        String cut = key.length() > 64 ? key.substring(0, 64) : key;
        return cut.replace("~", "~0").replace("/", "~1");
    }
}
