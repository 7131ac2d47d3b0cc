// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import io.lamella.gpu.sched.SchedulerPolicy.Kind;

/** Who gets how much of a GPU's engines. */
public enum SchedulingPolicy {
    /** Whoever has work takes turns; nothing is kept for anybody. */
    BEST_EFFORT(Kind.BEST_EFFORT),
    /** Every vGPU that runs has the same part, whether it has work or not. */
    EQUAL_SHARE(Kind.EQUAL_SHARE),
    /** Every vGPU has the part that its type has of the GPU; nobody has the rest. */
    FIXED_SHARE(Kind.FIXED_SHARE);

    private final Kind kind;

    SchedulingPolicy(Kind kind) {
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** In kebab case, such as {@code best-effort}. */
    @JsonValue
    public String text() {
        return kind.label();
    }
}
