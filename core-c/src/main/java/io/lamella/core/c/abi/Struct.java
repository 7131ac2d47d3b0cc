// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A struct of the header: its fields by name, laid out as C does it. Fields of a nested struct are named with a dot.
 *
 * <p>Fields are read and written without regard to alignment: that a pointer from outside is aligned is not ours to trust.
 */
public final class Struct {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /**
     * A field.
     *
     * @param name as in C
     * @param offset from the start of the struct
     * @param sizeBytes of it
     */
    public record Field(String name, long offset, long sizeBytes) {}

    /** A field before it has a place. */
    record Member(String name, long sizeBytes, long alignment, List<Field> inner) {}

    private final String name;
    private final long sizeBytes;
    private final long alignment;
    private final Map<String, Field> fields = new LinkedHashMap<>();

    private Struct(String name, List<Member> members) {
        this.name = name;
        long at = 0;
        long widest = 1;
        for (Member member : members) {
            at = roundUp(at, member.alignment());
            fields.put(member.name(), new Field(member.name(), at, member.sizeBytes()));
            for (Field inner : member.inner()) {
                String path = member.name() + "." + inner.name();
                fields.put(path, new Field(path, at + inner.offset(), inner.sizeBytes()));
            }
            at += member.sizeBytes();
            widest = Math.max(widest, member.alignment());
        }
        alignment = widest;
        sizeBytes = roundUp(at, widest);
    }

    static Struct of(String name, Member... members) {
        return new Struct(name, List.of(members));
    }

    static Member u32(String name) {
        return new Member(name, 4, 4, List.of());
    }

    static Member u64(String name) {
        return new Member(name, 8, 8, List.of());
    }

    static Member pointer(String name) {
        return u64(name);
    }

    static Member text(String name, int sizeBytes) {
        return new Member(name, sizeBytes, 1, List.of());
    }

    static Member struct(String name, Struct type) {
        return new Member(name, type.sizeBytes, type.alignment, List.copyOf(type.fields.values()));
    }

    private static long roundUp(long value, long alignment) {
        return (value + alignment - 1) / alignment * alignment;
    }

    /** As in C, without the word struct. */
    public String name() {
        return name;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** The fields in order, each nested struct followed by its own. */
    public List<Field> fields() {
        return new ArrayList<>(fields.values());
    }

    /** New memory for one, zeroed; {@code struct_size} is set where there is such a field. */
    public MemorySegment allocate(Arena arena) {
        MemorySegment memory = arena.allocate(sizeBytes, alignment);
        if (fields.containsKey("struct_size")) {
            setU32(memory, "struct_size", (int) sizeBytes);
        }
        return memory;
    }

    /** New memory for several in a row, zeroed; at least one. */
    public MemorySegment allocate(Arena arena, int count) {
        return arena.allocate(sizeBytes * Math.max(1, count), alignment);
    }

    /** The one with that number in a row of them. */
    public MemorySegment at(MemorySegment row, int index) {
        return row.asSlice(index * sizeBytes, sizeBytes);
    }

    /** What a pointer from outside leads to. @throws CoreException {@code INVALID} for NULL */
    public MemorySegment behind(MemorySegment pointer) {
        return Pointers.behind(pointer, sizeBytes, name);
    }

    /**
     * What a pointer from outside leads to, of a struct that tells its size and may be older than this header.
     *
     * @param leastBytes how much of it there must be
     * @return as much as there is of it, at the most the size that is known here
     */
    public MemorySegment versioned(MemorySegment pointer, long leastBytes) {
        long at = field("struct_size").offset();
        long size =
                Integer.toUnsignedLong(Pointers.behind(pointer, at + 4, name).get(INT, at));
        if (size < leastBytes) {
            throw new CoreException(
                    CoreError.INVALID, name + ".struct_size is " + size + "; it must be " + leastBytes + " at least.");
        }
        return Pointers.behind(pointer, Math.min(size, sizeBytes), name);
    }

    public int u32(MemorySegment struct, String field) {
        return struct.get(INT, field(field).offset());
    }

    public long u64(MemorySegment struct, String field) {
        return struct.get(LONG, field(field).offset());
    }

    /** A pointer, without a size. */
    public MemorySegment pointer(MemorySegment struct, String field) {
        return MemorySegment.ofAddress(u64(struct, field));
    }

    /** An array of characters, up to its first 0 or its end. What is not UTF-8 in it is replaced. */
    public String text(MemorySegment struct, String field) {
        Field place = field(field);
        return Text.lenient(struct.asSlice(place.offset(), place.sizeBytes()));
    }

    public void setU32(MemorySegment struct, String field, int value) {
        struct.set(INT, field(field).offset(), value);
    }

    public void setU64(MemorySegment struct, String field, long value) {
        struct.set(LONG, field(field).offset(), value);
    }

    public void setPointer(MemorySegment struct, String field, MemorySegment value) {
        setU64(struct, field, value.address());
    }

    /** Fills an array of characters, cutting between characters what is too long. */
    public void setText(MemorySegment struct, String field, String value) {
        Field place = field(field);
        Text.put(struct.asSlice(place.offset(), place.sizeBytes()), value);
    }

    private Field field(String field) {
        Field found = fields.get(field);
        if (found == null) {
            throw new IllegalArgumentException(name + " has no field " + field + ".");
        }
        return found;
    }

    @Override
    public String toString() {
        return name;
    }
}
