// SPDX-License-Identifier: Apache-2.0
package io.lamella.bench;

/** A benchmark that cannot go on; its message says why and what would do. */
public final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }
}
