// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreClock;

/**
 * Limits of the manager.
 *
 * @param clock the time
 * @param handshakeTimeoutMillis how long a new firmware task may take to show that it runs
 * @param rpcTimeoutMillis how long a firmware task may take over one call
 */
public record VgpuOptions(CoreClock clock, int handshakeTimeoutMillis, int rpcTimeoutMillis) {
    /** What is used when nothing is said. */
    public static final VgpuOptions DEFAULT = new VgpuOptions(CoreClock.SYSTEM, 10_000, 10_000);

    public VgpuOptions {
        if (handshakeTimeoutMillis < 1 || rpcTimeoutMillis < 1) {
            throw new IllegalArgumentException("Timeouts of at least a millisecond are needed.");
        }
    }
}
