// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import java.util.ArrayList;
import java.util.List;

/** What NVIDIA's descriptions say, done the plainest way, to compare the scheduler with. Shares no code with it. */
final class ReferenceModel {
    private ReferenceModel() {}

    /** One slice. */
    record Slice(int id, long targetNanos, long usedNanos) {}

    /** How long a member goes on after the end of its slice. */
    interface Overshoot {
        long nanos(int id);
    }

    /**
     * Strict round robin between {@code members} that always have work: at each turn, a part of the overshoot that a member owes is taken off its
     * slice, and the debt falls by what was taken.
     */
    static List<Slice> strictRoundRobin(
            int members, long sliceNanos, int averagingFactor, Overshoot overshoot, int slices) {
        long[] owed = new long[members];
        List<Slice> done = new ArrayList<>();
        for (int turn = 0; done.size() < slices; turn++) {
            int id = turn % members;
            long cut = owed[id] / averagingFactor;
            if (cut > sliceNanos) {
                cut = sliceNanos;
            }
            owed[id] -= cut;
            long target = sliceNanos - cut;
            if (target > 0) {
                long over = overshoot.nanos(id);
                owed[id] += over;
                done.add(new Slice(id, target, target + over));
            }
        }
        return done;
    }

    /** Without strict round robin, between members that always have work: the one that was scheduled for the least time. */
    static List<Slice> leastTime(int members, long sliceNanos, Overshoot overshoot, int slices) {
        long[] had = new long[members];
        List<Slice> done = new ArrayList<>();
        while (done.size() < slices) {
            int least = 0;
            for (int id = 1; id < members; id++) {
                if (had[id] < had[least]) {
                    least = id;
                }
            }
            long used = sliceNanos + overshoot.nanos(least);
            had[least] += used;
            done.add(new Slice(least, sliceNanos, used));
        }
        return done;
    }

    /** An engine that can serve any number of members at once, each at a part of its speed, like a fluid. */
    static final class Fluid {
        final double[] backlog;
        final double[] served;
        private final double part;
        private double now;

        /**
         * @param part the part of the engine that a member with work has; 0 if those with work have equal parts of all of it
         */
        Fluid(int members, double part) {
            backlog = new double[members];
            served = new double[members];
            this.part = part;
        }

        void arrive(int id, long time, long nanos) {
            flow(time);
            backlog[id] += nanos;
        }

        void flow(long until) {
            while (now < until) {
                int busy = 0;
                double least = Double.MAX_VALUE;
                for (double left : backlog) {
                    if (left > 1e-6) {
                        busy++;
                        least = Math.min(least, left);
                    }
                }
                if (busy == 0) {
                    now = until;
                    return;
                }
                double speed = part > 0 ? part : 1.0 / busy;
                double step = Math.min(until - now, least / speed);
                for (int id = 0; id < backlog.length; id++) {
                    if (backlog[id] > 1e-6) {
                        double done = Math.min(backlog[id], step * speed);
                        backlog[id] -= done;
                        served[id] += done;
                    }
                }
                now += Math.max(step, 1e-3);
            }
        }
    }
}
