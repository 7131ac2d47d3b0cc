// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Who gets how much of a GPU's engines. */
public enum SchedulingPolicy {
    /** Whoever has work takes turns; nothing is kept for anybody. */
    BEST_EFFORT,
    /** Every vGPU that runs has the same part, whether it has work or not. */
    EQUAL_SHARE,
    /** Every vGPU has the part that its type has of the GPU; nobody has the rest. */
    FIXED_SHARE;

    /** In kebab case, such as {@code best-effort}. */
    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
