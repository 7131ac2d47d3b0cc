// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.mmu;

import io.lamella.hw.mmu.Aperture;

/** How page tables are read. */
interface Tables {
    /** Whether there may be an entry at an address, sane or not. */
    boolean canRead(Aperture aperture, long address);

    /** An entry, or one that maps nothing where memory cannot be read. */
    long readEntry(Aperture aperture, long address);
}
