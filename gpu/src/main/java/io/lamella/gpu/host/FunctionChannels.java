// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.sched.Member;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The channels of one function. Methods may be called from any thread, except where they say otherwise. */
public final class FunctionChannels {
    /** Channel ids are 0 to this minus 1. */
    public static final int MAX_CHANNELS = 2048;

    private static final int RUNLIST_SHIFT = 16;
    private static final int RUNLIST_MASK = 0x7f;
    private static final int ID_MASK = 0xffff;
    private static final int KEPT_FAULTS = 32;
    private static final int LANE_IDLE_SECONDS = 2;

    private final String name;
    private final int gfid;
    private final EngineThread engines;
    private final List<Runlist> runlists;
    private final IntConsumer interrupts;
    private final LongSupplier time;
    private final Consumer<FaultReport> onFault;
    private final AtomicReferenceArray<@Nullable Channel> channels = new AtomicReferenceArray<>(MAX_CHANNELS);

    /** Channels that would run if nothing was paused. Guards itself and the reasons. */
    private final Set<Channel> held = new LinkedHashSet<>();

    private final Set<Pause> pauses = EnumSet.noneOf(Pause.class);

    // Guarded by the engine thread's lock.
    final ArrayDeque<Channel> ready = new ArrayDeque<>();
    final List<Channel> waiting = new ArrayList<>();
    /** Has its turn on the function's own thread, because it may wait for its driver's side. */
    @Nullable
    Channel away;

    private @Nullable ThreadPoolExecutor lane;
    boolean isParked;
    /** When those that wait look at their semaphores next, and how long it is to the time after that. */
    long nextLook;

    long pollNanos = EngineThread.FIRST_POLL_NANOS;
    /** Its place in the scheduler's books while it has channels. */
    @Nullable
    Member member;

    int live;
    private final ArrayDeque<FaultReport> faults = new ArrayDeque<>();
    /** By place in {@link #runlists}. */
    private final long[] busyNanos;

    private long grantedNanos;
    private long idleNanos;

    /**
     * Makes it; it costs nothing until there is a channel.
     *
     * @param name of the function
     * @param gfid 0 for the PF, otherwise a VF's number plus one: what the scheduler knows it by
     * @param engines of its GPU
     * @param runlists that there are
     * @param interrupts raises a vector of the function
     * @param time the function's PTIMER
     * @param onFault told of a channel that was stopped, on the engines' thread: may not wait
     */
    public FunctionChannels(
            String name,
            int gfid,
            EngineThread engines,
            List<Runlist> runlists,
            IntConsumer interrupts,
            LongSupplier time,
            Consumer<FaultReport> onFault) {
        this.name = name;
        this.gfid = gfid;
        this.engines = engines;
        this.runlists = List.copyOf(runlists);
        this.interrupts = interrupts;
        this.time = time;
        this.onFault = onFault;
        busyNanos = new long[this.runlists.size()];
    }

    public String name() {
        return name;
    }

    public int gfid() {
        return gfid;
    }

    /** Runlists that there are, one per engine. */
    public List<Runlist> runlists() {
        return runlists;
    }

    /** The runlist of an engine, or null. */
    public @Nullable Runlist runlistOf(int engineType) {
        for (Runlist runlist : runlists) {
            if (runlist.engineType() == engineType) {
                return runlist;
            }
        }
        return null;
    }

    /** Adds a channel, which does nothing until it is scheduled. Null if its id is taken. */
    public @Nullable Channel create(ChannelSpec spec) {
        spec.space().memory().lookForMessages();
        Channel channel = new Channel(this, spec);
        return engines.add(channel) ? channel : null;
    }

    /** Lets a channel run, or no longer. What it is doing ends first. While all are paused it only notes which. */
    public void schedule(Channel channel, boolean run) {
        synchronized (held) {
            if (pauses.isEmpty()) {
                engines.schedule(channel, run);
            } else if (run) {
                held.add(channel);
            } else {
                held.remove(channel);
            }
        }
    }

    /** Why no channel runs. */
    public enum Pause {
        /** The driver has all of them disabled. */
        DRIVER,
        /** The firmware is suspended. */
        POWER
    }

    /** Stops all channels where they are, and keeps them. Returns when none runs. */
    public void pause(Pause why) {
        synchronized (held) {
            if (pauses.isEmpty()) {
                held.addAll(engines.scheduled(this));
                held.forEach(channel -> engines.schedule(channel, false));
            }
            pauses.add(why);
        }
    }

    /** Lets those go on that were stopped, once there is no other reason. */
    public void goOn(Pause why) {
        synchronized (held) {
            if (pauses.remove(why) && pauses.isEmpty()) {
                held.forEach(channel -> engines.schedule(channel, true));
                held.clear();
            }
        }
    }

    private void forgetPauses() {
        synchronized (held) {
            pauses.clear();
            held.clear();
        }
    }

    /** Takes a channel away. Returns when nothing runs for it any more: at most one piece of work later. */
    public void free(Channel channel) {
        synchronized (held) {
            held.remove(channel);
        }
        engines.remove(channel);
    }

    /** A driver wrote to the doorbell. Does not wait; any value. */
    public void doorbell(int token) {
        int id = token & ID_MASK;
        if (id < MAX_CHANNELS) {
            engines.ring(this, id, token >>> RUNLIST_SHIFT & RUNLIST_MASK);
        }
    }

    /** Ends all channels without waiting for them. */
    public void stop() {
        forgetPauses();
        engines.removeAll(this, false);
    }

    /** Ends all channels and returns when nothing runs for any. */
    public void stopAndWait() {
        forgetPauses();
        engines.removeAll(this, true);
    }

    /** How many channels there are. */
    public int count() {
        return engines.count(this);
    }

    /** Whether none has work but those that wait for a semaphore. */
    public boolean isQuiet() {
        return engines.isQuiet(this);
    }

    /** The last channels that were stopped for an error, the newest last. */
    public List<FaultReport> faults() {
        return engines.locked(() -> List.copyOf(faults));
    }

    /** How long engines have worked for this function. */
    public long busyNanos() {
        return engines.locked(() -> LongStream.of(busyNanos).sum());
    }

    /** What the engines did for this function so far. */
    public EngineUsage usage() {
        return engines.usage(this);
    }

    // For the engine thread.

    /** By id; changed under the lock, and read by doorbells without. */
    AtomicReferenceArray<@Nullable Channel> table() {
        return channels;
    }

    /** The function's own thread for turns that may wait; it ends when it has had nothing to do for a while. Under the lock. */
    Executor lane() {
        ThreadPoolExecutor known = lane;
        if (known == null) {
            known = new ThreadPoolExecutor(
                    1,
                    1,
                    LANE_IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    Thread.ofPlatform().daemon().name(name + " engines").factory());
            known.allowCoreThreadTimeOut(true);
            lane = known;
        }
        return known;
    }

    /** Under the lock. */
    void addBusy(Runlist runlist, long nanos) {
        int index = runlists.indexOf(runlist);
        if (index >= 0) {
            busyNanos[index] += nanos;
        }
    }

    /** Keeps what a member had, which leaves the scheduler's books; under the lock. */
    void leave(Member leaving, long now) {
        grantedNanos += leaving.ranNanos();
        idleNanos += leaving.idleNanos(now);
        member = null;
    }

    /** Under the lock. */
    EngineUsage usage(long now) {
        List<EngineUsage.Engine> each = new ArrayList<>();
        for (int i = 0; i < runlists.size(); i++) {
            each.add(new EngineUsage.Engine(runlists.get(i).name(), busyNanos[i]));
        }
        Member current = member;
        return new EngineUsage(
                each,
                grantedNanos + (current == null ? 0 : current.ranNanos()),
                idleNanos + (current == null ? 0 : current.idleNanos(now)));
    }

    /** Under the lock. */
    void remember(FaultReport report) {
        if (faults.size() == KEPT_FAULTS) {
            faults.removeFirst();
        }
        faults.addLast(report);
    }

    void tell(FaultReport report) {
        onFault.accept(report);
    }

    void raise(int vector) {
        interrupts.accept(vector);
    }

    long timeNanos() {
        return time.getAsLong();
    }
}
