// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What kind of refusal it is, without saying how a protocol shows it. */
public enum NodeErrorCategory {
    /** The thing that was named does not exist. */
    NOT_FOUND,
    /** What is there now does not allow it; it may later. */
    CONFLICT,
    /** The request itself makes no sense, whatever is there. */
    INVALID,
    /** The caller set a condition, and it does not hold. */
    PRECONDITION,
    /** There is not enough of something. */
    LIMIT,
    /** It existed once and will not come back. */
    GONE,
    /** Something that is needed failed or is not there; the same request may succeed later. */
    UNAVAILABLE;

    /** In kebab case, such as {@code not-found}. */
    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
