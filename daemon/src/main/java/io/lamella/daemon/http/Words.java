// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/**
 * What the API's description says of records that belong to other modules and so carry no {@link Doc}: lines {@code Record=sentence} and
 * {@code Record.component=sentence} in {@code words.properties}. A question mark before the sentence marks a component that may be left out.
 */
final class Words {
    private static final Properties TABLE = load();

    private Words() {}

    private static Properties load() {
        Properties table = new Properties();
        try (InputStream in = Words.class.getResourceAsStream("words.properties")) {
            if (in == null) {
                throw new IllegalStateException("words.properties is not there.");
            }
            table.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }

    static String of(Class<?> type) {
        return TABLE.getProperty(Shape.name(type), "");
    }

    static String of(Class<?> type, String component) {
        String sentence = line(type, component);
        return sentence.startsWith("?") ? sentence.substring(1).strip() : sentence;
    }

    static boolean isOptional(Class<?> type, String component) {
        return line(type, component).startsWith("?");
    }

    private static String line(Class<?> type, String component) {
        // A test sees to it that there are words for everything; a daemon without them runs all the same.
        return TABLE.getProperty(Shape.name(type) + "." + component, "");
    }
}
