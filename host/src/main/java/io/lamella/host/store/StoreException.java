// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

/** A change could not be stored. The message says whether the old state is still the stored one, or nobody can say before a restart. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean uncertain;

    StoreException(String message, boolean uncertain, Throwable cause) {
        super(message, cause);
        this.uncertain = uncertain;
    }

    /** Whether the new state may be the stored one nevertheless. */
    public boolean isUncertain() {
        return uncertain;
    }
}
