// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a vGPU is in its life. */
public enum VgpuPhase {
    /** Defined; it holds nothing of a GPU. */
    STOPPED,
    STARTING,
    /** Its socket is there: a VM can attach, or is attached. */
    RUNNING,
    RESETTING,
    /** A reset did not succeed. It can be reset again, or stopped. */
    FAILED,
    STOPPING,
    /** Giving its parts back did not succeed; they stay fenced until the quarantine is cleared. */
    QUARANTINED,
    /** Its GPU went away under it. */
    LOST;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
