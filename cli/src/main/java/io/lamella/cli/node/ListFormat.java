// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli.node;

import io.lamella.daemon.http.Json;
import java.io.PrintWriter;
import java.util.List;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** What {@code -o} of a command about a node takes. */
enum ListFormat {
    table,
    wide,
    json,
    yaml;

    /**
     * Prints something.
     *
     * @param document as the API answers it
     * @param lines the same for people
     */
    void print(PrintWriter out, Object document, List<String> lines) {
        switch (this) {
            case json -> out.println(Json.pretty(document));
            case yaml ->
                out.print(YAMLMapper.builder()
                        .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
                        .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
                        .build()
                        .writeValueAsString(Json.tree(document)));
            case table, wide -> lines.forEach(out::println);
        }
    }
}
