// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.ChannelRange;
import io.lamella.core.CoreError;
import io.lamella.core.CoreSession;
import java.util.ArrayList;
import java.util.List;

/** Runs of hardware channel ids. */
final class ChannelIdClauses {
    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "channel-ids.range",
                    "A run has as many ids as asked for, above the core's own, below the GPU's last.",
                    ChannelIdClauses::within),
            Clause.quick(
                    "channel-ids.aligned",
                    "A run of a power of two begins at a multiple of its size.",
                    ChannelIdClauses::aligned),
            Clause.quick("channel-ids.disjoint", "No two runs that are held overlap.", ChannelIdClauses::disjoint),
            Clause.quick(
                    "channel-ids.invalid",
                    "A count below 1 or above the GPU's, and a wrong label, are refused with INVALID.",
                    ChannelIdClauses::invalid),
            Clause.quick(
                    "channel-ids.no-space",
                    "More than are free are refused with NO_SPACE, and none is taken.",
                    ChannelIdClauses::noSpace),
            Clause.quick("channel-ids.close", "Closing a run gives its ids back, once.", ChannelIdClauses::givesBack),
            Clause.alone(
                    "channel-ids.quarantine",
                    "Ids in quarantine are not given out again.",
                    ChannelIdClauses::quarantines));

    private static final int SOME = 3;

    private ChannelIdClauses() {}

    private static void within(Trial trial) {
        CoreSession session = trial.attach();
        int free = session.freeChannels();
        try (ChannelRange range = session.allocateChannels("some", SOME)) {
            Expect.same(SOME, range.count(), "The number of ids");
            Expect.that(
                    range.first() >= trial.gpu().hostChannelIds()
                            && range.first() + SOME <= trial.gpu().channelIds(),
                    "Ids from " + range.first() + " on are not between "
                            + trial.gpu().hostChannelIds() + " and "
                            + trial.gpu().channelIds() + ".");
            Expect.same(free - SOME, session.freeChannels(), "The number of free ids");
            Expect.same("some", range.label(), "The label");
        }
    }

    private static void aligned(Trial trial) {
        CoreSession session = trial.attach();
        try (ChannelRange odd = session.allocateChannels("odd", 1)) {
            for (int count = 1; count <= 64; count *= 2) {
                try (ChannelRange range = session.allocateChannels("aligned", count)) {
                    Expect.that(
                            range.first() % count == 0,
                            "A run of " + count + " ids begins at " + range.first() + ", beside " + odd.first() + ".");
                }
            }
        }
    }

    private static void disjoint(Trial trial) {
        CoreSession one = trial.attach();
        CoreSession other = trial.attach();
        List<ChannelRange> ranges = new ArrayList<>();
        for (int count = 1; count <= 8; count++) {
            ranges.add((count % 2 == 0 ? one : other).allocateChannels("run", count));
        }
        for (int i = 0; i < ranges.size(); i++) {
            for (int j = 0; j < i; j++) {
                ChannelRange a = ranges.get(i);
                ChannelRange b = ranges.get(j);
                Expect.that(
                        a.first() + a.count() <= b.first() || b.first() + b.count() <= a.first(),
                        "Ids " + a.first() + " and " + b.first() + " begin runs that overlap.");
            }
        }
        ranges.forEach(ChannelRange::close);
    }

    private static void invalid(Trial trial) {
        CoreSession session = trial.attach();
        for (int count : new int[] {0, -1, Integer.MIN_VALUE, trial.gpu().channelIds() + 1, Integer.MAX_VALUE}) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateChannels() of " + count,
                    () -> session.allocateChannels("impossible", count));
        }
        for (String label : FrameBufferClauses.wrongLabels()) {
            Expect.refused(
                    CoreError.INVALID,
                    "allocateChannels() with a label of " + label.length() + " characters",
                    () -> session.allocateChannels(label, 1));
        }
    }

    private static void noSpace(Trial trial) {
        CoreSession session = trial.attach();
        int free = session.freeChannels();
        Expect.refused(
                CoreError.NO_SPACE,
                "allocateChannels() of all the GPU's",
                () -> session.allocateChannels("all", trial.gpu().channelIds()));
        Expect.same(free, session.freeChannels(), "The number of free ids after a refusal");
    }

    private static void givesBack(Trial trial) {
        CoreSession session = trial.attach();
        int free = session.freeChannels();
        ChannelRange range = session.allocateChannels("returned", 16);
        range.close();
        Expect.that(!range.isHeld(), "A run is held after close().");
        Expect.same(free, session.freeChannels(), "The number of free ids after close()");
        try (ChannelRange next = trial.attach().allocateChannels("next", 16)) {
            range.close();
            Expect.that(next.isHeld(), "The next holder's run is not held any more.");
            Expect.same(free - 16, session.freeChannels(), "The number of free ids after a second close()");
        }
    }

    private static void quarantines(Trial trial) {
        CoreSession session = trial.attach();
        int free = session.freeChannels();
        ChannelRange lost = session.allocateChannels("given up", 1);
        lost.quarantine("contract: nobody may have it");
        lost.close();
        Expect.that(!lost.isHeld(), "A run in quarantine is held.");
        Expect.same(free - 1, session.freeChannels(), "The number of free ids");
        List<ChannelRange> others = new ArrayList<>();
        for (int i = 0; i < free - 1; i++) {
            ChannelRange range = session.allocateChannels("every", 1);
            others.add(range);
            Expect.that(range.first() != lost.first(), "Id " + lost.first() + " is given out again.");
        }
        Expect.refused(
                CoreError.NO_SPACE, "allocateChannels() when all are taken", () -> session.allocateChannels("one", 1));
        others.forEach(ChannelRange::close);
    }
}
