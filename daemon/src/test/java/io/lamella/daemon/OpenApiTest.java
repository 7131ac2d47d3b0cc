// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.lamella.daemon.api.NodeApi;
import io.lamella.daemon.client.ApiException;
import io.lamella.daemon.client.DaemonClient;
import io.lamella.daemon.http.Json;
import io.lamella.daemon.http.Route;
import io.lamella.host.node.VgpuDefinition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API's description: as checked in, sound, complete, and true of what the daemon answers. */
class OpenApiTest {
    /** Set to true on the command line (-Dlamella.update=true) to write the file anew. */
    private static final boolean UPDATE = Boolean.getBoolean("lamella.update");

    @TempDir
    static Path folder;

    /** Says that it does not know the keyword "components", each time. */
    private static final Logger CHATTY = Logger.getLogger("com.networknt.schema");

    private static TestDaemon daemon;
    private static JsonNode document;

    @BeforeAll
    static void start() throws Exception {
        CHATTY.setLevel(Level.SEVERE);
        daemon = new TestDaemon(folder, 1);
        document = Json.read(text().getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    private static String text() {
        return NodeApi.describe(daemon.daemon.routes(), Daemon.VERSION);
    }

    private static Path checkedIn() {
        Path here = Path.of("").toAbsolutePath();
        return (here.endsWith("daemon") ? here.resolveSibling("docs") : here.resolve("docs")).resolve("openapi.json");
    }

    @Test
    void isAsCheckedIn() throws IOException {
        if (UPDATE) {
            Files.writeString(checkedIn(), text());
        }
        assertThat(Files.readString(checkedIn()))
                .as("docs/openapi.json is not what the routes say; run this test with -Dlamella.update=true")
                .isEqualTo(text());
    }

    @Test
    void everythingHasItsWord() {
        assertThat(document.findValuesAsString("description")).doesNotContain("", ".");
        assertThat(document.findValuesAsString("summary"))
                .hasSizeGreaterThan(30)
                .doesNotContain("");
        Set<String> ids = new TreeSet<>(document.findValuesAsString("operationId"));
        assertThat(ids).hasSameSizeAs(daemon.daemon.routes().routes());
    }

    @Test
    void schemasAreSoundAndEveryReferenceLeadsSomewhere() {
        Schema meta = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        for (Map.Entry<String, JsonNode> entry :
                document.path("components").path("schemas").properties()) {
            assertThat(meta.validate(entry.getValue())).as(entry.getKey()).isEmpty();
        }
        for (String reference : document.findValuesAsString("$ref")) {
            assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
        }
        Set<String> tokens = new TreeSet<>();
        for (Route route : daemon.daemon.routes().routes()) {
            for (String name : route.path().parameters()) {
                tokens.add(name);
                JsonNode operation = document.path("paths")
                        .path(route.path().text())
                        .path(route.method().toLowerCase(java.util.Locale.ROOT));
                assertThat(operation.path("parameters").findValuesAsString("name"))
                        .as(route.id())
                        .contains(name);
            }
        }
        assertThat(tokens).contains("gpu", "vgpu", "operation");
    }

    /** What the daemon answers is what the description says that it answers. */
    @Test
    void answersAreAsDescribed() {
        List<String> wrong = new ArrayList<>();
        try (DaemonClient client = daemon.client()) {
            client.create(VgpuDefinition.of("L40-8Q").withName("one"));
            for (Route route : daemon.daemon.routes().routes()) {
                if (!route.method().equals("GET")
                        || !route.mediaTypes().getFirst().equals("application/json")) {
                    continue;
                }
                String path = route.path().text();
                String real = path.replace("{gpu}", "gpu0")
                        .replace("{vgpu}", "one")
                        .replace("{operation}", client.operations().getFirst().id());
                DaemonClient.Answer answer = client.send("GET", real, null, OptionalLong.empty());
                check(path, "200", "application/json", answer.json(), wrong);
                try {
                    DaemonClient.Answer none = client.send("GET", real + "?nosuch=1", null, OptionalLong.empty());
                    wrong.add(path + " took a query that is not there: " + none.status());
                } catch (ApiException e) {
                    check(path, "400", "application/problem+json", Json.tree(e.problem()), wrong);
                }
            }
            client.delete("one", OptionalLong.empty());
        }
        assertThat(wrong).isEmpty();
    }

    private static void check(String path, String status, String mediaType, JsonNode body, List<String> wrong) {
        JsonNode schema = document.path("paths")
                .path(path)
                .path("get")
                .path("responses")
                .path(status)
                .path("content")
                .path(mediaType)
                .path("schema");
        if (schema.isMissingNode()) {
            wrong.add(path + " has no schema for " + status);
            return;
        }
        ObjectNode whole = (ObjectNode) Json.tree(Map.of("components", document.path("components")));
        schema.properties().forEach(entry -> whole.set(entry.getKey(), entry.getValue()));
        Schema compiled = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(whole);
        for (Error error : compiled.validate(body)) {
            wrong.add(path + ": " + error);
        }
    }
}
