// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw;

/**
 * A run of bits in a 32-bit word.
 *
 * @param high the highest bit, 0 to 31
 * @param low the lowest bit, 0 to {@code high}
 */
public record Field(int high, int low) {
    public Field {
        if (low < 0 || high < low || high > 31) {
            throw new IllegalArgumentException("No bits " + high + ":" + low + " in a 32-bit word.");
        }
    }

    /** Bits {@code high} to {@code low}, as manuals write them. */
    public static Field bits(int high, int low) {
        return new Field(high, low);
    }

    /** One bit. */
    public static Field bit(int index) {
        return new Field(index, index);
    }

    /** The bits of the word that belong to the field. */
    public int mask() {
        return (int) (((1L << (high - low + 1)) - 1) << low);
    }

    /** The field's value, unsigned. */
    public int get(int word) {
        return (word & mask()) >>> low;
    }

    /** Whether any bit of the field is set. */
    public boolean isSet(int word) {
        return (word & mask()) != 0;
    }

    /** The word with the field changed. @throws IllegalArgumentException if the value does not fit */
    public int with(int word, int value) {
        int placed = value << low;
        if ((placed & ~mask()) != 0 || (placed >>> low) != value) {
            throw new IllegalArgumentException(
                    "0x" + Integer.toHexString(value) + " does not fit bits " + high + ":" + low + ".");
        }
        return (word & ~mask()) | placed;
    }

    /** The word with every bit of the field set or cleared. */
    public int with(int word, boolean set) {
        return set ? word | mask() : word & ~mask();
    }
}
