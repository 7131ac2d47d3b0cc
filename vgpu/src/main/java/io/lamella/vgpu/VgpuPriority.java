// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

/** How urgent a vGPU's work is for the scheduler. Names and meaning are those of Intel's xe driver. */
public enum VgpuPriority {
    /** Has a turn only when it has work. */
    LOW,
    /** Has its turn as the policy says. */
    NORMAL,
    /** With work it goes next, for as long as its own share lasts. */
    HIGH
}
