// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import java.lang.foreign.MemorySegment;

/**
 * What copies need while a piece of one is done. There is one for each engine thread and not for each object: a guest may make objects by the
 * thousand. Nothing in it lasts from one piece to the next.
 */
final class Scratch {
    /** Elements that are worked on together. */
    static final int ELEMENTS = 1024;

    /** A multiple of every size that an element can have. */
    static final int PATTERN_BYTES = 64 * 144;

    private static final int BUFFER_BYTES = ELEMENTS * RemapRule.MAX_ELEMENT_BYTES;
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    final Cursor from = new Cursor();
    final Cursor to = new Cursor();
    final byte[] sourceElements = new byte[BUFFER_BYTES];
    final byte[] destinationElements = new byte[BUFFER_BYTES];
    final MemorySegment sourceMemory = MemorySegment.ofArray(sourceElements);
    final MemorySegment destinationMemory = MemorySegment.ofArray(destinationElements);

    private Scratch() {}

    /** The calling thread's, with nothing found yet. */
    static Scratch begin() {
        Scratch scratch = OF_THREAD.get();
        scratch.from.forget();
        scratch.to.forget();
        return scratch;
    }
}
