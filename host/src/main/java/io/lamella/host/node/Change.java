// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.List;

/**
 * One step from what is to what a node file wants.
 *
 * @param action what is done
 * @param name of the GPU or vGPU
 * @param sentence for a person
 * @param interruptsVm whether a VM that is attached loses its vGPU by it
 * @param fields what changes, for changes of settings
 */
public record Change(ChangeAction action, String name, String sentence, boolean interruptsVm, List<Field> fields) {
    public Change {
        fields = List.copyOf(fields);
    }

    /**
     * A value that changes.
     *
     * @param field its name
     * @param from as text; empty if it was not set
     * @param to as text; empty if it will not be set
     */
    public record Field(String field, String from, String to) {}
}
