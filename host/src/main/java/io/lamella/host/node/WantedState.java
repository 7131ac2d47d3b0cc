// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Whether a vGPU of a node file is to run. */
public enum WantedState {
    RUNNING,
    STOPPED;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
