// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.mmu.MemoryRun;
import io.lamella.gpu.mmu.MmuFault;

/** Where one side of a copy is in memory: the run that was found last, used as long as addresses lie in it. */
final class Cursor {
    private final MemoryRun run = new MemoryRun();
    private long start;
    private long lengthBytes;
    private long offset;

    MemoryRun run() {
        return run;
    }

    /** Where in the run the last {@link #reach} led. */
    long offset() {
        return offset;
    }

    /** The next {@link #reach} looks anew: between two pieces of work, memory may have gone to someone else. */
    void forget() {
        lengthBytes = 0;
    }

    /**
     * Goes to an address.
     *
     * @param wanted how many bytes are to be used there
     * @param ahead how many to look for if there is need to look, for what comes next
     * @return how many lie there in one piece, at most {@code wanted}
     */
    long reach(Surface surface, long address, long wanted, long ahead) throws MmuFault {
        long into = address - start;
        if (into < 0 || into >= lengthBytes) {
            lengthBytes = 0;
            surface.view().resolve(address, Math.max(wanted, ahead), surface.access(), run);
            start = address;
            lengthBytes = run.lengthBytes();
            into = 0;
        }
        offset = into;
        return Math.min(wanted, lengthBytes - into);
    }
}
