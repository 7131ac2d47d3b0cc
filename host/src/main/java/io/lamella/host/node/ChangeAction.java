// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a change does. In the order in which changes are made. */
public enum ChangeAction {
    STOP_VGPU,
    DELETE_VGPU,
    SET_GPU_USE,
    SET_GPU_SCHEDULER,
    SET_GPU_MODE,
    SET_GPU_VIRTUAL_FUNCTIONS,
    UPDATE_VGPU,
    DEFINE_VGPU,
    START_VGPU;

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
