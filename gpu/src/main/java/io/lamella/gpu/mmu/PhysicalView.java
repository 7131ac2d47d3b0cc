// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

/** Memory by physical address: the function's video memory, or system memory by IOVA. */
public final class PhysicalView extends MemoryView {
    private final boolean system;

    /** @param system whether addresses are IOVAs, not offsets in video memory */
    public PhysicalView(EngineMemory memory, boolean system) {
        super(memory);
        this.system = system;
    }

    @Override
    public void resolve(long address, long maxBytes, Access access, MemoryRun run) throws MmuFault {
        long most = Math.min(maxBytes, MAX_RUN_BYTES);
        if (system) {
            memory().system(address, most, access.writes(), address, run);
        } else {
            memory().video(address, most, access.writes(), address, run);
        }
    }
}
