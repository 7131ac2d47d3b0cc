// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.vgpu;

import java.util.Optional;

/** Versions of the host RPC. Their numbers in VERSION_NEGOTIATION are ours; see the package. */
public enum HostRpcVersion {
    /** As of 535.113.01 and 570.144. */
    V1(1),
    /** As of 2026: message 14 has another meaning, and 15 to 17 are new. */
    V2(2);

    private final int number;

    HostRpcVersion(int number) {
        this.number = number;
    }

    /** Number in VERSION_NEGOTIATION and in the control buffer. */
    public int number() {
        return number;
    }

    /** The version of that number. */
    public static Optional<HostRpcVersion> of(int number) {
        for (HostRpcVersion version : values()) {
            if (version.number == number) {
                return Optional.of(version);
            }
        }
        return Optional.empty();
    }
}
