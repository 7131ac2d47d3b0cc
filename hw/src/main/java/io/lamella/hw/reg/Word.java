// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.reg;

import io.lamella.hw.Reg32;

/**
 * A register whose word has no parts that matter here: an address, a mask, plain storage.
 *
 * @param raw the word
 */
public record Word(int raw) implements Reg32 {
    /** The word as a number from 0 to 2^32 - 1. */
    public long unsigned() {
        return Integer.toUnsignedLong(raw);
    }
}
