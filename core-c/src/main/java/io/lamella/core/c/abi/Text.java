// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text across the border: UTF-8, ended by a 0, of bounded length. */
public final class Text {
    private Text() {}

    /**
     * A caller's text.
     *
     * @param limitBytes the most there may be, the final 0 included; nothing behind the final 0 is touched
     * @throws CoreException {@code INVALID} for NULL, for text that is longer and for what is not UTF-8
     */
    public static String read(MemorySegment pointer, int limitBytes, String what) {
        MemorySegment memory = Pointers.behind(pointer, limitBytes, what);
        byte[] bytes = new byte[limitBytes];
        int length = 0;
        for (byte next = memory.get(ValueLayout.JAVA_BYTE, 0); next != 0; ) {
            bytes[length++] = next;
            if (length == limitBytes) {
                throw new CoreException(
                        CoreError.INVALID, "The text of " + what + " is longer than " + (limitBytes - 1) + " bytes.");
            }
            next = memory.get(ValueLayout.JAVA_BYTE, length);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new CoreException(CoreError.INVALID, "The text of " + what + " is not UTF-8.", malformed);
        }
    }

    /** A text of the other side's that may be longer, or not UTF-8: as much as fits is taken, the rest replaced. NULL is empty. */
    public static String lenient(MemorySegment pointer, int limitBytes) {
        return Pointers.isNull(pointer) ? "" : lenient(pointer.reinterpret(limitBytes));
    }

    /** An array of characters up to its first 0 or its end. */
    static String lenient(MemorySegment array) {
        int length = 0;
        while (length < array.byteSize() && array.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return new String(array.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** Fills an array of characters, with a final 0; what is too long is cut between characters. */
    public static void put(MemorySegment array, String text) {
        put(array, text.getBytes(StandardCharsets.UTF_8));
    }

    static void put(MemorySegment array, byte[] utf8) {
        int length = (int) Math.min(utf8.length, array.byteSize() - 1);
        // A byte of the form 10xxxxxx goes on with a character.
        while (length < utf8.length && length > 0 && (utf8[length] & 0xc0) == 0x80) {
            length--;
        }
        MemorySegment.copy(utf8, 0, array, ValueLayout.JAVA_BYTE, 0, length);
        array.set(ValueLayout.JAVA_BYTE, length, (byte) 0);
    }

    /** Gives text to a caller's buffer by the rules of the header: what fits, and how long it is in all. */
    public static void give(MemorySegment buffer, long capacity, MemorySegment size, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (capacity != 0) {
            long whole = utf8.length + 1L;
            long room = Long.compareUnsigned(capacity, whole) < 0 ? capacity : whole;
            put(Pointers.behind(buffer, room, "the text"), utf8);
        }
        Pointers.putLong(size, utf8.length);
    }

    /** Text for the other side, for the life of an arena. @throws CoreException {@code INVALID} if there is a 0 in it */
    public static MemorySegment allocate(Arena arena, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new CoreException(
                    CoreError.INVALID, "A text with a character 0 in it was given; it ends there for C.");
        }
        return arena.allocateFrom(text, StandardCharsets.UTF_8);
    }
}
