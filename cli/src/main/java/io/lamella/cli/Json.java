// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.io.PrintStream;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Prints documents. */
public final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /** Prints a document of maps, lists and plain values. */
    public static void print(PrintStream out, Object document) {
        out.println(MAPPER.writeValueAsString(document));
    }
}
