// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

/**
 * What a member is, as the one who adds it decides it.
 *
 * @param id the number that the log shows (NVML: software runlist id); unique in its runlist, 0 or more
 * @param weight its size compared with the others', from 1 to {@link #MAX_WEIGHT}; all the same unless types of several sizes share the GPU
 * @param maxInstances how many of its type fill the GPU: under fixed share it has 1/maxInstances of the engine, and the default time slice depends
 *     on it. 0 for the host's own work, which has no share of the GPU
 * @param priority how urgent its work is
 * @param preemptionTimeoutNanos how long it may take to stop when its slice has ended, until its work counts as hung; 0 for ever
 */
public record MemberSettings(int id, int weight, int maxInstances, Priority priority, long preemptionTimeoutNanos) {
    /** The greatest weight. */
    public static final int MAX_WEIGHT = 1024;

    /** The greatest number of instances of a type. */
    public static final int MAX_INSTANCES = 64;

    public MemberSettings {
        if (id < 0) {
            throw new IllegalArgumentException("A member's id is 0 or more, not " + id + ".");
        }
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("A weight is from 1 to " + MAX_WEIGHT + ", not " + weight + ".");
        }
        if (maxInstances < 0 || maxInstances > MAX_INSTANCES) {
            throw new IllegalArgumentException(
                    "A type has from 1 to " + MAX_INSTANCES + " instances (0: no share), not " + maxInstances + ".");
        }
        if (preemptionTimeoutNanos < 0) {
            throw new IllegalArgumentException(
                    "A preemption timeout is 0 (for ever) or more, not " + preemptionTimeoutNanos + " ns.");
        }
    }

    /** A vGPU of normal priority, of which {@code maxInstances} fill the GPU, that may take as long as it likes to stop. */
    public static MemberSettings vgpu(int id, int maxInstances) {
        return new MemberSettings(id, 1, maxInstances, Priority.NORMAL, 0);
    }

    /** The same with another weight. */
    public MemberSettings withWeight(int newWeight) {
        return new MemberSettings(id, newWeight, maxInstances, priority, preemptionTimeoutNanos);
    }

    /** The same with another priority. */
    public MemberSettings withPriority(Priority newPriority) {
        return new MemberSettings(id, weight, maxInstances, newPriority, preemptionTimeoutNanos);
    }

    /** The same with another preemption timeout. */
    public MemberSettings withPreemptionTimeout(long nanos) {
        return new MemberSettings(id, weight, maxInstances, priority, nanos);
    }
}
