// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.hw.mmu.GmmuV2;
import java.util.Arrays;

/**
 * A GPU address space as channels use it: the page tables below one root page directory, with a cache of translations that every TLB
 * invalidation of the function empties. Pages that follow one another in memory come out as one run.
 *
 * <p>Two things are kept: single pages, and the last directory's entries, so that a page of a known 2 MiB takes one read of a table. What is
 * not mapped is never kept. All for the engines' one thread, except {@link #setRoot}.
 */
public final class AddressSpace extends MemoryView {
    /** No page directory yet. */
    public static final long NO_ROOT = -1;

    private static final int PAGE_BITS = 12;
    private static final int DUAL_BITS = 21;
    private static final int PAGE_ENTRIES = 128;
    private static final int DUAL_ENTRIES = 64;

    private final Gmmu mmu;
    /** Numbers plus 1, so that 0 is none. */
    private final long[] pages = new long[PAGE_ENTRIES];

    private final long[] translations = new long[PAGE_ENTRIES];
    private final long[] duals = new long[DUAL_ENTRIES];
    private final long[] lows = new long[DUAL_ENTRIES];
    private final long[] highs = new long[DUAL_ENTRIES];
    private final long[] walked = new long[2];
    private int seenGeneration;
    private volatile long root = NO_ROOT;

    public AddressSpace(EngineMemory memory) {
        super(memory);
        mmu = memory.mmu();
    }

    /** From here on it is what the tables below this root say; {@link #NO_ROOT} for nothing. Any thread. */
    public void setRoot(long newRoot) {
        root = newRoot;
        mmu.invalidate();
    }

    /** Address of the root page directory in the function's video memory, or {@link #NO_ROOT}. */
    public long root() {
        return root;
    }

    /** Forgets translations, as every invalidation of the function does. Any thread. */
    public void invalidate() {
        mmu.invalidate();
    }

    @Override
    public void resolve(long address, long maxBytes, Access access, MemoryRun run) throws MmuFault {
        boolean write = access.writes();
        long first = lookUp(address, write);
        check(first, address, access);
        long most = Math.min(maxBytes, MAX_RUN_BYTES);
        long target = Translation.address(first, address);
        boolean sparse = Translation.target(first) == Translation.SPARSE;
        long length = leftInPage(first, address);
        while (length < most && GmmuV2.isVirtualAddress(address + length)) {
            long next = find(root, address + length);
            if (!Translation.agree(first, next)
                    || (!sparse && Translation.address(next, address + length) != target + length)) {
                break;
            }
            length += leftInPage(next, address + length);
        }
        length = Math.min(length, most);
        switch (Translation.target(first)) {
            case Translation.VRAM -> memory().video(target, length, write, address, run);
            case Translation.SYSMEM -> memory().system(target, length, write, address, run);
            default -> {
                run.forget();
                run.fill(Translation.SPARSE, 0, length, address);
            }
        }
    }

    private static long leftInPage(long translation, long address) {
        // What is sparse does not say how much of it there is.
        int shift = Math.max(PAGE_BITS, Translation.pageShift(translation));
        long pageBytes = 1L << shift;
        return pageBytes - (address & pageBytes - 1);
    }

    private void check(long translation, long address, Access access) throws MmuFault {
        boolean write = access.writes();
        if (Translation.target(translation) == Translation.UNMAPPED) {
            throw fault(MmuFault.Type.NOTHING_MAPPED, address, write);
        }
        if (Translation.isPrivileged(translation) && !access.isPrivileged()) {
            throw fault(MmuFault.Type.PRIVILEGE, address, write);
        }
        if (write && Translation.isReadOnly(translation)) {
            throw fault(MmuFault.Type.READ_ONLY, address, true);
        }
        if (access.isAtomic() && Translation.forbidsAtomics(translation)) {
            throw fault(MmuFault.Type.ATOMIC, address, true);
        }
    }

    private MmuFault fault(MmuFault.Type type, long address, boolean write) {
        mmu.countFault();
        return new MmuFault(type, address, write);
    }

    private long lookUp(long address, boolean write) throws MmuFault {
        long rootNow = root;
        if (rootNow == NO_ROOT) {
            throw fault(MmuFault.Type.NO_PAGE_DIRECTORY, address, write);
        }
        if (!GmmuV2.isVirtualAddress(address)) {
            throw fault(MmuFault.Type.OUTSIDE_ADDRESS_SPACE, address, write);
        }
        return find(rootNow, address);
    }

    private long find(long rootNow, long address) {
        int generation = mmu.generation();
        if (generation != seenGeneration) {
            Arrays.fill(pages, 0);
            Arrays.fill(duals, 0);
            seenGeneration = generation;
        }
        long page = (address >>> PAGE_BITS) + 1;
        int slot = (int) page & PAGE_ENTRIES - 1;
        if (pages[slot] == page) {
            return translations[slot];
        }
        long translation = walk(rootNow, address);
        int target = Translation.target(translation);
        if (target == Translation.VRAM || target == Translation.SYSMEM) {
            pages[slot] = page;
            translations[slot] = translation;
        }
        return translation;
    }

    private long walk(long rootNow, long address) {
        long number = (address >>> DUAL_BITS) + 1;
        int slot = (int) number & DUAL_ENTRIES - 1;
        if (duals[slot] == number) {
            long translation = mmu.lastLevels(lows[slot], highs[slot], address);
            int target = Translation.target(translation);
            if (target == Translation.VRAM || target == Translation.SYSMEM) {
                return translation;
            }
            // A table that was added needs no invalidation.
            duals[slot] = 0;
        }
        walked[0] = 0;
        walked[1] = 0;
        long translation = mmu.walk(rootNow, address, walked);
        if (Translation.target(translation) == Translation.VRAM
                || Translation.target(translation) == Translation.SYSMEM) {
            duals[slot] = number;
            lows[slot] = walked[0];
            highs[slot] = walked[1];
        }
        return translation;
    }
}
