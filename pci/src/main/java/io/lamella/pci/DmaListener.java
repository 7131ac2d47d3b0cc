// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** Follows the mappings of a {@link DmaSpace}. Called by whoever maps, before the mapping call returns. */
public interface DmaListener {
    void mapped(DmaRegion region);

    /** On return nothing of the region may be in use any more. */
    void unmapped(DmaRegion region);
}
