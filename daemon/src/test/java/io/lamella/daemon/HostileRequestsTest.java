// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.Problem;
import io.lamella.daemon.http.Route;
import io.lamella.daemon.http.Shape;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every route of the table against everything that a request can have wrong: always a problem document, never a 500, never a stack trace,
 * never long.
 */
class HostileRequestsTest {
    private static final long LIMIT_NANOS = 10_000_000_000L;
    private static final byte[] NOTHING = new byte[0];

    @TempDir
    static Path folder;

    private static TestDaemon daemon;
    private static VgpuView vgpu;

    @BeforeAll
    static void start() throws Exception {
        daemon = new TestDaemon(folder, 1);
        try (DaemonClient client = daemon.client()) {
            vgpu = client.define(VgpuDefinition.of("L40-8Q").withName("target"));
        }
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    private record Outcome(int status, @Nullable Problem problem) {}

    /** Sends it and holds the answer to what every answer must be. */
    private static Outcome probe(String method, String path, Map<String, String> headers, byte[] body) {
        long begun = System.nanoTime();
        Outcome outcome;
        try (DaemonClient client = daemon.client()) {
            outcome = new Outcome(client.send(method, path, headers, body).status(), null);
        } catch (ApiException e) {
            outcome = new Outcome(e.problem().status(), e.problem());
        }
        String what = method + " " + (path.length() > 200 ? path.substring(0, 200) : path) + " " + outcome;
        assertThat(System.nanoTime() - begun).as(what).isLessThan(LIMIT_NANOS);
        assertThat(outcome.status()).as(what).isNotIn(500, 501, 502);
        Problem problem = outcome.problem();
        if (problem != null) {
            assertThat(problem.code()).as(what).matches("[a-z][a-z0-9-]*");
            assertThat(problem.detail()).as(what).isNotBlank().doesNotContain("\tat ", "Exception", "io.lamella.");
            problem.problems()
                    .forEach(each -> assertThat(each.message())
                            .as(what)
                            .isNotBlank()
                            .doesNotContain("\tat ", "Exception", "tools.jackson"));
        }
        return outcome;
    }

    private static Outcome refused(int status, String method, String path, Map<String, String> headers, byte[] body) {
        Outcome outcome = probe(method, path, headers, body);
        assertThat(outcome.status()).as(method + " " + path + " " + outcome).isEqualTo(status);
        return outcome;
    }

    private static Stream<Route> routes() {
        return daemon.daemon.routes().routes().stream();
    }

    /** A path of a route with things that are there. */
    private static String path(Route route) {
        return route.path()
                .text()
                .replace("{gpu}", "gpu0")
                .replace("{vgpu}", "target")
                .replace("{operation}", "x-1");
    }

    private static <T extends Route.Body> T body(Route route, Class<T> type) {
        return type.cast(Objects.requireNonNull(route.request()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static DynamicTest test(Route route, Runnable body) {
        return DynamicTest.dynamicTest(route.id(), body::run);
    }

    @TestFactory
    Stream<DynamicTest> pathsThatNameNothing() {
        return routes().filter(route -> !route.path().parameters().isEmpty())
                .map(route -> test(route, () -> {
                    for (String name : List.of(
                            "none",
                            "%00",
                            "%ff%fe",
                            "..",
                            "%2e%2e",
                            "a%2fb",
                            ";x=1",
                            "%7B%7D",
                            "a".repeat(300),
                            "a".repeat(7000),
                            "%F0%9F%98%80",
                            "a%20b",
                            "-1",
                            "98b282d0-4527-40d0-967d-af36e8fa569f",
                            "*",
                            "%5C",
                            "%25",
                            "%0d%0aX:%20y")) {
                        String path = route.path().text().replaceFirst("\\{[a-z]+}", name);
                        Map<String, String> headers = new TreeMap<>();
                        byte[] body = NOTHING;
                        if (route.request() instanceof Route.Body.Document document) {
                            headers.put("Content-Type", "application/json");
                            body = Json.bytes(valid(document.shape()));
                        }
                        Outcome outcome = probe(route.method(), path, headers, body);
                        if (route.id().equals("putVgpu") && outcome.status() == 201) {
                            // What was not there is there now, and not wanted by the other routes' turns.
                            assertThat(probe("DELETE", path + "?wait=10", Map.of(), NOTHING)
                                            .status())
                                    .isEqualTo(200);
                        } else {
                            assertThat(outcome.status()).as(path).isBetween(400, 499);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> methodsThatItDoesNotTake() {
        return routes().map(route -> test(route, () -> {
            for (String method : List.of("PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "BREW")) {
                Outcome outcome = probe(method, path(route), Map.of(), NOTHING);
                assertThat(outcome.status()).as(method).isIn(400, 405);
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> formsThatItDoesNotHave() {
        return routes().filter(route -> !route.mediaTypes().isEmpty())
                .map(route -> test(route, () -> {
                    refused(406, route.method(), path(route), Map.of("Accept", "image/png, */*;q=0"), NOTHING);
                }));
    }

    @TestFactory
    Stream<DynamicTest> queriesThatItDoesNotKnow() {
        return routes().map(route -> test(route, () -> {
            for (String query : List.of("x=1", "%ff=%fe", "=", "&&&", "x".repeat(3000) + "=1", "a=1&a=2", "%zz=1")) {
                Outcome outcome = probe(route.method(), path(route) + "?nosuch=1&" + query, Map.of(), NOTHING);
                assertThat(outcome.status()).as(query).isEqualTo(400);
            }
            for (Route.Query known : route.query()) {
                String name = known.name();
                refused(400, route.method(), path(route) + "?" + name + "=1&" + name + "=1", Map.of(), NOTHING);
                for (String value :
                        List.of("", "-9", "999999999999999999999", "1.5", "0x10", "%F0%9F%98%80".repeat(100))) {
                    boolean plain = known.shape() instanceof Shape.Text text
                            && text.oneOf().isEmpty();
                    Outcome outcome = plain && route.id().equals("watchEvents")
                            ? new Outcome(400, null)
                            : probe(route.method(), path(route) + "?" + name + "=" + value, Map.of(), NOTHING);
                    if (!plain) {
                        assertThat(outcome.status()).as(name + "=" + value).isEqualTo(400);
                    }
                }
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> bodiesWhereNoneIsTaken() {
        return routes().filter(route -> route.request() == null)
                .map(route -> test(route, () -> {
                    refused(400, route.method(), path(route), Map.of("Content-Type", "application/json"), utf8("{}"));
                    refused(400, route.method(), path(route), Map.of(), new byte[1 << 20]);
                }));
    }

    @TestFactory
    Stream<DynamicTest> revisionsThatNeverWere() {
        return routes().filter(Route::conditional)
                .map(route -> test(route, () -> {
                    Map<String, String> headers = new TreeMap<>();
                    byte[] body = NOTHING;
                    if (route.request() instanceof Route.Body.Document document) {
                        headers.put("Content-Type", "application/json");
                        body = Json.bytes(valid(document.shape()));
                    }
                    for (String tag :
                            List.of("x", "\"x\"", "W/\"1\"", "\"-1\"", "\"1\", \"2\"", "\"" + "9".repeat(30) + "\"")) {
                        headers.put("If-Match", tag);
                        refused(412, route.method(), path(route), headers, body);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> bodiesThatCannotBe() {
        return routes().filter(route -> route.request() instanceof Route.Body.Document)
                .map(route -> test(route, () -> {
                    Shape.Structure shape =
                            body(route, Route.Body.Document.class).shape();
                    Map<String, String> json = Map.of("Content-Type", "application/json");
                    String path = path(route);
                    String method = route.method();
                    refused(400, method, path, Map.of(), NOTHING);
                    refused(415, method, path, Map.of("Content-Type", "text/plain"), utf8("{}"));
                    refused(415, method, path, Map.of(), utf8("{}"));
                    refused(
                            415,
                            method,
                            path,
                            Map.of("Content-Type", "application/json", "Content-Encoding", "gzip"),
                            utf8("{}"));
                    for (String text : List.of(
                            "{",
                            "}",
                            "{\"a\"",
                            "{\"a\":}",
                            "{} {}",
                            "{'a':1}",
                            "\0",
                            "{\"a\":01}",
                            "nul",
                            "{\"a\":1,\"a\":2}",
                            "[".repeat(5000),
                            "{\"a\":".repeat(2000),
                            "{\"a\":" + "9".repeat(5000) + "}",
                            "\"" + "x".repeat(70_000) + "\"",
                            "{\"" + "k".repeat(5000) + "\":1}",
                            "// x\n{}")) {
                        refused(400, method, path, json, utf8(text));
                    }
                    refused(400, method, path, json, new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'
                    });
                    refused(413, method, path, json, new byte[600_000]);
                    for (String text :
                            List.of("[]", "1", "\"x\"", "null", "true", "{\"nosuch\":1}", "1e400", "{\"\":{}}")) {
                        refused(422, method, path, json, utf8(text));
                    }
                    for (Shape.Member member : shape.members()) {
                        Map<String, Object> right = valid(shape);
                        for (Object wrong : wrongs(member.shape())) {
                            Map<String, Object> body = new LinkedHashMap<>(right);
                            body.put(member.name(), wrong);
                            Outcome outcome = refused(422, method, path, json, Json.bytes(body));
                            assertThat(Objects.requireNonNull(outcome.problem()).problems())
                                    .as(member.name() + " " + wrong)
                                    .anyMatch(each -> each.path().startsWith("/" + member.name()));
                        }
                        if (member.required()) {
                            right.remove(member.name());
                            refused(422, method, path, json, Json.bytes(right));
                        }
                    }
                    // Right in form, wrong in meaning: it refuses, but never by failing.
                    for (String hostile : List.of(
                            "", "..", "/etc/passwd", "\u0000", "\uD83D\uDE00", "a".repeat(250), "${x}", "%s%n")) {
                        Map<String, Object> body = new LinkedHashMap<>();
                        for (Shape.Member member : shape.members()) {
                            if (member.shape() instanceof Shape.Text text
                                    && text.oneOf().isEmpty()) {
                                body.put(member.name(), hostile);
                            } else if (member.required()) {
                                body.put(member.name(), valid(member.shape()));
                            }
                        }
                        if (!body.isEmpty()) {
                            Outcome _ = probe(method, path, json, Json.bytes(body));
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> textsThatCannotBe() {
        return routes().filter(route -> route.request() instanceof Route.Body.Text)
                .map(route -> test(route, () -> {
                    Route.Body.Text wanted = body(route, Route.Body.Text.class);
                    String type = wanted.mediaTypes().getFirst();
                    refused(400, route.method(), path(route), Map.of("Content-Type", type), utf8("  \n "));
                    refused(415, route.method(), path(route), Map.of("Content-Type", "image/png"), utf8("x"));
                    refused(
                            413,
                            route.method(),
                            path(route),
                            Map.of("Content-Type", type),
                            new byte[wanted.limitBytes() + 1]);
                    for (String text : List.of(
                            "{",
                            "a: [",
                            "&a [*a]",
                            "x: 1\nx: 2",
                            "[".repeat(3000),
                            "a: ".repeat(500),
                            "\0",
                            "apiVersion: lamella/v9\nkind: Node",
                            "vgpus: [1, {}, null]",
                            "gpus: 7",
                            "- - - -",
                            "kind: \"" + "x".repeat(9000) + "\"")) {
                        Outcome outcome = probe(route.method(), path(route), Map.of("Content-Type", type), utf8(text));
                        // A comparison says what is wrong with a file that can be read; nothing is refused by that.
                        boolean compared = route.id().equals("diffNode") && outcome.status() == 200;
                        assertThat(compared ? 422 : outcome.status()).as(text).isIn(400, 422);
                    }
                }));
    }

    @Test
    void nothingOfItLeftATrace() {
        try (DaemonClient client = daemon.client()) {
            assertThat(client.vgpu("target").uuid()).isEqualTo(vgpu.uuid());
            assertThat(client.node().gpuCount()).isEqualTo(1);
            client.delete("target", OptionalLong.empty());
            vgpu = client.define(VgpuDefinition.of("L40-8Q").withName("target"));
        }
    }

    /** A body that is right in form. */
    private static Map<String, Object> valid(Shape.Structure shape) {
        Map<String, Object> body = new LinkedHashMap<>();
        for (Shape.Member member : shape.members()) {
            if (member.required()) {
                body.put(member.name(), valid(member.shape()));
            }
        }
        return body;
    }

    private static Object valid(Shape shape) {
        return switch (shape) {
            case Shape.Text text ->
                text.oneOf().isEmpty() ? "L40-8Q" : text.oneOf().getFirst();
            case Shape.Whole whole -> Math.max(whole.min(), 1);
            case Shape.Decimal _ -> 1.5;
            case Shape.Flag _ -> true;
            case Shape.ListOf list -> List.of(valid(list.item()));
            case Shape.MapOf _, Shape.AnyObject _ -> Map.of();
            case Shape.Structure structure -> valid(structure);
        };
    }

    /** Values that do not have a shape. */
    private static List<Object> wrongs(Shape shape) {
        List<Object> all = new ArrayList<>();
        if (!(shape instanceof Shape.Text)) {
            all.add("text");
        }
        if (!(shape instanceof Shape.Flag)) {
            all.add(true);
        }
        if (!(shape instanceof Shape.Whole)) {
            all.add(12);
        }
        if (!(shape instanceof Shape.Decimal)) {
            all.add(1.25);
        }
        if (!(shape instanceof Shape.ListOf)) {
            all.add(List.of(List.of()));
        }
        switch (shape) {
            case Shape.Text text -> {
                all.add("x".repeat(text.maxLength() + 1));
                all.add(Map.of());
                if (!text.oneOf().isEmpty()) {
                    all.add("nosuch");
                }
            }
            case Shape.Whole whole -> {
                all.add(whole.max() + 1);
                all.add(whole.min() - 1);
                all.add(Map.of("a", 1));
            }
            case Shape.ListOf list -> {
                wrongs(list.item()).forEach(wrong -> all.add(List.of(wrong)));
                all.add(java.util.Collections.nCopies(list.maxItems() + 1, valid(list.item())));
            }
            case Shape.MapOf map -> wrongs(map.value()).forEach(wrong -> all.add(Map.of("a/~b", wrong)));
            case Shape.Structure _ -> all.add(Map.of("nosuch", 1));
            default -> all.add(Map.of("nosuch", Map.of()));
        }
        return all;
    }
}
