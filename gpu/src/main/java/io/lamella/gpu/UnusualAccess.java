// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import io.lamella.pci.BarLayout;

/** Accesses that are not aligned, reach out of their BAR, or meet a function that does not answer; rules of {@code PciFunction}. */
final class UnusualAccess {
    private UnusualAccess() {}

    static long ones(int sizeBytes) {
        return sizeBytes >= 8 ? -1L : (1L << (8 * sizeBytes)) - 1;
    }

    static long read(FunctionCore core, int bar, long offset, int sizeBytes) {
        BarLayout layout = core.pci().barLayout(bar);
        if (isDeaf(core, layout, offset)) {
            return ones(sizeBytes);
        }
        boolean straddles = offset > layout.sizeBytes() - sizeBytes;
        long value = 0;
        for (int done = 0; done < sizeBytes; ) {
            long at = offset + done;
            int piece = straddles ? 1 : pieceBytes(at, sizeBytes - done);
            long part = at >= layout.sizeBytes() ? ones(piece) : core.readBar(bar, at, piece);
            value |= part << (8 * done);
            done += piece;
        }
        return value;
    }

    static void write(FunctionCore core, int bar, long offset, int sizeBytes, long value) {
        BarLayout layout = core.pci().barLayout(bar);
        if (isDeaf(core, layout, offset)) {
            return;
        }
        boolean straddles = offset > layout.sizeBytes() - sizeBytes;
        for (int done = 0; done < sizeBytes; ) {
            long at = offset + done;
            int piece = straddles ? 1 : pieceBytes(at, sizeBytes - done);
            if (at < layout.sizeBytes()) {
                core.writeBar(bar, at, piece, (value >>> (8 * done)) & ones(piece));
            }
            done += piece;
        }
    }

    private static boolean isDeaf(FunctionCore core, BarLayout layout, long offset) {
        return !core.pci().isMemoryEnabled() || offset < 0 || offset >= layout.sizeBytes();
    }

    private static int pieceBytes(long offset, int left) {
        long aligned = offset == 0 ? 8 : Math.min(8, Long.lowestOneBit(offset));
        return (int) Math.min(aligned, Integer.highestOneBit(left));
    }
}
