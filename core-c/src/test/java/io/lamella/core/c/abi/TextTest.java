// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TextTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void cutsBetweenCharacters() {
        MemorySegment array = arena.allocate(6);
        for (String text : new String[] {"", "abcde", "abcdef", "abcdé", "ab\u20ac\u20ac", "ab\ud83d\ude00cd"}) {
            array.fill((byte) 'x');
            Text.put(array, text);
            String back = Text.lenient(array);
            assertThat(text).startsWith(back);
            assertThat(back).doesNotContain("\ufffd");
        }
        Text.put(array, "abcdé");
        assertThat(Text.lenient(array)).isEqualTo("abcd");
    }

    @Test
    void readsUpToTheZeroWithinTheLimit() {
        MemorySegment text = arena.allocateFrom("abc");
        assertThat(Text.read(text, 64, "x")).isEqualTo("abc");
        assertThat(Text.read(text, 4, "x")).isEqualTo("abc");
        assertThatThrownBy(() -> Text.read(text, 3, "x"))
                .isInstanceOf(CoreException.class)
                .hasMessageContaining("longer than 2 bytes");
        assertThatThrownBy(() -> Text.read(MemorySegment.NULL, 3, "the label"))
                .hasMessage("The pointer to the label is NULL.");
        assertThatThrownBy(() -> Text.allocate(arena, "a\0b")).isInstanceOf(CoreException.class);
    }

    @Test
    void givesWhatFitsAndTheWholeLength() {
        MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
        Text.give(MemorySegment.NULL, 0, size, "héllo");
        assertThat(size.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(6);
        MemorySegment buffer = arena.allocate(16);
        Text.give(buffer, 3, size, "héllo");
        assertThat(Text.lenient(buffer)).isEqualTo("h");
        Text.give(buffer, -1, size, "héllo");
        assertThat(Text.lenient(buffer)).isEqualTo("héllo");
        assertThat(size.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(6);
    }
}
