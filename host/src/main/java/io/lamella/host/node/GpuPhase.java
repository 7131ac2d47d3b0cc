// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a GPU is in its life. */
public enum GpuPhase {
    /** It is being booted. */
    STARTING,
    RUNNING,
    /** It went away, or its firmware stopped; removing and adding it again brings it back. */
    LOST,
    /** It is being taken away, its VMs first. */
    REMOVING,
    /** An operator took it away. */
    REMOVED,
    /** It did not boot. */
    FAILED;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
