// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a JSON value has to look like. Read off a record once, then used for checking requests and for describing the API. */
public sealed interface Shape {
    /** A string. */
    record Text(
            int maxLength,
            @Nullable Pattern pattern,
            @Nullable String format,
            List<String> oneOf) implements Shape {}

    /** A whole number. */
    record Whole(long min, long max) implements Shape {}

    /** A number. */
    record Decimal() implements Shape {}

    /** True or false. */
    record Flag() implements Shape {}

    /** An array. */
    record ListOf(Shape item, int maxItems) implements Shape {}

    /** An object with any keys. */
    record MapOf(Shape value, int maxItems) implements Shape {}

    /** An object with these keys and no others. */
    record Structure(String name, String summary, List<Member> members) implements Shape {}

    /** Any object; who takes it checks it. */
    record AnyObject() implements Shape {}

    /** A key of a {@link Structure}. */
    record Member(String name, Shape shape, boolean required, String summary) {}

    /** The shape of a record of the API. @throws IllegalArgumentException if it has a component that JSON has no word for */
    static Structure of(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        if (components == null) {
            throw new IllegalArgumentException(type + " is no record.");
        }
        List<Member> members = new ArrayList<>();
        for (RecordComponent component : components) {
            Doc doc = component.getAnnotation(Doc.class);
            Shape shape = of(component.getGenericType(), doc == null ? PLAIN : doc);
            String name = component.getName();
            members.add(
                    doc != null
                            ? new Member(name, shape, !doc.optional(), doc.value())
                            : new Member(name, shape, !Words.isOptional(type, name), Words.of(type, name)));
        }
        Doc doc = type.getAnnotation(Doc.class);
        return new Structure(type.getSimpleName(), doc == null ? Words.of(type) : doc.value(), List.copyOf(members));
    }

    /** What a record is called in the API's description; one within another record has that one's name before its own. */
    static String name(Class<?> type) {
        Class<?> outer = type.getDeclaringClass();
        return outer != null && outer.isRecord() ? name(outer) + type.getSimpleName() : type.getSimpleName();
    }

    private static Shape of(Type type, Doc doc) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return new ListOf(of(arguments[0], doc), doc.maxItems());
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                return new MapOf(of(arguments[1], doc), doc.maxItems());
            }
        }
        if (type == String.class) {
            return new Text(
                    doc.maxLength(),
                    doc.pattern().isEmpty() ? null : Pattern.compile(doc.pattern()),
                    null,
                    List.of(doc.oneOf()));
        }
        if (type == UUID.class) {
            return new Text(36, Pattern.compile(UUID_PATTERN), "uuid", List.of());
        }
        if (type == Instant.class) {
            return new Text(40, null, "date-time", List.of());
        }
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            boolean small = type == int.class || type == Integer.class;
            return new Whole(
                    small ? Math.max(doc.min(), Integer.MIN_VALUE) : doc.min(),
                    small ? Math.min(doc.max(), Integer.MAX_VALUE) : doc.max());
        }
        if (type == double.class || type == Double.class) {
            return new Decimal();
        }
        if (type == boolean.class || type == Boolean.class) {
            return new Flag();
        }
        if (type instanceof Class<?> of && of.isEnum()) {
            List<String> values = new ArrayList<>();
            for (Object constant : of.getEnumConstants()) {
                values.add(Json.tree(constant).stringValue());
            }
            return new Text(64, null, null, List.copyOf(values));
        }
        if (type instanceof Class<?> of && of.isRecord()) {
            return of(of);
        }
        if (type == JsonNode.class) {
            return new AnyObject();
        }
        throw new IllegalArgumentException("JSON of this API has no word for " + type.getTypeName() + ".");
    }

    /** The limits of components without limits of their own. */
    Doc PLAIN = Plain.class.getRecordComponents()[0].getAnnotation(Doc.class);

    /** Carries {@link #PLAIN}. */
    record Plain(
            @Doc(value = "", min = -(1L << 53) + 1, maxLength = 4096)
            String value) {}

    /** How a UUID is written. */
    String UUID_PATTERN = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
}
