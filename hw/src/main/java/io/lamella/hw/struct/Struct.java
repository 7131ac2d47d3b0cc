// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.struct;

import io.lamella.hw.struct.StructField.Array;
import io.lamella.hw.struct.StructField.Bytes;
import io.lamella.hw.struct.StructField.Nested;
import io.lamella.hw.struct.StructField.Scalar;
import io.lamella.hw.struct.StructField.U16;
import io.lamella.hw.struct.StructField.U32;
import io.lamella.hw.struct.StructField.U64;
import io.lamella.hw.struct.StructField.U8;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a structure looks like in memory. Look fields up once, by name, and keep them.
 *
 * <p>Names of fields inside structures are joined by dots ({@code sriovCaps.totalVFs}), elements of arrays have an index
 * ({@code surface[2].surface_pitch}).
 */
public final class Struct {
    private final String name;
    private final int sizeBytes;
    private final int alignmentBytes;
    private final Map<String, StructField> fields = new LinkedHashMap<>();

    Struct(String name, int sizeBytes, int alignmentBytes, List<StructField> fields) {
        this.name = name;
        this.sizeBytes = sizeBytes;
        this.alignmentBytes = alignmentBytes;
        for (StructField field : fields) {
            this.fields.putIfAbsent(field.name(), field);
        }
    }

    /** The name that its owner gave it. */
    public String name() {
        return name;
    }

    /** Bytes, with the padding at its end. An array of unknown length counts nothing. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** Alignment that C gives it. */
    public int alignmentBytes() {
        return alignmentBytes;
    }

    /** Fields in order, each as seen from the start of the structure. Members of a union have the same offset. */
    public List<StructField> fields() {
        return List.copyOf(fields.values());
    }

    /** Whether a whole structure at {@code base} lies in the segment. */
    public boolean fits(MemorySegment segment, long base) {
        return base >= 0 && base <= segment.byteSize() - sizeBytes;
    }

    /** Zeroes a structure. */
    public void clear(MemorySegment segment, long base) {
        segment.asSlice(base, sizeBytes).fill((byte) 0);
    }

    /** The field of that name, for fields that some releases lack. */
    public Optional<StructField> find(String path) {
        return Optional.ofNullable(resolve(path));
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public U8 u8(String path) {
        return as(U8.class, path);
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public U16 u16(String path) {
        return as(U16.class, path);
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public U32 u32(String path) {
        return as(U32.class, path);
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public U64 u64(String path) {
        return as(U64.class, path);
    }

    /** A number of whatever width this release gives it. @throws IllegalArgumentException if there is no such number */
    public Scalar scalar(String path) {
        return as(Scalar.class, path);
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public Bytes bytes(String path) {
        return as(Bytes.class, path);
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public Array array(String path) {
        return as(Array.class, path);
    }

    /** @throws IllegalArgumentException if there is no such field, or it is not of this kind */
    public Nested nested(String path) {
        return as(Nested.class, path);
    }

    /** Offset of a field of any kind. @throws IllegalArgumentException if there is no such field */
    public int offsetOf(String path) {
        return as(StructField.class, path).offset();
    }

    private <F extends StructField> F as(Class<F> kind, String path) {
        StructField field = resolve(path);
        if (field == null) {
            throw new IllegalArgumentException(name + " has no field " + path + ".");
        }
        if (!kind.isInstance(field)) {
            throw new IllegalArgumentException("%s.%s is %s, not %s."
                    .formatted(name, path, field.getClass().getSimpleName(), kind.getSimpleName()));
        }
        return kind.cast(field);
    }

    private @Nullable StructField resolve(String path) {
        int dot = path.indexOf('.');
        StructField first = element(dot < 0 ? path : path.substring(0, dot));
        if (dot < 0 || first == null) {
            return first;
        }
        if (!(first instanceof Nested nested)) {
            return null;
        }
        StructField inner = nested.type().resolve(path.substring(dot + 1));
        return inner == null ? null : inner.within(nested.name() + ".", nested.offset());
    }

    private @Nullable StructField element(String segment) {
        int bracket = segment.indexOf('[');
        if (bracket < 0) {
            return fields.get(segment);
        }
        if (!(fields.get(segment.substring(0, bracket)) instanceof Array array)) {
            return null;
        }
        int index = Integer.parseInt(segment.substring(bracket + 1, segment.length() - 1));
        if (array.count() != 0 && index >= array.count()) {
            return null;
        }
        int offset = Math.toIntExact(array.at(0, index));
        return array.element().within(segment, offset);
    }

    @Override
    public String toString() {
        return name + " (" + sizeBytes + " bytes)";
    }
}
