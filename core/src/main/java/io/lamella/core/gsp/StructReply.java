// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/** Requests to bytes and bytes to replies, by the layout of the release that runs. */
final class StructReply implements RmReply {
    private final String request;
    private final Struct layout;
    private final MemorySegment content;

    StructReply(String request, Struct layout, MemorySegment content) {
        this.request = request;
        this.layout = layout;
        this.content = content;
    }

    /**
     * A request as bytes.
     *
     * @throws CoreException {@code NOT_SUPPORTED} for a field that the layout does not have, {@code INVALID} for a value that does not fit
     */
    static MemorySegment encode(RmRequest request, Struct layout) {
        MemorySegment target = MemorySegment.ofArray(new byte[layout.sizeBytes()]);
        for (Map.Entry<String, Long> entry : request.numbers().entrySet()) {
            if (!(field(request.name(), layout, entry.getKey()) instanceof StructField.Scalar scalar)) {
                throw new CoreException(CoreError.INVALID, request.name() + "." + entry.getKey() + " is no number.");
            }
            long value = entry.getValue();
            int unused = Long.SIZE - scalar.sizeBytes() * Byte.SIZE;
            if ((value << unused) >>> unused != value && (value << unused) >> unused != value) {
                throw new CoreException(
                        CoreError.INVALID,
                        String.format(
                                "0x%x does not fit %s.%s, which has %d bytes.",
                                value, request.name(), entry.getKey(), scalar.sizeBytes()));
            }
            scalar.setValue(target, 0, value);
        }
        for (Map.Entry<String, byte[]> entry : request.blobs().entrySet()) {
            StructField found = field(request.name(), layout, entry.getKey());
            byte[] value = entry.getValue();
            if (value.length > found.sizeBytes()) {
                throw new CoreException(
                        CoreError.INVALID,
                        value.length + " bytes do not fit " + request.name() + "." + entry.getKey() + ", which has "
                                + found.sizeBytes() + ".");
            }
            MemorySegment.copy(MemorySegment.ofArray(value), 0, target, found.offset(), value.length);
        }
        return target;
    }

    private static StructField field(String request, Struct layout, String path) {
        return layout.find(path)
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_SUPPORTED,
                        request + " has no field " + path + " in the firmware release that runs."));
    }

    @Override
    public long number(String field) {
        if (field(request, layout, field) instanceof StructField.Scalar scalar) {
            return scalar.value(content, 0);
        }
        throw new CoreException(CoreError.INVALID, request + "." + field + " is no number.");
    }

    @Override
    public long[] numbers(String field) {
        if (!(field(request, layout, field) instanceof StructField.Array array)
                || !(array.element() instanceof StructField.Scalar)) {
            throw new CoreException(CoreError.INVALID, request + "." + field + " is no array of numbers.");
        }
        long[] values = new long[array.count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(content, 0, i);
        }
        return values;
    }

    @Override
    public byte[] bytes(String field) {
        StructField found = field(request, layout, field);
        return content.asSlice(found.offset(), found.sizeBytes()).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public String text(String field) {
        if (field(request, layout, field) instanceof StructField.Bytes bytes) {
            return bytes.text(content, 0);
        }
        throw new CoreException(CoreError.INVALID, request + "." + field + " is no text.");
    }
}
