// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuFormat;
import java.util.Arrays;

/**
 * A GPU address space as channels use it: the page tables below one root page directory, with a cache that every TLB invalidation of
 * the function empties. Pages that follow one another in memory come out as one run.
 *
 * <p>Entries of the last directory are kept, so that a page of a known 2 MiB takes one read of a table, and pages that follow one another as many
 * reads side by side. Pages themselves are not: their entries are read anew, and each once. What is not mapped is never kept. All for the
 * engines' one thread, except {@link #setRoot}.
 */
public final class AddressSpace extends MemoryView {
    /** No page directory yet. */
    public static final long NO_ROOT = -1;

    private static final int DUAL_BITS = GmmuFormat.DUAL_SHIFT;
    private static final int DUAL_ENTRIES_LOG2 = 7;
    private static final int DUAL_ENTRIES = 1 << DUAL_ENTRIES_LOG2;
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private final Gmmu mmu;
    private final GmmuFormat format;
    private final Tables tables;
    private final LeafRuns leaves;
    /** Numbers plus 1, so that 0 is none. */
    private final long[] duals = new long[DUAL_ENTRIES];

    private final long[] lows = new long[DUAL_ENTRIES];
    private final long[] highs = new long[DUAL_ENTRIES];
    private int seenGeneration;
    private volatile long root = NO_ROOT;

    public AddressSpace(EngineMemory memory) {
        super(memory);
        mmu = memory.mmu();
        format = mmu.format();
        tables = memory;
        leaves = new LeafRuns(memory.fb(), format, memory);
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
        // Before the root, which changes before the generation does: what is found below an old root is never kept for
        // a new one.
        int generation = mmu.generation();
        if (generation != seenGeneration) {
            Arrays.fill(duals, 0);
            seenGeneration = generation;
        }
        long rootNow = root;
        if (rootNow == NO_ROOT) {
            throw fault(MmuFault.Type.NO_PAGE_DIRECTORY, address, write);
        }
        if (!format.isVirtualAddress(address)) {
            throw fault(MmuFault.Type.OUTSIDE_ADDRESS_SPACE, address, write);
        }
        long most = Math.min(maxBytes, MAX_RUN_BYTES);
        long first = find(rootNow, address, most);
        check(first, address, access);
        long target = Translation.address(first, address);
        boolean sparse = Translation.target(first) == Translation.SPARSE;
        long length = leaves.lengthBytes();
        while (length < most && !leaves.hasEnded() && format.isVirtualAddress(address + length)) {
            long next = find(rootNow, address + length, most - length);
            if (!Translation.agree(first, next)
                    || (!sparse && Translation.address(next, address + length) != target + length)) {
                break;
            }
            length += leaves.lengthBytes();
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

    /** The translation of an address; {@link #leaves} knows how far it goes on. */
    private long find(long rootNow, long address, long maxBytes) {
        long number = (address >>> DUAL_BITS) + 1;
        // Buffers like to lie at round addresses: source and destination must not take each other's place.
        int slot = (int) ((number * SPREAD) >>> (64 - DUAL_ENTRIES_LOG2));
        if (duals[slot] == number) {
            long translation = leaves.find(lows[slot], highs[slot], address, maxBytes);
            if (isMapped(translation)) {
                return translation;
            }
            // A table that was added needs no invalidation.
            duals[slot] = 0;
        }
        long found = Gmmu.directories(tables, format, rootNow, address);
        if (found < 0) {
            return leaves.above(Gmmu.endedWith(found), address);
        }
        Aperture aperture = Gmmu.dualAperture(found);
        long at = Gmmu.dualAddress(found);
        if (!tables.canRead(aperture, at) || !tables.canRead(aperture, at + 8)) {
            return leaves.above(Translation.nothing(false, DUAL_BITS), address);
        }
        long low = tables.readEntry(aperture, at);
        long high = tables.readEntry(aperture, at + 8);
        long translation = leaves.find(low, high, address, maxBytes);
        if (isMapped(translation)) {
            duals[slot] = number;
            lows[slot] = low;
            highs[slot] = high;
        }
        return translation;
    }

    private static boolean isMapped(long translation) {
        int target = Translation.target(translation);
        return target == Translation.VRAM || target == Translation.SYSMEM;
    }
}
