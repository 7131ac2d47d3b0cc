// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Who drives a GPU. One at a time: a GPU in one use has nothing of another. */
public enum GpuUse {
    /** The host's core drives it, and it is cut into vGPUs. */
    VGPU,
    /** The host's core drives it, and programs on the host use it through the DRM peer. */
    DRM,
    /** Nothing on the host drives it: a VM gets the physical function, whole. */
    PASSTHROUGH;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
