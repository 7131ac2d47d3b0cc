// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.mmu.MemoryRun;
import io.lamella.gpu.mmu.MmuFault;
import java.lang.foreign.MemorySegment;

/**
 * A copy that is under way: lines of bytes from one surface to another, or through a rule for the components of each element. It is done in
 * pieces, so that other channels have their turn in between.
 */
final class CopyWork {
    /** The most that one piece moves. */
    static final long PIECE_BYTES = 256 << 10;

    /** The most places that one piece looks up, for layouts and lines that are cut small. */
    private static final int PIECE_RUNS = 2048;

    /** No address space has more. */
    private static final long MOST_BYTES = 1L << 49;

    /** Elements of at most 4 components of 4 bytes that are worked on together. */
    private static final int ELEMENTS = 1024;

    final Surface source = new Surface();
    final Surface destination = new Surface();
    private final MemoryRun from = new MemoryRun();
    private final MemoryRun to = new MemoryRun();
    private final byte[] sourceElements = new byte[ELEMENTS * 16];
    private final byte[] destinationElements = new byte[ELEMENTS * 16];
    private final MemorySegment sourceMemory = MemorySegment.ofArray(sourceElements);
    private final MemorySegment destinationMemory = MemorySegment.ofArray(destinationElements);

    private long lines;
    /** Bytes of a line, or elements where there is a rule. */
    private long lineLength;

    private long line;
    private long at;
    private boolean remaps;
    private Remap rule = Remap.NONE;

    /** A copy of bytes as they are. Both surfaces are set. */
    void begin(long newLineBytes, long newLines) {
        boolean whole = source.isPitch()
                && destination.isPitch()
                && source.pitch() == newLineBytes
                && destination.pitch() == newLineBytes
                && newLines <= MOST_BYTES / Math.max(1, newLineBytes);
        lineLength = whole ? newLineBytes * newLines : newLineBytes;
        lines = whole ? 1 : newLines;
        remaps = false;
        line = 0;
        at = 0;
        skipEmpty();
    }

    /** A copy of elements by a rule. */
    void beginRemap(Remap newRule, long newLineElements, long newLines) {
        rule = newRule;
        remaps = true;
        lineLength = newLineElements;
        lines = newLines;
        line = 0;
        at = 0;
        skipEmpty();
    }

    private void skipEmpty() {
        if (lineLength == 0) {
            line = lines;
        }
    }

    boolean isDone() {
        return line >= lines;
    }

    /** Does a piece. */
    void advance() throws MmuFault {
        long budget = PIECE_BYTES;
        for (int runs = 0; runs < PIECE_RUNS && budget > 0 && !isDone(); runs++) {
            if (remaps) {
                long done = remap();
                budget -= done * rule.destinationBytes();
                step(done);
            } else {
                long done = move(Math.min(budget, lineLength - at));
                budget -= done;
                step(done);
            }
        }
    }

    private void step(long done) {
        at += done;
        if (at >= lineLength) {
            at = 0;
            line++;
        }
    }

    private long move(long wanted) throws MmuFault {
        long length = destination.together(at, source.together(at, wanted));
        source.view().resolve(source.address(line, at), length, source.access(), from);
        destination.view().resolve(destination.address(line, at), length, destination.access(), to);
        length = Math.min(length, Math.min(from.lengthBytes(), to.lengthBytes()));
        source.view().memory().copy(from, to, length);
        return length;
    }

    /** Some elements of a line. */
    private long remap() throws MmuFault {
        int count = (int) Math.min(ELEMENTS, lineLength - at);
        int sourceBytes = rule.sourceBytes();
        int destinationBytes = rule.destinationBytes();
        if (rule.readsSource()) {
            gather(source, at * sourceBytes, sourceMemory.asSlice(0, (long) count * sourceBytes));
        }
        MemorySegment out = destinationMemory.asSlice(0, (long) count * destinationBytes);
        if (rule.keepsSome()) {
            gather(destination, at * destinationBytes, out);
        }
        rule.apply(sourceElements, destinationElements, count);
        scatter(at * destinationBytes, out);
        return count;
    }

    private void gather(Surface surface, long first, MemorySegment into) throws MmuFault {
        for (long done = 0; done < into.byteSize(); ) {
            long length = surface.together(first + done, into.byteSize() - done);
            surface.view().resolve(surface.address(line, first + done), length, surface.access(), from);
            length = Math.min(length, from.lengthBytes());
            surface.view().memory().read(from, 0, into.asSlice(done, length));
            done += length;
        }
    }

    private void scatter(long first, MemorySegment out) throws MmuFault {
        for (long done = 0; done < out.byteSize(); ) {
            long length = destination.together(first + done, out.byteSize() - done);
            destination.view().resolve(destination.address(line, first + done), length, destination.access(), to);
            length = Math.min(length, to.lengthBytes());
            destination.view().memory().write(to, 0, out.asSlice(done, length));
            done += length;
        }
    }

    /** Which bytes an element of the destination is made of. */
    static final class Remap {
        static final int KEEP = -1;
        static final int CONSTANT = -2;
        static final Remap NONE = new Remap(1, 1, new int[] {KEEP}, new int[1]);

        private final int sourceBytes;
        private final int destinationBytes;
        /** For each byte of the destination the source's byte, {@link #KEEP} or {@link #CONSTANT}. */
        private final int[] origin;

        private final int[] constant;

        Remap(int sourceBytes, int destinationBytes, int[] origin, int[] constant) {
            this.sourceBytes = sourceBytes;
            this.destinationBytes = destinationBytes;
            this.origin = origin;
            this.constant = constant;
        }

        int sourceBytes() {
            return sourceBytes;
        }

        int destinationBytes() {
            return destinationBytes;
        }

        boolean readsSource() {
            for (int one : origin) {
                if (one >= 0) {
                    return true;
                }
            }
            return false;
        }

        boolean keepsSome() {
            for (int one : origin) {
                if (one == KEEP) {
                    return true;
                }
            }
            return false;
        }

        void apply(byte[] in, byte[] out, int count) {
            for (int element = 0; element < count; element++) {
                int inAt = element * sourceBytes;
                int outAt = element * destinationBytes;
                for (int i = 0; i < destinationBytes; i++) {
                    int where = origin[i];
                    if (where >= 0) {
                        out[outAt + i] = in[inAt + where];
                    } else if (where == CONSTANT) {
                        out[outAt + i] = (byte) constant[i];
                    }
                }
            }
        }
    }
}
