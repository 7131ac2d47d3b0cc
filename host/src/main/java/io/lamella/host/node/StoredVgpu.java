// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

/**
 * A vGPU's file.
 *
 * @param schema {@link #SCHEMA}
 * @param createdAt ISO 8601
 * @param revision when it was last changed
 * @param definition with nothing left open but placement and virtual function
 */
record StoredVgpu(int schema, String createdAt, long revision, VgpuDefinition definition) {
    static final int SCHEMA = 1;

    // From a file that anyone may have edited, so anything may be missing.
    StoredVgpu {
        if (createdAt == null
                || definition == null
                || definition.name() == null
                || definition.uuid() == null
                || definition.type() == null) {
            throw new IllegalArgumentException(
                    "createdAt and a definition with name, uuid and type are needed, and one of them is missing");
        }
    }
}
