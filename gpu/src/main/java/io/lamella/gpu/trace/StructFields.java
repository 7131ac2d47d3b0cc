// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A structure in a message as names and values. Zeroes are left out, since most of most structures is zero; so are fields beyond what was
 * kept of the message. What is shown of arrays is limited.
 */
final class StructFields {
    private static final int MAX_ELEMENTS = 16;
    private static final int MAX_BYTES = 32;
    private static final int MAX_FIELDS = 512;

    /** Fields whose number is read as bits or as a place: NVIDIA's names say so. */
    private static final Pattern HEXADECIMAL = Pattern.compile(
            "^h[A-Z].*|(?i).*(addr|offset|base|limit|mask|flags|handle|value|caps|class|phys|cmd|pde|lo|hi)$|.*[a-z]ID$|pa|(?i).*(addr|mask|flags|handle).*");

    private int left = MAX_FIELDS;

    private StructFields() {}

    static Map<String, Object> of(Struct struct, MemorySegment message, long base) {
        return new StructFields().fields(struct, message, base);
    }

    private Map<String, Object> fields(Struct struct, MemorySegment message, long base) {
        Map<String, Object> found = new LinkedHashMap<>();
        for (StructField field : struct.fields()) {
            if (left <= 0) {
                break;
            }
            Object value = value(field, message, base);
            if (value != null) {
                left--;
                found.put(field.name(), value);
            }
        }
        return found;
    }

    /** Null for a zero. */
    private @Nullable Object value(StructField field, MemorySegment message, long base) {
        return switch (field) {
            case StructField.Scalar scalar -> scalar(scalar, message, base);
            case StructField.Bytes bytes -> bytes(bytes, message, base);
            case StructField.Nested nested -> {
                Map<String, Object> inner = fields(nested.type(), message, nested.at(base));
                yield inner.isEmpty() ? null : inner;
            }
            case StructField.Array array -> array(array, message, base);
        };
    }

    private static @Nullable Object scalar(StructField.Scalar field, MemorySegment message, long base) {
        if (base + field.offset() > message.byteSize() - field.sizeBytes()) {
            return null;
        }
        long value = field.value(message, base);
        if (value == 0) {
            return null;
        }
        return HEXADECIMAL.matcher(field.name()).matches() || value < 0 || value > Integer.MAX_VALUE
                ? "0x" + Long.toHexString(value)
                : (Object) value;
    }

    private static @Nullable Object bytes(StructField.Bytes field, MemorySegment message, long base) {
        long at = base + field.offset();
        long length = Math.min(field.sizeBytes(), message.byteSize() - at);
        if (length <= 0) {
            return null;
        }
        byte[] bytes = message.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        if (end == 0) {
            return null;
        }
        int text = 0;
        while (text < end && bytes[text] >= ' ' && bytes[text] < 0x7f) {
            text++;
        }
        if (text == end && end >= 3) {
            return new String(bytes, 0, end, StandardCharsets.US_ASCII);
        }
        int shown = Math.min(end, MAX_BYTES);
        return HexFormat.of().formatHex(bytes, 0, shown) + (shown < end ? "..." : "");
    }

    private @Nullable Object array(StructField.Array field, MemorySegment message, long base) {
        int stride = field.strideBytes();
        if (stride <= 0) {
            return null;
        }
        long fits = (message.byteSize() - base - field.offset()) / stride;
        long count = Math.min(field.count() == 0 ? fits : Math.min(fits, field.count()), MAX_ELEMENTS);
        List<Object> elements = new ArrayList<>();
        int significant = 0;
        for (int i = 0; i < count && left > 0; i++) {
            Object element = value(field.element(), message, field.at(base, i));
            elements.add(element == null ? (Object) 0L : element);
            if (element != null) {
                significant = i + 1;
            }
        }
        return significant == 0 ? null : List.copyOf(elements.subList(0, significant));
    }
}
