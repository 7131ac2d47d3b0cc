// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/** Why a {@link Decision} is what it is. */
public enum Reason {
    /** Its turn in the round. */
    TURN,
    /** It went on within the turn that it had. */
    SAME_TURN,
    /** It has had the least time of all that have work. */
    LEAST_TIME,
    /** It has high priority and work. */
    HIGH_PRIORITY,
    /** Members have work, but this time is not theirs: it stays idle. */
    UNUSED_SHARE,
    /** Nobody has work. */
    NO_WORK
}
