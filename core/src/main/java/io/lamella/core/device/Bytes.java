// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Little-endian bytes from outside, with a name and with every access checked. Nothing that a file, a ROM or a message says about itself is
 * believed before it has passed here.
 *
 * @param name for the sentence when something is wrong
 * @param memory the bytes
 */
public record Bytes(String name, MemorySegment memory) {
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public static Bytes of(String name, byte[] content) {
        return new Bytes(name, MemorySegment.ofArray(content));
    }

    public long sizeBytes() {
        return memory.byteSize();
    }

    public int u8(long offset) {
        return Byte.toUnsignedInt(check(offset, 1).get(ValueLayout.JAVA_BYTE, offset));
    }

    public int u16(long offset) {
        return Short.toUnsignedInt(check(offset, 2).get(SHORT, offset));
    }

    /** An unsigned 32-bit value. */
    public long u32(long offset) {
        return Integer.toUnsignedLong(check(offset, 4).get(INT, offset));
    }

    public long u64(long offset) {
        return check(offset, 8).get(LONG, offset);
    }

    /**
     * A number of a structure, unsigned.
     *
     * @param base where the structure begins
     */
    public long field(Struct layout, long base, String field) {
        StructField.Scalar scalar = layout.scalar(field);
        check(base, scalar.offset() + (long) scalar.sizeBytes());
        return scalar.value(memory, base);
    }

    /** The same of a structure at the start. */
    public long field(Struct layout, String field) {
        return field(layout, 0, field);
    }

    /** Part of it. */
    public Bytes slice(String partName, long offset, long sizeBytes) {
        return new Bytes(name + ", " + partName, check(offset, sizeBytes).asSlice(offset, sizeBytes));
    }

    /** A copy that may be written. */
    public MemorySegment copy(long sizeBytes) {
        MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(sizeBytes)]);
        MemorySegment.copy(memory, 0, copy, 0, Math.min(sizeBytes, memory.byteSize()));
        return copy;
    }

    /** Why it cannot be used. */
    public CoreException broken(String why) {
        return new CoreException(CoreError.DEVICE_FAULT, name + ": " + why + ".");
    }

    private MemorySegment check(long offset, long sizeBytes) {
        long have = memory.byteSize();
        if (offset < 0 || sizeBytes < 0 || offset > have || sizeBytes > have - offset) {
            throw broken("needs " + sizeBytes + " bytes at offset " + offset + " and has " + have + " in all");
        }
        return memory;
    }
}
