// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/**
 * How urgent a member's work is. The names and their meaning are those of Intel's xe driver; NVIDIA's scheduler has no such setting, which is
 * {@link #NORMAL} for everyone.
 */
public enum Priority {
    /** Has a turn only when it has work. Under equal share the others have its time while it has none. */
    LOW,
    /** Its time is kept for it, work or not, where the policy keeps time at all. */
    NORMAL,
    /** Like low, and with work it goes next, as soon as the current slice ends, for as long as its own share lasts. */
    HIGH
}
