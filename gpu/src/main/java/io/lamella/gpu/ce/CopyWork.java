// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.mmu.MmuFault;
import java.lang.foreign.MemorySegment;

/**
 * A copy that is under way: lines of bytes from one surface to another, a pattern again and again, or elements through a rule for their
 * components. It is done in pieces, so that other channels have their turn in between; what was found of memory holds for one piece.
 */
final class CopyWork {
    /** The most steps of a piece, for layouts and lines that are cut small: each may have to look two places up. */
    static final int PIECE_STEPS = 1024;

    /** How far to look where the next line, or the next block, is likely to be near. */
    private static final long NEAR_BYTES = 64 << 10;

    /** No address space has more. */
    private static final long MOST_BYTES = 1L << 49;

    /** What is done with a line. */
    private enum Kind {
        MOVE,
        FILL,
        REMAP
    }

    final Surface source = new Surface();
    final Surface destination = new Surface();
    final RemapRule rule = new RemapRule();

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

    /** Does a piece of at most so many bytes. */
    void advance(long pieceBytes) throws MmuFault {
        Scratch scratch = Scratch.begin();
        if (kind == Kind.FILL) {
            rule.fill(scratch.destinationElements, (int) Math.min(Scratch.PATTERN_BYTES, lineLength));
        }
        steps = 0;
        for (long budget = pieceBytes; budget > 0 && steps < PIECE_STEPS && !isDone(); ) {
            steps++;
            long done = switch (kind) {
                case MOVE -> move(scratch, Math.min(budget, lineLength - at));
                case FILL -> fill(scratch, Math.min(budget, lineLength - at));
                case REMAP -> remap(scratch);
            };
            budget -= kind == Kind.REMAP ? done * Math.max(rule.sourceBytes(), rule.destinationBytes()) : done;
            at += done;
            if (at >= lineLength) {
                at = 0;
                line++;
            }
        }
    }

    private long move(Scratch scratch, long wanted) throws MmuFault {
        if (source.isPitch() != destination.isPitch()
                && wanted >= BlockLinear.GOB_WIDTH
                && (source.isPitch() ? destination : source).isLeftEdgeOfGob(at)
                && moveRow(scratch)) {
            return BlockLinear.GOB_WIDTH;
        }
        long length = destination.together(at, source.together(at, wanted));
        length = reach(source, scratch.from, at, length, wanted);
        length = reach(destination, scratch.to, at, length, wanted);
        source.view()
                .memory()
                .copy(scratch.from.run(), scratch.from.offset(), scratch.to.run(), scratch.to.offset(), length);
        return length;
    }

    /** A line of a GOB, to or from its four places in there; false if it does not lie in one piece. */
    private boolean moveRow(Scratch scratch) throws MmuFault {
        long read = source.isPitch() ? BlockLinear.GOB_WIDTH : BlockLinear.ROW_SPAN;
        long written = destination.isPitch() ? BlockLinear.GOB_WIDTH : BlockLinear.ROW_SPAN;
        if (reach(source, scratch.from, at, read, read) < read
                || reach(destination, scratch.to, at, written, written) < written) {
            return false;
        }
        for (int i = 0; i < BlockLinear.GOB_WIDTH / BlockLinear.RUN_BYTES; i++) {
            source.view()
                    .memory()
                    .copy(
                            scratch.from.run(),
                            scratch.from.offset() + source.partOfRow(i),
                            scratch.to.run(),
                            scratch.to.offset() + destination.partOfRow(i),
                            BlockLinear.RUN_BYTES);
        }
        return true;
    }

    /** @param next how much of the line is going to be used from there on */
    private long reach(Surface surface, Cursor cursor, long position, long wanted, long next) throws MmuFault {
        return cursor.reach(
                surface,
                surface.address(line, position),
                wanted,
                lines == 1 ? 0 : NEAR_BYTES,
                surface.isPitch() ? next : wanted);
    }

    private long fill(Scratch scratch, long wanted) throws MmuFault {
        int phase = (int) (at % rule.destinationBytes());
        long length = Math.min(destination.together(at, wanted), Scratch.PATTERN_BYTES - phase);
        length = reach(destination, scratch.to, at, length, wanted);
        destination
                .view()
                .memory()
                .write(scratch.to.run(), scratch.to.offset(), scratch.destinationMemory, phase, length);
        return length;
    }

    /** Some elements of a line. */
    private long remap(Scratch scratch) throws MmuFault {
        int count = (int) Math.min(Scratch.ELEMENTS, lineLength - at);
        long sourceBytes = (long) count * rule.sourceBytes();
        long destinationAt = at * rule.destinationBytes();
        long destinationBytes = (long) count * rule.destinationBytes();
        if (rule.readsSource()) {
            gather(source, scratch.from, at * rule.sourceBytes(), scratch.sourceMemory, sourceBytes);
        }
        if (rule.keepsSome()) {
            gather(destination, scratch.to, destinationAt, scratch.destinationMemory, destinationBytes);
        }
        rule.apply(scratch.sourceElements, scratch.destinationElements, count);
        for (long done = 0; done < destinationBytes; steps++) {
            long length = destination.together(destinationAt + done, destinationBytes - done);
            length = reach(destination, scratch.to, destinationAt + done, length, destinationBytes - done);
            destination
                    .view()
                    .memory()
                    .write(scratch.to.run(), scratch.to.offset(), scratch.destinationMemory, done, length);
            done += length;
        }
        return count;
    }

    private void gather(Surface surface, Cursor cursor, long first, MemorySegment into, long lengthBytes)
            throws MmuFault {
        for (long done = 0; done < lengthBytes; steps++) {
            long length = surface.together(first + done, lengthBytes - done);
            length = reach(surface, cursor, first + done, length, lengthBytes - done);
            surface.view().memory().read(cursor.run(), cursor.offset(), into, done, length);
            done += length;
        }
    }
}
