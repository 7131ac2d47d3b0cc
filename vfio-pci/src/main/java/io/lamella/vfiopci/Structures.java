// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The kernel's structures begin with their size; info structures may end with a chain of capabilities: id, version, offset of the next. */
final class Structures {
    private static final int HEADER_BYTES = 8;
    private static final int MOST = 64;

    private Structures() {}

    /** A structure of so many bytes, with its size in it and else zero. */
    static MemorySegment sized(Arena arena, int bytes) {
        MemorySegment structure = arena.allocate(bytes, 8);
        structure.set(JAVA_INT, 0, bytes);
        return structure;
    }

    /** The capability with this id, from its header to the end of the structure. */
    static Optional<MemorySegment> capability(MemorySegment info, int first, int id) {
        int at = first;
        for (int i = 0; i < MOST && at > 0 && at <= info.byteSize() - HEADER_BYTES && at % 8 == 0; i++) {
            if (info.get(JAVA_SHORT, at) == id) {
                return Optional.of(info.asSlice(at));
            }
            at = info.get(JAVA_INT, at + 4);
        }
        return Optional.empty();
    }
}
