// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.mmu;

import io.lamella.hw.mmu.Aperture;
import io.lamella.hw.mmu.GmmuV2;
import io.lamella.hw.mmu.GmmuV2.Level;
import java.util.List;
import java.util.stream.Stream;

/** Version 2 of the page tables: Pascal to Ada. Tables are in frame buffer. */
public final class GmmuV2Format implements PageFormat {
    private static final List<Directory> DIRECTORIES = Stream.of(Level.PD3, Level.PD2, Level.PD1, Level.PD0)
            .map(level -> new Directory(level.shift(), level.entryCount(), level.entryBytes()))
            .toList();

    @Override
    public List<Directory> directories() {
        return DIRECTORIES;
    }

    @Override
    public long directoryEntry(long tableAddress) {
        return GmmuV2.pde(Aperture.VIDEO, tableAddress, false);
    }

    @Override
    public long bigTableEntry(long tableAddress) {
        return GmmuV2.bigTable(Aperture.VIDEO, tableAddress, false);
    }

    @Override
    public long pageEntry(Memory memory, long address, boolean readOnly) {
        return switch (memory) {
            case FRAME_BUFFER -> GmmuV2.pte(Aperture.VIDEO, address, false, readOnly, GmmuV2.KIND_PITCH);
            // The GPU's caches must not keep what the host may change.
            case HOST -> GmmuV2.pte(Aperture.SYSTEM_COHERENT, address, true, readOnly, GmmuV2.KIND_PITCH);
        };
    }
}
