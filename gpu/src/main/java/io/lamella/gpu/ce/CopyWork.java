// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.mmu.MmuFault;
import java.lang.foreign.MemorySegment;

/**
 * A copy that is under way: lines of bytes from one surface to another, a pattern again and again, or elements through a rule for their
 * components. It is done in pieces, so that other channels have their turn in between; what was found of memory holds for one piece.
 */
final class CopyWork {
    /** The most that one piece moves. */
    static final long PIECE_BYTES = 256 << 10;

    /** The most steps of a piece, for layouts and lines that are cut small: each may have to look two places up. */
    static final int PIECE_STEPS = 1024;

    /** How far to look where the next line, or the next block, is likely to be near. */
    private static final long NEAR_BYTES = 64 << 10;

    /** No address space has more. */
    private static final long MOST_BYTES = 1L << 49;

    /** Elements that are worked on together. */
    private static final int ELEMENTS = 1024;

    private static final int BUFFER_BYTES = ELEMENTS * RemapRule.MAX_ELEMENT_BYTES;

    /** A multiple of every size that an element can have. */
    private static final int PATTERN_BYTES = 64 * 144;

    /** What is done with a line. */
    private enum Kind {
        MOVE,
        FILL,
        REMAP
    }

    final Surface source = new Surface();
    final Surface destination = new Surface();
    final RemapRule rule = new RemapRule();
    private final Cursor from = new Cursor();
    private final Cursor to = new Cursor();
    private final byte[] sourceElements = new byte[BUFFER_BYTES];
    private final byte[] destinationElements = new byte[BUFFER_BYTES];
    private final MemorySegment sourceMemory = MemorySegment.ofArray(sourceElements);
    private final MemorySegment destinationMemory = MemorySegment.ofArray(destinationElements);

    private Kind kind = Kind.MOVE;
    private long lines;
    /** Bytes of a line, or elements where there is a rule. */
    private long lineLength;

    private long line;
    private long at;
    private int steps;

    /** A copy of bytes as they are. Both surfaces are set. */
    void begin(long newLineBytes, long newLines) {
        begin(Kind.MOVE, newLineBytes, newLines);
        if (source.isPitch() && source.pitch() == newLineBytes) {
            joinLines();
        }
    }

    /** A copy of elements by the {@link #rule}. */
    void beginRemap(long newLineElements, long newLines) {
        if (rule.isIdentity()) {
            begin(newLineElements * rule.sourceBytes(), newLines);
        } else if (rule.isFill()) {
            begin(Kind.FILL, newLineElements * rule.destinationBytes(), newLines);
            joinLines();
            rule.fill(destinationElements, (int) Math.min(PATTERN_BYTES, lineLength));
        } else {
            begin(Kind.REMAP, newLineElements, newLines);
        }
    }

    private void begin(Kind newKind, long newLineLength, long newLines) {
        kind = newKind;
        lineLength = newLineLength;
        lines = newLines;
        at = 0;
        line = newLineLength == 0 ? newLines : 0;
    }

    /** Lines that follow one another are one. */
    private void joinLines() {
        if (line < lines
                && destination.isPitch()
                && destination.pitch() == lineLength
                && lines <= MOST_BYTES / lineLength) {
            lineLength *= lines;
            lines = 1;
        }
    }

    boolean isDone() {
        return line >= lines;
    }

    /** Does a piece. */
    void advance() throws MmuFault {
        from.forget();
        to.forget();
        steps = 0;
        for (long budget = PIECE_BYTES; budget > 0 && steps < PIECE_STEPS && !isDone(); ) {
            steps++;
            long done = switch (kind) {
                case MOVE -> move(Math.min(budget, lineLength - at));
                case FILL -> fill(Math.min(budget, lineLength - at));
                case REMAP -> remap();
            };
            budget -= kind == Kind.REMAP ? done * Math.max(rule.sourceBytes(), rule.destinationBytes()) : done;
            at += done;
            if (at >= lineLength) {
                at = 0;
                line++;
            }
        }
    }

    private long move(long wanted) throws MmuFault {
        long length = destination.together(at, source.together(at, wanted));
        length = reach(source, from, at, length);
        length = reach(destination, to, at, length);
        source.view().memory().copy(from.run(), from.offset(), to.run(), to.offset(), length);
        return length;
    }

    private long reach(Surface surface, Cursor cursor, long position, long wanted) throws MmuFault {
        return cursor.reach(surface, surface.address(line, position), wanted, NEAR_BYTES);
    }

    private long fill(long wanted) throws MmuFault {
        int phase = (int) (at % rule.destinationBytes());
        long length = Math.min(destination.together(at, wanted), PATTERN_BYTES - phase);
        length = reach(destination, to, at, length);
        destination.view().memory().write(to.run(), to.offset(), destinationMemory, phase, length);
        return length;
    }

    /** Some elements of a line. */
    private long remap() throws MmuFault {
        int count = (int) Math.min(ELEMENTS, lineLength - at);
        int sourceBytes = rule.sourceBytes();
        int destinationBytes = rule.destinationBytes();
        if (rule.readsSource()) {
            gather(source, from, at * sourceBytes, sourceMemory, (long) count * sourceBytes);
        }
        if (rule.keepsSome()) {
            gather(destination, to, at * destinationBytes, destinationMemory, (long) count * destinationBytes);
        }
        rule.apply(sourceElements, destinationElements, count);
        scatter(at * destinationBytes, (long) count * destinationBytes);
        return count;
    }

    private void gather(Surface surface, Cursor cursor, long first, MemorySegment into, long lengthBytes)
            throws MmuFault {
        for (long done = 0; done < lengthBytes; steps++) {
            long length = surface.together(first + done, lengthBytes - done);
            length = reach(surface, cursor, first + done, length);
            surface.view().memory().read(cursor.run(), cursor.offset(), into, done, length);
            done += length;
        }
    }

    private void scatter(long first, long lengthBytes) throws MmuFault {
        for (long done = 0; done < lengthBytes; steps++) {
            long length = destination.together(first + done, lengthBytes - done);
            length = reach(destination, to, first + done, length);
            destination.view().memory().write(to.run(), to.offset(), destinationMemory, done, length);
            done += length;
        }
    }
}
