// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What listeners hear. The changes of SR-IOV are what a check can bring about at will. */
final class EventClauses {
    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "events.sr-iov",
                    "Every change of the number of virtual functions is told to every session, also to those without"
                            + " SR_IOV, once.",
                    EventClauses::toldToAll),
            Clause.quick(
                    "events.after-attach",
                    "A session hears of nothing that happened before it attached.",
                    EventClauses::nothingEarlier),
            Clause.quick("events.order", "Events come in the order in which things happened.", EventClauses::inOrder),
            Clause.quick(
                    "events.one-at-a-time",
                    "A listener is called for one event at a time, not on the thread that caused it.",
                    EventClauses::oneAtATime),
            Clause.quick("events.may-call", "A listener may call its session.", EventClauses::mayCall),
            Clause.quick(
                    "events.closed-session",
                    "A session that is closed hears nothing more.",
                    EventClauses::closedHearsNothing),
            Clause.full(
                    "events.listener-throws",
                    "A listener that throws hears the next event all the same, and so do others.",
                    EventClauses::survivesThrowing));

    private static final long LIMIT_MILLIS = 3_000;

    private EventClauses() {}

    private static List<Integer> changes(EventRecord record) {
        return record.heard(CoreEvent.SrIovChanged.class).stream()
                .map(CoreEvent.SrIovChanged::enabled)
                .toList();
    }

    private static void awaitChanges(List<Integer> expected, EventRecord record) {
        Expect.soon(
                LIMIT_MILLIS,
                () -> changes(record).size() >= expected.size(),
                "After " + LIMIT_MILLIS + " ms the changes " + changes(record) + " were told; " + expected
                        + " was due.");
        Expect.same(expected, changes(record), "The list of changes told");
    }

    private static void toldToAll(Trial trial) {
        trial.needVirtualFunctions(2);
        EventRecord first = new EventRecord();
        EventRecord second = new EventRecord();
        CoreSession session = trial.attach(first);
        trial.attach(Set.of(), second);
        session.setVirtualFunctions(2);
        session.setVirtualFunctions(2);
        session.setVirtualFunctions(0);
        session.setVirtualFunctions(0);
        awaitChanges(List.of(2, 0), first);
        awaitChanges(List.of(2, 0), second);
    }

    private static void nothingEarlier(Trial trial) {
        trial.needVirtualFunctions(2);
        EventRecord all = new EventRecord();
        CoreSession session = trial.attach(all);
        session.setVirtualFunctions(1);
        session.setVirtualFunctions(0);
        EventRecord later = new EventRecord();
        trial.attach(later);
        session.setVirtualFunctions(2);
        session.setVirtualFunctions(0);
        awaitChanges(List.of(1, 0, 2, 0), all);
        awaitChanges(List.of(2, 0), later);
    }

    private static void inOrder(Trial trial) {
        trial.needVirtualFunctions(3);
        EventRecord record = new EventRecord();
        CoreSession session = trial.attach(record);
        List<Integer> expected = new ArrayList<>();
        for (int count = 1; count <= 3; count++) {
            session.setVirtualFunctions(count);
            session.setVirtualFunctions(0);
            expected.addAll(List.of(count, 0));
        }
        awaitChanges(expected, record);
    }

    private static void oneAtATime(Trial trial) {
        trial.needVirtualFunctions(1);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger heard = new AtomicInteger();
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        CoreEvents listener = event -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            threads.add(Thread.currentThread());
            pause(2);
            inside.decrementAndGet();
            heard.incrementAndGet();
        };
        CoreSession session = trial.attach(listener);
        for (int i = 0; i < 3; i++) {
            session.setVirtualFunctions(1);
            session.setVirtualFunctions(0);
        }
        Expect.soon(LIMIT_MILLIS, () -> heard.get() >= 6, heard + " of 6 events came.");
        Expect.same(1, most.get(), "The greatest number of calls of one listener at a time");
        Expect.that(
                !threads.contains(Thread.currentThread()), "A listener was called on the thread that made the change.");
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void mayCall(Trial trial) {
        trial.needVirtualFunctions(1);
        AtomicReference<@Nullable CoreSession> own = new AtomicReference<>();
        AtomicReference<@Nullable Object> seen = new AtomicReference<>();
        CoreSession session = trial.attach(event -> {
            CoreSession mine = own.get();
            if (mine != null) {
                try {
                    seen.compareAndSet(null, mine.fbUsage());
                } catch (RuntimeException failure) {
                    seen.compareAndSet(null, failure);
                }
            }
        });
        own.set(session);
        session.setVirtualFunctions(1);
        session.setVirtualFunctions(0);
        Expect.soon(LIMIT_MILLIS, () -> seen.get() != null, "The listener that calls its session does not return.");
        Expect.same(session.fbUsage(), seen.get(), "What a listener learned from its session");
    }

    private static void closedHearsNothing(Trial trial) {
        trial.needVirtualFunctions(1);
        EventRecord stays = new EventRecord();
        EventRecord leaves = new EventRecord();
        CoreSession session = trial.attach(stays);
        CoreSession leaving = trial.attach(leaves);
        session.setVirtualFunctions(1);
        awaitChanges(List.of(1), leaves);
        leaving.close();
        session.setVirtualFunctions(0);
        awaitChanges(List.of(1, 0), stays);
        Expect.same(List.of(1), changes(leaves), "The list of changes that a closed session heard");
    }

    private static void survivesThrowing(Trial trial) {
        trial.needVirtualFunctions(1);
        AtomicInteger calls = new AtomicInteger();
        EventRecord other = new EventRecord();
        CoreSession session = trial.attach(event -> {
            calls.incrementAndGet();
            throw new IllegalStateException("contract: a listener that throws");
        });
        trial.attach(other);
        session.setVirtualFunctions(1);
        session.setVirtualFunctions(0);
        awaitChanges(List.of(1, 0), other);
        Expect.soon(
                LIMIT_MILLIS, () -> calls.get() == 2, "A listener that threw was called " + calls + " times, not 2.");
    }
}
