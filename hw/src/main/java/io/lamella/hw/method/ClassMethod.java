// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

/** A method of a class: a 32-bit word at an offset. Enums implement it, one per class, in rising order of offset. */
public interface ClassMethod {
    /** The header's name. */
    String name();

    /** Byte offset; a multiple of 4 below 0x4000. */
    int offset();
}
