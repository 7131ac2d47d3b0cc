// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A request that has passed every check of its route.
 *
 * @param route that it is for
 * @param parameters of the path
 * @param query what it says, checked
 * @param body the record of the route, or null if there was none
 * @param text the body as text, for routes that take text
 * @param mediaType of the body, without parameters
 * @param accept what the client takes, as it wrote it
 * @param ifMatch revision that it must have, or empty
 * @param ifNoneMatch whether there must be none yet ({@code If-None-Match: *})
 * @param lastEventId the last event that the client has, as it wrote it
 */
public record Call(
        Route route,
        Map<String, String> parameters,
        Map<String, String> query,
        @Nullable Object body,
        String text,
        String mediaType,
        String accept,
        OptionalLong ifMatch,
        boolean ifNoneMatch,
        @Nullable String lastEventId) {
    /** A parameter of the path. */
    public String parameter(String name) {
        return Objects.requireNonNull(parameters.get(name), name);
    }

    /** The body as the route's record. */
    public <T> T body(Class<T> type) {
        return type.cast(Objects.requireNonNull(body));
    }

    /** A parameter of the query, or a default. */
    public String query(String name, String other) {
        return query.getOrDefault(name, other);
    }

    /** A parameter of the query that is a number, or a default. */
    public long query(String name, long other) {
        String value = query.get(name);
        return value == null ? other : Long.parseLong(value);
    }
}
