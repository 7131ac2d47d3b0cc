// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/**
 * A page-aligned part of a BAR that is backed by shared memory.
 *
 * @param offset from the start of the BAR
 * @param sizeBytes of the part
 * @param fileDescriptor of the memory; it stays the function's own, a client gets a duplicate
 * @param fileOffset where the part begins in that memory
 */
public record BarWindow(long offset, long sizeBytes, int fileDescriptor, long fileOffset) {}
