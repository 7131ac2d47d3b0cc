// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GspClient;
import io.lamella.core.RmRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Many threads at a time. */
final class ThreadClauses {
    private static final long PAGE = 4096;
    private static final int THREADS = 4;
    private static final int ROUNDS = 25;
    private static final RmRequest ENGINES = RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE");

    static final List<Clause> ALL = List.of(
            Clause.full(
                    "threads.sessions",
                    "Sessions of several threads take, use and give back at the same time without meeting.",
                    ThreadClauses::manySessions),
            Clause.full(
                    "threads.one-session",
                    "Several threads may use one session at the same time.",
                    ThreadClauses::oneSession),
            Clause.full(
                    "threads.one-client",
                    "Several threads may run controls on one client, and each gets its own answer.",
                    ThreadClauses::oneClient),
            Clause.full(
                    "threads.close-under-use",
                    "A session may be closed while others use it: they get CLOSED, and all is given back.",
                    ThreadClauses::closeUnderUse));

    private ThreadClauses() {}

    /** One thread's part. */
    private interface Part {
        void run(int thread) throws Exception;
    }

    private static void together(Part part) throws Exception {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            threads.add(Thread.ofPlatform()
                    .daemon()
                    .name("contract thread " + i)
                    .start(() -> {
                        try {
                            start.await();
                            part.run(number);
                        } catch (Exception | Error e) {
                            failure.compareAndSet(null, e);
                        }
                    }));
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        Throwable first = failure.get();
        if (first instanceof BrokenClause broken) {
            throw broken;
        }
        if (first != null) {
            throw new BrokenClause("A thread ended with " + first + ".", first);
        }
    }

    private static void useMemory(CoreSession session, long mark) {
        try (FbRange range = session.allocateFb(FbRequest.pages("thread " + mark, 2 * PAGE));
                BarMapping mapping = session.map(range)) {
            mapping.writeLong(0, mark);
            mapping.fill(PAGE, PAGE, (byte) mark);
            Expect.same(mark, mapping.readLong(0), "What a thread wrote and reads");
            Expect.same((int) (mark & 0xff) * 0x01010101, mapping.readInt(2 * PAGE - 4), "What a thread filled");
        }
    }

    private static void manySessions(Trial trial) throws Exception {
        CoreSession watcher = trial.attach();
        useMemory(watcher, 1);
        FbUsage before = watcher.fbUsage();
        int ids = watcher.freeChannels();
        together(thread -> {
            for (int round = 0; round < ROUNDS; round++) {
                try (CoreSession session = trial.attach();
                        ChannelRange range = session.allocateChannels("thread", 1 + thread);
                        GspClient client = session.openGspClient("thread")) {
                    useMemory(session, (long) thread << 32 | round);
                    client.control(client.subdevice(), ENGINES);
                    Expect.that(range.isHeld(), "A run of ids was lost.");
                }
            }
        });
        Expect.same(before, watcher.fbUsage(), "The usage of frame buffer after all threads");
        Expect.same(ids, watcher.freeChannels(), "The number of free channel ids after all threads");
    }

    private static void oneSession(Trial trial) throws Exception {
        CoreSession session = trial.attach();
        together(thread -> {
            for (int round = 0; round < ROUNDS; round++) {
                useMemory(session, (long) thread << 32 | round);
            }
        });
        Expect.same(List.of(), session.held(), "The list of what the session holds after all threads");
    }

    private static void oneClient(Trial trial) throws Exception {
        CoreSession session = trial.attach();
        try (GspClient client = session.openGspClient("shared")) {
            long entries = client.control(client.subdevice(), ENGINES).number("numEntries");
            together(thread -> {
                for (int round = 0; round < ROUNDS; round++) {
                    if (thread % 2 == 0) {
                        Expect.same(
                                entries,
                                client.control(client.subdevice(), ENGINES).number("numEntries"),
                                "The number of engines that a thread is told");
                    } else {
                        Expect.refused(
                                CoreError.NOT_SUPPORTED,
                                "control() of NO_SUCH_CONTROL",
                                () -> client.control(client.subdevice(), RmRequest.of("NO_SUCH_CONTROL")));
                    }
                }
            });
        }
    }

    private static void closeUnderUse(Trial trial) throws Exception {
        CoreSession watcher = trial.attach();
        useMemory(watcher, 1);
        FbUsage before = watcher.fbUsage();
        CoreSession victim = trial.attach();
        together(thread -> {
            if (thread == 0) {
                Thread.sleep(5);
                victim.close();
                return;
            }
            for (boolean open = true; open; ) {
                try {
                    useMemory(victim, thread);
                } catch (CoreException end) {
                    Expect.same(CoreError.CLOSED, end.error(), "The answer to a call after close()");
                    open = false;
                }
            }
        });
        Expect.same(before, watcher.fbUsage(), "The usage of frame buffer after all threads");
    }
}
