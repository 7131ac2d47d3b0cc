// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.bank;

/** What is behind a window. Accesses are naturally aligned, of 1, 2, 4 or 8 bytes, inside the window; values are zero-extended. */
public interface WindowTarget {
    /** @param offset from the start of the window */
    long read(int offset, int sizeBytes);

    void write(int offset, int sizeBytes, long value);
}
