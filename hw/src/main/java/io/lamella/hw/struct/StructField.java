// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.struct;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A field of a structure. Accessors take the segment and where the structure begins in it. */
public sealed interface StructField {
    /** Name, with the names of the structures around it where it was looked up through them. */
    String name();

    /** Bytes from the start of the structure. */
    int offset();

    /** Bytes; 0 for an array of unknown length. */
    int sizeBytes();

    /** The same field seen from a structure around it. */
    StructField within(String outerName, int outerOffset);

    /** A number of any width: for fields whose width differs between releases. */
    sealed interface Scalar extends StructField {
        /** The number, unsigned; 64-bit ones as they are. */
        long value(MemorySegment segment, long base);

        /** Stores the low bits of {@code value}. */
        void setValue(MemorySegment segment, long base, long value);

        @Override
        Scalar within(String outerName, int outerOffset);
    }

    /** Eight bits, unsigned; also a boolean. */
    record U8(String name, int offset) implements Scalar {
        public int get(MemorySegment segment, long base) {
            return Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, base + offset));
        }

        public void set(MemorySegment segment, long base, int value) {
            segment.set(ValueLayout.JAVA_BYTE, base + offset, (byte) value);
        }

        /** Whether it is not zero. */
        public boolean isSet(MemorySegment segment, long base) {
            return get(segment, base) != 0;
        }

        public void set(MemorySegment segment, long base, boolean value) {
            set(segment, base, value ? 1 : 0);
        }

        @Override
        public int sizeBytes() {
            return 1;
        }

        @Override
        public long value(MemorySegment segment, long base) {
            return get(segment, base);
        }

        @Override
        public void setValue(MemorySegment segment, long base, long value) {
            set(segment, base, (int) value);
        }

        @Override
        public U8 within(String outerName, int outerOffset) {
            return new U8(outerName + name, outerOffset + offset);
        }
    }

    /** Sixteen bits, unsigned. */
    record U16(String name, int offset) implements Scalar {
        private static final ValueLayout.OfShort LAYOUT =
                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        public int get(MemorySegment segment, long base) {
            return Short.toUnsignedInt(segment.get(LAYOUT, base + offset));
        }

        public void set(MemorySegment segment, long base, int value) {
            segment.set(LAYOUT, base + offset, (short) value);
        }

        @Override
        public int sizeBytes() {
            return 2;
        }

        @Override
        public long value(MemorySegment segment, long base) {
            return get(segment, base);
        }

        @Override
        public void setValue(MemorySegment segment, long base, long value) {
            set(segment, base, (int) value);
        }

        @Override
        public U16 within(String outerName, int outerOffset) {
            return new U16(outerName + name, outerOffset + offset);
        }
    }

    /** Thirty-two bits. */
    record U32(String name, int offset) implements Scalar {
        private static final ValueLayout.OfInt LAYOUT =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        /** The bits; see {@link #value} for the number they stand for. */
        public int get(MemorySegment segment, long base) {
            return segment.get(LAYOUT, base + offset);
        }

        public void set(MemorySegment segment, long base, int value) {
            segment.set(LAYOUT, base + offset, value);
        }

        @Override
        public int sizeBytes() {
            return 4;
        }

        @Override
        public long value(MemorySegment segment, long base) {
            return Integer.toUnsignedLong(get(segment, base));
        }

        @Override
        public void setValue(MemorySegment segment, long base, long value) {
            set(segment, base, (int) value);
        }

        @Override
        public U32 within(String outerName, int outerOffset) {
            return new U32(outerName + name, outerOffset + offset);
        }
    }

    /** Sixty-four bits. */
    record U64(String name, int offset) implements Scalar {
        private static final ValueLayout.OfLong LAYOUT =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        public long get(MemorySegment segment, long base) {
            return segment.get(LAYOUT, base + offset);
        }

        public void set(MemorySegment segment, long base, long value) {
            segment.set(LAYOUT, base + offset, value);
        }

        @Override
        public int sizeBytes() {
            return 8;
        }

        @Override
        public long value(MemorySegment segment, long base) {
            return get(segment, base);
        }

        @Override
        public void setValue(MemorySegment segment, long base, long value) {
            set(segment, base, value);
        }

        @Override
        public U64 within(String outerName, int outerOffset) {
            return new U64(outerName + name, outerOffset + offset);
        }
    }

    /** A run of bytes; also text that ends with a zero byte. */
    record Bytes(String name, int offset, int sizeBytes) implements StructField {
        /** The bytes in place; empty for a run of unknown length. */
        public MemorySegment in(MemorySegment segment, long base) {
            return segment.asSlice(base + offset, sizeBytes);
        }

        /** A copy of the bytes. */
        public byte[] get(MemorySegment segment, long base) {
            return in(segment, base).toArray(ValueLayout.JAVA_BYTE);
        }

        /** Stores bytes and zeroes the rest. @throws IllegalArgumentException if there are too many */
        public void set(MemorySegment segment, long base, byte[] value) {
            if (value.length > sizeBytes) {
                throw new IllegalArgumentException(
                        name + " holds " + sizeBytes + " bytes; " + value.length + " do not fit.");
            }
            in(segment, base).fill((byte) 0);
            MemorySegment.copy(value, 0, segment, ValueLayout.JAVA_BYTE, base + offset, value.length);
        }

        /** Text up to the first zero byte, or all of it. */
        public String text(MemorySegment segment, long base) {
            byte[] bytes = get(segment, base);
            int length = 0;
            while (length < bytes.length && bytes[length] != 0) {
                length++;
            }
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }

        /** Stores text, cut so that a zero byte follows it. */
        public void setText(MemorySegment segment, long base, String value) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            set(segment, base, bytes.length < sizeBytes ? bytes : java.util.Arrays.copyOf(bytes, sizeBytes - 1));
        }

        @Override
        public Bytes within(String outerName, int outerOffset) {
            return new Bytes(outerName + name, outerOffset + offset, sizeBytes);
        }
    }

    /**
     * Numbers or structures one after another.
     *
     * @param count how many; 0 when unknown, and then any index is taken
     * @param element the element at index 0, as seen from its own start
     */
    record Array(String name, int offset, int count, int strideBytes, StructField element) implements StructField {
        /** Where an element begins. @throws IndexOutOfBoundsException if there is no such element */
        public long at(long base, int index) {
            Objects.checkIndex(index, count == 0 ? Integer.MAX_VALUE : count);
            return base + offset + (long) index * strideBytes;
        }

        /** A number. @throws IllegalStateException if the elements are not numbers */
        public long get(MemorySegment segment, long base, int index) {
            return number().value(segment, at(base, index));
        }

        /** Stores a number. @throws IllegalStateException if the elements are not numbers */
        public void set(MemorySegment segment, long base, int index, long value) {
            number().setValue(segment, at(base, index), value);
        }

        /** What each element looks like. @throws IllegalStateException if the elements are not structures */
        public Struct type() {
            if (element instanceof Nested nested) {
                return nested.type();
            }
            throw new IllegalStateException(name + " is an array of numbers.");
        }

        private Scalar number() {
            if (element instanceof Scalar scalar) {
                return scalar;
            }
            throw new IllegalStateException(name + " is an array of structures.");
        }

        @Override
        public int sizeBytes() {
            return count * strideBytes;
        }

        @Override
        public Array within(String outerName, int outerOffset) {
            return new Array(outerName + name, outerOffset + offset, count, strideBytes, element);
        }
    }

    /** A structure inside a structure. */
    record Nested(String name, int offset, Struct type) implements StructField {
        /** Where it begins. */
        public long at(long base) {
            return base + offset;
        }

        @Override
        public int sizeBytes() {
            return type.sizeBytes();
        }

        @Override
        public Nested within(String outerName, int outerOffset) {
            return new Nested(outerName + name, outerOffset + offset, type);
        }
    }
}
