// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw;

/** A value of a 32-bit register, with its bits by name. Implementations are records that wrap the raw word. */
public interface Reg32 {
    /** The word itself. */
    int raw();
}
