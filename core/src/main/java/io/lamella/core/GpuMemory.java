// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/**
 * Memory that a GPU address space can be bound to: frame buffer ({@link FbRange}) or system memory ({@link HostMemory}). Giving it back
 * unbinds it first, everywhere. Since version 1.2 of the interface.
 */
public interface GpuMemory extends CoreResource {
    /** A multiple of 4 KiB. */
    long sizeBytes();
}
