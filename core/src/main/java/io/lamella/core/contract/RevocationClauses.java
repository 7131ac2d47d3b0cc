// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuGoneException;
import io.lamella.core.GspClient;
import io.lamella.core.RmRequest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The GPU goes away, at rest and in the middle of calls. */
final class RevocationClauses {
    private static final long PAGE = 4096;
    private static final long LIMIT_MILLIS = 5_000;
    private static final int CALLERS = 3;
    private static final RmRequest ENGINES = RmRequest.of("FIFO_GET_DEVICE_INFO_TABLE");

    static final List<Clause> ALL = List.of(
            Clause.alone(
                    "gone.event",
                    "When the function goes, every session is told so by FunctionGone, as its last event, unasked.",
                    RevocationClauses::tells),
            Clause.alone(
                    "gone.calls",
                    "Once the function is gone every call throws GpuGoneException.",
                    RevocationClauses::answersGone),
            Clause.alone(
                    "gone.in-mid-call",
                    "A call that waits for the firmware when the function goes ends with GpuGoneException within 5 s.",
                    RevocationClauses::endsCalls),
            Clause.alone(
                    "gone.under-load",
                    "Threads that work with memory and firmware when the function goes all end with GpuGoneException"
                            + " within 5 s.",
                    RevocationClauses::endsWork),
            Clause.alone(
                    "gone.close",
                    "Resources, sessions and the core close within 5 s without a function, and without an exception.",
                    RevocationClauses::closes));

    private RevocationClauses() {}

    private static void tells(Trial trial) {
        EventRecord one = new EventRecord();
        EventRecord other = new EventRecord();
        trial.attach(one);
        trial.attach(Set.of(), other);
        trial.bench().slot().vanish();
        for (EventRecord record : List.of(one, other)) {
            CoreEvent.FunctionGone gone = record.await(CoreEvent.FunctionGone.class, event -> true);
            Expect.that(!gone.reason().isBlank(), "The function is gone without a word of why.");
            Expect.same(gone, record.heard().getLast(), "The last event");
            Expect.same(1, record.heard(CoreEvent.FunctionGone.class).size(), "The number of times that it was told");
        }
        Expect.that(!trial.core().isAlive(), "isAlive() is true although the function is gone.");
    }

    private static void answersGone(Trial trial) {
        EventRecord record = new EventRecord();
        CoreSession session = trial.attach(record);
        FbRange range = session.allocateFb(FbRequest.pages("a range", 2 * PAGE));
        BarMapping mapping = session.map(range);
        ChannelRange ids = session.allocateChannels("ids", 2);
        GspClient client = session.openGspClient("a client");
        trial.bench().slot().vanish();
        record.await(CoreEvent.FunctionGone.class, event -> true);
        MemorySegment four = MemorySegment.ofArray(new byte[4]);
        Map<String, Expect.Call> calls = new LinkedHashMap<>();
        calls.put("attach()", () -> trial.attach(Set.of(), CoreEvents.NONE));
        calls.put("allocateFb()", () -> session.allocateFb(FbRequest.pages("late", 1)));
        calls.put("isFbFree()", () -> session.isFbFree(0, 1));
        calls.put("fbUsage()", session::fbUsage);
        calls.put("scrub()", () -> session.scrub(range));
        calls.put("allocateChannels()", () -> session.allocateChannels("late", 1));
        calls.put("freeChannels()", session::freeChannels);
        calls.put("map()", () -> session.map(range));
        calls.put("openGspClient()", () -> session.openGspClient("late"));
        calls.put("control()", () -> client.control(client.subdevice(), ENGINES));
        calls.put("allocate()", () -> client.allocate(client.device(), RmRequest.of("VASPACE")));
        calls.put("free()", () -> client.free(client.subdevice()));
        calls.put("readInt()", () -> mapping.readInt(0));
        calls.put("writeInt()", () -> mapping.writeInt(0, 1));
        calls.put("readLong()", () -> mapping.readLong(0));
        calls.put("writeLong()", () -> mapping.writeLong(0, 1));
        calls.put("read()", () -> mapping.read(0, four));
        calls.put("write()", () -> mapping.write(0, four));
        calls.put("fill()", () -> mapping.fill(0, 4, (byte) 1));
        if (trial.gpu().totalVirtualFunctions() > 0) {
            calls.put("setVirtualFunctions()", () -> session.setVirtualFunctions(1));
            calls.put("enabledVirtualFunctions()", session::enabledVirtualFunctions);
            calls.put(
                    "ringDoorbell()",
                    () -> session.ringDoorbell(trial.gpu().virtualFunctions().getFirst()));
        }
        calls.forEach(Expect::gone);
        Expect.that(ids.isHeld(), "A resource is not held any more although nobody closed it.");
    }

    private static void endsCalls(Trial trial) throws Exception {
        CoreSession session = trial.attach();
        List<GspClient> clients = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            clients.add(session.openGspClient("caller " + i));
        }
        trial.bench().slot().deafen();
        Callers callers = new Callers();
        for (GspClient client : clients) {
            callers.start(() -> {
                client.control(client.subdevice(), ENGINES);
                throw new BrokenClause("A control was answered by a GPU that heard nothing of it.");
            });
        }
        callers.awaitStart();
        // Long enough for all of them to be in the call, short against the time that the firmware has for an answer.
        Thread.sleep(50);
        trial.bench().slot().vanish();
        callers.expectGone();
    }

    private static void endsWork(Trial trial) throws Exception {
        Callers callers = new Callers();
        for (int i = 0; i < CALLERS; i++) {
            CoreSession session = trial.attach();
            callers.start(() -> {
                while (true) {
                    try (FbRange range = session.allocateFb(FbRequest.pages("work", 2 * PAGE));
                            BarMapping mapping = session.map(range);
                            GspClient client = session.openGspClient("work")) {
                        mapping.fill(0, PAGE, (byte) 1);
                        client.control(client.subdevice(), ENGINES);
                        session.scrub(range);
                    }
                }
            });
        }
        callers.awaitStart();
        Thread.sleep(50);
        trial.bench().slot().vanish();
        callers.expectGone();
    }

    private static void closes(Trial trial) throws Exception {
        CoreSession session = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("a range", 2 * PAGE));
        BarMapping mapping = session.map(range);
        GspClient client = session.openGspClient("a client");
        CoreSession leaky = trial.attach();
        FbRange left = leaky.allocateFb(FbRequest.pages("left behind", PAGE));
        leaky.map(left);
        leaky.openGspClient("left behind");
        trial.bench().slot().vanish();
        Expect.within(LIMIT_MILLIS, "Closing all that is held", () -> {
            mapping.close();
            client.close();
            range.close();
            session.close();
            leaky.close();
        });
        Expect.that(!left.isHeld() && !range.isHeld(), "A range is held after its session was closed.");
        Expect.within(LIMIT_MILLIS, "Closing the core", trial.core()::close);
    }

    /** Threads that are to end with the exception that says that the GPU is gone. */
    private static final class Callers {
        private final List<Thread> threads = new ArrayList<>();
        private final CountDownLatch started = new CountDownLatch(CALLERS);
        private final AtomicReference<@Nullable Throwable> otherEnd = new AtomicReference<>();

        void start(Expect.Call call) {
            threads.add(Thread.ofPlatform()
                    .daemon()
                    .name("contract caller " + threads.size())
                    .start(() -> {
                        started.countDown();
                        try {
                            call.run();
                        } catch (GpuGoneException gone) {
                            return;
                        } catch (Exception | Error e) {
                            otherEnd.compareAndSet(null, e);
                        }
                    }));
        }

        void awaitStart() throws InterruptedException {
            started.await();
        }

        void expectGone() throws InterruptedException {
            long begun = System.nanoTime();
            for (Thread thread : threads) {
                long left = LIMIT_MILLIS - (System.nanoTime() - begun) / 1_000_000;
                thread.join(Math.max(left, 1));
                if (thread.isAlive()) {
                    StackTraceElement[] stack = thread.getStackTrace();
                    throw new BrokenClause(
                            "A call has not ended " + LIMIT_MILLIS + " ms after the function went; it is in "
                                    + (stack.length == 0 ? "the core" : stack[0]) + ".");
                }
            }
            Throwable end = otherEnd.get();
            if (end instanceof BrokenClause broken) {
                throw broken;
            }
            if (end != null) {
                throw new BrokenClause("A call ended with " + end + "; the GPU is gone.", end);
            }
        }
    }
}
