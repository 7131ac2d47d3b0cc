// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreError;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GspClient;
import io.lamella.core.RmRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The end of sessions: everything goes back. */
final class SessionClauses {
    private static final long PAGE = 4096;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "session.held",
                    "held() has one line with the label for each thing that is held, the oldest first.",
                    SessionClauses::lists),
            Clause.full(
                    "session.close.gives-back",
                    "Closing a session gives back all that it holds, and nobody else's.",
                    SessionClauses::givesBack),
            Clause.full(
                    "session.close.resources",
                    "What a session held answers CLOSED after the session was closed.",
                    SessionClauses::resourcesAreClosed),
            Clause.quick(
                    "session.close.calls",
                    "Every call of a closed session is answered with CLOSED.",
                    SessionClauses::answersClosed),
            Clause.quick("session.close.twice", "Closing a session twice has no effect.", SessionClauses::closesTwice));

    private SessionClauses() {}

    private static List<CoreResource> takeOneOfEach(CoreSession session) {
        List<CoreResource> taken = new ArrayList<>();
        FbRange range = session.allocateFb(FbRequest.pages("a range", 2 * PAGE));
        taken.add(range);
        taken.add(session.map(range, 0, PAGE));
        taken.add(session.allocateChannels("some ids", 4));
        taken.add(session.openGspClient("a client"));
        return taken;
    }

    private static void lists(Trial trial) {
        CoreSession session = trial.attach();
        Expect.same(List.of(), session.held(), "The list of what a new session holds");
        List<CoreResource> taken = takeOneOfEach(session);
        List<String> held = session.held();
        Expect.same(taken.size(), held.size(), "The number of lines");
        for (int i = 0; i < taken.size(); i++) {
            String label = taken.get(i).label();
            Expect.that(
                    held.get(i).contains(label) && held.get(i).lines().count() == 1,
                    "Line " + i + " is \"" + held.get(i) + "\", which does not name \"" + label + "\".");
        }
        taken.reversed().forEach(CoreResource::close);
        Expect.same(List.of(), session.held(), "The list after all was given back");
    }

    private static void givesBack(Trial trial) {
        CoreSession keeper = trial.attach();
        try (FbRange kept = keeper.allocateFb(FbRequest.pages("kept", PAGE));
                BarMapping mapping = keeper.map(kept);
                ChannelRange ids = keeper.allocateChannels("kept", 2);
                GspClient client = keeper.openGspClient("kept")) {
            mapping.writeInt(0, 42);
            FbUsage before = keeper.fbUsage();
            int free = keeper.freeChannels();
            CoreSession leaky = trial.attach();
            List<CoreResource> taken = takeOneOfEach(leaky);
            leaky.close();
            for (CoreResource resource : taken) {
                Expect.that(!resource.isHeld(), "\"" + resource.label() + "\" is held after its session was closed.");
            }
            Expect.same(List.of(), leaky.held(), "The list of what a closed session holds");
            Expect.same(before, keeper.fbUsage(), "The usage of frame buffer");
            Expect.same(free, keeper.freeChannels(), "The number of free channel ids");
            Expect.that(
                    kept.isHeld() && ids.isHeld() && client.isHeld(),
                    "Something of another session is not held any more.");
            Expect.same(42, mapping.readInt(0), "The content of another session's memory");
            client.control(client.subdevice(), RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE"));
        }
    }

    private static void resourcesAreClosed(Trial trial) {
        CoreSession session = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("a range", PAGE));
        BarMapping mapping = session.map(range);
        GspClient client = session.openGspClient("a client");
        session.close();
        Expect.refused(CoreError.CLOSED, "readInt() of a closed session's mapping", () -> mapping.readInt(0));
        Expect.refused(
                CoreError.CLOSED,
                "control() of a closed session's client",
                () -> client.control(client.subdevice(), RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE")));
        Expect.refused(CoreError.CLOSED, "scrub() of a closed session", () -> session.scrub(range));
        Expect.refused(CoreError.CLOSED, "map() of a closed session", () -> session.map(range));
        range.close();
        mapping.quarantine("contract: after its session");
    }

    private static void answersClosed(Trial trial) {
        CoreSession session = trial.attach();
        session.close();
        List<Runnable> calls = new ArrayList<>(List.of(
                () -> session.allocateFb(FbRequest.pages("late", PAGE)),
                () -> session.isFbFree(0, 1),
                session::fbUsage,
                () -> session.allocateChannels("late", 1),
                session::freeChannels,
                () -> session.openGspClient("late")));
        if (trial.gpu().totalVirtualFunctions() > 0) {
            calls.addAll(List.of(
                    session::enabledVirtualFunctions,
                    () -> session.setVirtualFunctions(0),
                    () -> session.ringDoorbell(trial.gpu().virtualFunctions().getFirst())));
        }
        IntStream.range(0, calls.size())
                .forEach(i -> Expect.refused(
                        CoreError.CLOSED,
                        "Call " + i + " of a closed session",
                        () -> calls.get(i).run()));
        Expect.same(Trial.CLIENT, session.client(), "The client of a closed session");
    }

    private static void closesTwice(Trial trial) {
        CoreSession session = trial.attach();
        int sessions = trial.core().sessions().size();
        session.close();
        session.close();
        Expect.same(sessions - 1, trial.core().sessions().size(), "The number of sessions");
    }
}
