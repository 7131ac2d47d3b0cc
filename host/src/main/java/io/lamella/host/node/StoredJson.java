// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.store.DocumentStore;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Stored files as JSON. What a newer version may have added is ignored. */
final class StoredJson {
    private static final JsonMapper FILES = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonMapper LINES =
            FILES.rebuild().disable(SerializationFeature.INDENT_OUTPUT).build();

    private StoredJson() {}

    /** @param newest the newest schema that is understood */
    static <T> DocumentStore.Codec<T> codec(Class<T> type, ToIntFunction<T> schema, int newest) {
        return new DocumentStore.Codec<>() {
            @Override
            public byte[] encode(T document) {
                return FILES.writeValueAsBytes(document);
            }

            @Override
            public T decode(String key, byte[] content) {
                T document;
                try {
                    document = FILES.readValue(content, type);
                } catch (JacksonException e) {
                    throw new IllegalArgumentException(
                            JsonFaults.where(e) + "it is not as expected: " + JsonFaults.sentence(e), e);
                }
                if (document == null || schema.applyAsInt(document) < 1) {
                    throw new IllegalArgumentException("it has no schema number.");
                }
                if (schema.applyAsInt(document) > newest) {
                    throw new IllegalArgumentException("it has schema " + schema.applyAsInt(document)
                            + ", and this version reads up to " + newest + "; use the version that wrote it.");
                }
                return document;
            }
        };
    }

    static byte[] record(NodeEvent event) {
        return LINES.writeValueAsBytes(event);
    }

    /** The event, or null if this is none. */
    static @Nullable NodeEvent event(byte[] record) {
        try {
            return LINES.readValue(record, NodeEvent.class);
        } catch (JacksonException e) {
            return null;
        }
    }
}
