// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

/**
 * A vGPU as it is at one moment.
 *
 * @param uuid by which it is known
 * @param name by which people know it
 * @param revision changes whenever anything of it changes, and is never used twice
 * @param stored false for one that is only there because its clean-up failed: it goes when its quarantine is cleared
 * @param createdAt when it was defined, ISO 8601
 * @param definition what is wanted, with nothing left open but placement and virtual function
 * @param status how it is doing
 */
public record VgpuView(
        String uuid,
        String name,
        long revision,
        boolean stored,
        String createdAt,
        VgpuDefinition definition,
        VgpuStatus status) {}
