// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a GPU is cut. */
public enum GpuMode {
    /** All vGPUs have one size. */
    EQUAL,
    /** Sizes may be mixed; each vGPU has a place among the type's placement ids. */
    MIXED;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
