// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A path such as <code>/v1/gpus/{gpu}</code>.
 *
 * @param text as it is written
 * @param segments between its slashes
 */
public record PathTemplate(String text, List<String> segments) {
    static PathTemplate of(String text) {
        return new PathTemplate(text, split(text));
    }

    /** The segments of a path that begins with a slash. */
    static List<String> split(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /** The names between braces, in order. */
    public List<String> parameters() {
        List<String> names = new ArrayList<>();
        for (String segment : segments) {
            if (isParameter(segment)) {
                names.add(name(segment));
            }
        }
        return names;
    }

    /** The values of the parameters if a path is one of these, else null. */
    @Nullable
    Map<String, String> match(List<String> path) {
        if (path.size() != segments.size()) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String segment = segments.get(i);
            if (isParameter(segment)) {
                if (path.get(i).isEmpty()) {
                    return null;
                }
                values.put(name(segment), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return null;
            }
        }
        return values;
    }

    private static boolean isParameter(String segment) {
        return segment.startsWith("{");
    }

    private static String name(String segment) {
        return segment.substring(1, segment.length() - 1);
    }
}
