// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.sched;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The members of a runlist in the order in which they take turns, and whose turn is next. */
final class Members {
    private final @Nullable Member[] all;
    private int count;
    private int runnable;
    private int turn;

    Members(int most) {
        all = new Member[most];
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == all.length;
    }

    boolean anyRunnable() {
        return runnable > 0;
    }

    Member get(int index) {
        Member member = all[index];
        if (member == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return member;
    }

    /** The member {@code steps} after the one whose turn it is. */
    Member fromTurn(int steps) {
        return get((turn + steps) % count);
    }

    /** Makes it the turn of the member {@code steps} later. */
    void advance(int steps) {
        turn = (turn + steps) % count;
    }

    /** Makes it the first member's turn. */
    void startOver() {
        turn = 0;
    }

    void add(Member member) {
        all[count++] = member;
    }

    void remove(Member member) {
        int index = Arrays.asList(all).indexOf(member);
        System.arraycopy(all, index + 1, all, index, count - index - 1);
        all[--count] = null;
        if (index < turn) {
            turn--;
        }
        if (turn >= count) {
            turn = 0;
        }
        if (member.runnable) {
            runnable--;
        }
    }

    void setRunnable(Member member, boolean now) {
        if (member.runnable != now) {
            member.runnable = now;
            runnable += now ? 1 : -1;
        }
    }

    boolean hasId(int id) {
        for (int i = 0; i < count; i++) {
            if (get(i).id() == id) {
                return true;
            }
        }
        return false;
    }

    /** How many vGPUs of the smallest type here fill the GPU. */
    int density() {
        int most = 1;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, get(i).settings.maxInstances());
        }
        return most;
    }

    int leastWeight() {
        int least = MemberSettings.MAX_WEIGHT;
        for (int i = 0; i < count; i++) {
            least = Math.min(least, get(i).settings.weight());
        }
        return least;
    }

    /** The part of the engine that fixed share promises to all of them together. */
    double promised() {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += part(get(i).settings);
        }
        return sum;
    }

    static double part(MemberSettings settings) {
        return settings.maxInstances() == 0 ? 0 : 1.0 / settings.maxInstances();
    }
}
