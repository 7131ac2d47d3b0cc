// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.util.Optional;

/**
 * The interface versions that a client was written for, both ends included. They have one major number.
 *
 * @param lowest the least that the client needs
 * @param highest the newest that the client knows
 */
public record VersionRange(ApiVersion lowest, ApiVersion highest) {
    public VersionRange {
        if (lowest.major() != highest.major() || lowest.compareTo(highest) > 0) {
            throw new IllegalArgumentException("Versions " + lowest + " to " + highest
                    + " are not a range: both ends need one major number, and the lowest comes first.");
        }
    }

    /** Exactly one version. */
    public static VersionRange only(ApiVersion version) {
        return new VersionRange(version, version);
    }

    /** The version that a client and a core which offers everything up to {@code offered} (of its major number) speak. */
    public Optional<ApiVersion> negotiate(ApiVersion offered) {
        if (offered.major() != lowest.major() || offered.compareTo(lowest) < 0) {
            return Optional.empty();
        }
        return Optional.of(offered.compareTo(highest) < 0 ? offered : highest);
    }
}
