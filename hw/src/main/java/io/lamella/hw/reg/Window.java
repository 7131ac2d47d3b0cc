// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

/**
 * A part of BAR0 that shows something larger than a register: a ROM, memory, a table.
 *
 * @param name the manual's name
 * @param offset bytes from the start of BAR0
 * @param sizeBytes of the part
 */
public record Window(String name, int offset, int sizeBytes) {
    /** Whether an offset in BAR0 falls into it. */
    public boolean contains(long bar0Offset) {
        return bar0Offset >= offset && bar0Offset < (long) offset + sizeBytes;
    }
}
