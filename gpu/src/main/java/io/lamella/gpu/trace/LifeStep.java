// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

/** What happens to a function as a whole. */
public enum LifeStep {
    /** Someone was connected. */
    CONNECTED,
    /** He was disconnected. */
    DISCONNECTED,
    /** The function was reset. */
    RESET,
    /** The function is gone. */
    CLOSED;

    private static final LifeStep[] ALL = values();

    static LifeStep of(long code) {
        return ALL[Math.floorMod((int) code, ALL.length)];
    }
}
