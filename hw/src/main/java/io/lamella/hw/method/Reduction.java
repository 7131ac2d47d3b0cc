// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

/** How a semaphore combines its payload with memory; host and copy engine share the numbers (clc56f.h, clc7b5.h). */
public enum Reduction {
    MIN,
    MAX,
    XOR,
    AND,
    OR,
    ADD,
    /** Add 1; back to 0 beyond the payload. */
    INC,
    /** Subtract 1; back to the payload from 0 or from beyond it. */
    DEC,
    /** A number that the classes do not define for integers. */
    INVALID;

    /** By the number in the method's word. */
    public static Reduction of(int number) {
        return switch (number) {
            case 0 -> MIN;
            case 1 -> MAX;
            case 2 -> XOR;
            case 3 -> AND;
            case 4 -> OR;
            case 5 -> ADD;
            case 6 -> INC;
            case 7 -> DEC;
            default -> INVALID;
        };
    }
}
