// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.mmu.MemoryRun;
import io.lamella.gpu.mmu.MmuFault;

/**
 * Where one side of a copy is in memory: the runs that were found for what comes next, each used as long as addresses lie in it. Several are
 * looked up in one go, while page tables are at hand: between two copies of a page each, they would have to come from far.
 */
final class Cursor {
    private static final int MOST_RUNS = 32;

    private final MemoryRun[] runs = new MemoryRun[MOST_RUNS];
    private final long[] starts = new long[MOST_RUNS];
    private int count;
    private int now;
    private long offset;

    Cursor() {
        for (int i = 0; i < MOST_RUNS; i++) {
            runs[i] = new MemoryRun();
        }
    }

    MemoryRun run() {
        return runs[now];
    }

    /** Where in the run the last {@link #reach} led. */
    long offset() {
        return offset;
    }

    /** The next {@link #reach} looks anew: between two pieces of work, memory may have gone to someone else. */
    void forget() {
        count = 0;
    }

    /**
     * Goes to an address.
     *
     * @param wanted how many bytes are to be used there, more than 0
     * @param near how many to look for in the same run, for what comes next somewhere near
     * @param next how many bytes from there on are going to be used one after the other
     * @return how many lie there in one piece, at most {@code wanted}
     */
    long reach(Surface surface, long address, long wanted, long near, long next) throws MmuFault {
        if (now >= count || !holds(address)) {
            now++;
            if (now >= count || starts[now] != address) {
                find(surface, address, Math.max(wanted, near), next);
            }
        }
        offset = address - starts[now];
        return Math.min(wanted, runs[now].lengthBytes() - offset);
    }

    private boolean holds(long address) {
        long into = address - starts[now];
        return into >= 0 && into < runs[now].lengthBytes();
    }

    private void find(Surface surface, long address, long first, long next) throws MmuFault {
        now = 0;
        count = 0;
        surface.view().resolve(address, Math.max(first, next), surface.access(), runs[0]);
        starts[0] = address;
        count = 1;
        long found = runs[0].lengthBytes();
        while (found < next && count < MOST_RUNS) {
            try {
                surface.view().resolve(address + found, next - found, surface.access(), runs[count]);
            } catch (MmuFault e) {
                // It is the work's own when it gets there.
                return;
            }
            starts[count] = address + found;
            found += runs[count].lengthBytes();
            count++;
        }
    }
}
