// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The description of an API in the form of OpenAPI 3.1, made of its route table. The same table gives the same document, byte by byte. */
public final class OpenApi {
    private final Map<String, Object> schemas = new TreeMap<>();

    private OpenApi() {}

    /** The document as a tree of maps and lists. */
    public static Map<String, Object> document(RouteTable table, String title, String version, String about) {
        OpenApi made = new OpenApi();
        Map<String, Object> paths = new LinkedHashMap<>();
        for (Route route : table.routes()) {
            @SuppressWarnings("unchecked") // put there two lines below
            Map<String, Object> item =
                    (Map<String, Object>) paths.computeIfAbsent(route.path().text(), key -> new LinkedHashMap<>());
            item.put(route.method().toLowerCase(java.util.Locale.ROOT), made.operation(route));
        }
        made.schema(Shape.of(Problem.class));
        return ordered(
                "openapi",
                "3.1.0",
                "info",
                ordered(
                        "title",
                        title,
                        "version",
                        version,
                        "description",
                        about,
                        "license",
                        ordered("name", "Apache-2.0", "identifier", "Apache-2.0")),
                "paths",
                paths,
                "components",
                ordered(
                        "schemas",
                        made.schemas,
                        "securitySchemes",
                        ordered("token", ordered("type", "http", "scheme", "bearer"))),
                "security",
                List.of(ordered("token", List.of()), Map.of()));
    }

    private Map<String, Object> operation(Route route) {
        Map<String, Object> operation =
                ordered("operationId", route.id(), "summary", route.summary(), "tags", List.of(route.tag()));
        List<Object> parameters = new ArrayList<>();
        for (String name : route.path().parameters()) {
            parameters.add(
                    parameter(name, "path", true, "The " + name + ".", new Shape.Text(256, null, null, List.of())));
        }
        for (Route.Query query : route.query()) {
            parameters.add(parameter(query.name(), "query", false, query.summary(), query.shape()));
        }
        if (route.conditional()) {
            parameters.add(parameter(
                    "If-Match",
                    "header",
                    false,
                    "The revision that the thing must have, as the ETag of a GET gave it.",
                    new Shape.Text(24, null, null, List.of())));
        }
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        Route.Body body = route.request();
        if (body != null) {
            operation.put("requestBody", ordered("required", !route.bodyOptional(), "content", requestContent(body)));
        }
        operation.put("responses", responses(route));
        if (route.open()) {
            operation.put("security", List.of());
        }
        operation.put("x-since", route.since());
        return operation;
    }

    private static Map<String, Object> parameter(
            String name, String in, boolean required, String sentence, Shape shape) {
        return ordered(
                "name",
                name,
                "in",
                in,
                "required",
                required,
                "description",
                sentence,
                "schema",
                new OpenApi().of(shape));
    }

    private Map<String, Object> requestContent(Route.Body body) {
        Map<String, Object> content = new LinkedHashMap<>();
        switch (body) {
            case Route.Body.Document document ->
                content.put("application/json", ordered("schema", of(document.shape())));
            case Route.Body.Text text -> {
                for (String type : text.mediaTypes()) {
                    content.put(type, ordered("schema", ordered("type", type.endsWith("json") ? "object" : "string")));
                }
            }
        }
        return content;
    }

    private Map<String, Object> responses(Route route) {
        Map<String, Object> responses = new TreeMap<>();
        for (Route.Answer answer : route.answers()) {
            Map<String, Object> response = ordered("description", "Done.");
            if (answer.status() == 202) {
                response.put("description", "Begun; the operation says how it goes on.");
            }
            Map<String, Object> content = switch (answer.content()) {
                case Route.Content.Document document ->
                    ordered("application/json", ordered("schema", of(Shape.of(document.type()))));
                case Route.Content.Many many ->
                    ordered(
                            "application/json",
                            ordered("schema", ordered("type", "array", "items", of(Shape.of(many.item())))));
                case Route.Content.Text text ->
                    ordered(
                            text.mediaType(),
                            ordered(
                                    "schema",
                                    ordered("type", text.mediaType().endsWith("json") ? "object" : "string")));
                case Route.Content.None _ -> Map.of();
            };
            // Two answers with one status: the same thing in two forms.
            if (responses.get(Integer.toString(answer.status())) instanceof Map<?, ?> same
                    && same.get("content") instanceof Map<?, ?> forms) {
                Map<String, Object> both = new LinkedHashMap<>();
                forms.forEach((type, schema) -> both.put(String.valueOf(type), schema));
                both.putAll(content);
                content = both;
            }
            if (!content.isEmpty()) {
                response.put("content", content);
            }
            responses.put(Integer.toString(answer.status()), response);
        }
        TreeSet<Integer> statuses = new TreeSet<>(route.problems());
        statuses.add(400);
        statuses.add(406);
        if (!route.open()) {
            statuses.add(401);
            statuses.add(403);
        }
        if (route.request() != null) {
            statuses.addAll(List.of(413, 415, 422));
        }
        if (route.conditional()) {
            statuses.add(412);
        }
        for (int status : statuses) {
            responses.put(Integer.toString(status), problem("Refused: the document says why."));
        }
        responses.put("default", problem("Anything else that goes wrong."));
        return responses;
    }

    private Map<String, Object> problem(String sentence) {
        return ordered(
                "description",
                sentence,
                "content",
                ordered("application/problem+json", ordered("schema", of(Shape.of(Problem.class)))));
    }

    private Map<String, Object> of(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> {
                Map<String, Object> schema = ordered("type", "string", "maxLength", text.maxLength());
                if (text.format() != null) {
                    schema.put("format", text.format());
                } else if (text.pattern() != null) {
                    schema.put("pattern", "^(?:" + text.pattern() + ")$");
                }
                if (!text.oneOf().isEmpty()) {
                    schema.put("enum", text.oneOf());
                }
                yield schema;
            }
            case Shape.Whole whole -> ordered("type", "integer", "minimum", whole.min(), "maximum", whole.max());
            case Shape.Decimal _ -> ordered("type", "number");
            case Shape.Flag _ -> ordered("type", "boolean");
            case Shape.AnyObject _ -> ordered("type", "object");
            case Shape.ListOf list -> ordered("type", "array", "maxItems", list.maxItems(), "items", of(list.item()));
            case Shape.MapOf map ->
                ordered("type", "object", "maxProperties", map.maxItems(), "additionalProperties", of(map.value()));
            case Shape.Structure structure -> schema(structure);
        };
    }

    /** Describes a record once and refers to it from then on. */
    private Map<String, Object> schema(Shape.Structure structure) {
        Map<String, Object> reference = ordered("$ref", "#/components/schemas/" + structure.name());
        if (schemas.containsKey(structure.name())) {
            return reference;
        }
        schemas.put(structure.name(), Map.of());
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Shape.Member member : structure.members()) {
            Map<String, Object> property = new LinkedHashMap<>(of(member.shape()));
            property.put("description", member.summary());
            properties.put(member.name(), property);
            if (member.required()) {
                required.add(member.name());
            }
        }
        Map<String, Object> schema =
                ordered("type", "object", "description", structure.summary(), "properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schemas.put(structure.name(), schema);
        return reference;
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
