// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.sched.Decision;
import io.lamella.gpu.sched.EngineScheduler;
import io.lamella.gpu.sched.LogEntry;
import io.lamella.gpu.sched.Member;
import io.lamella.gpu.sched.MemberSettings;
import io.lamella.gpu.sched.SchedulerPolicy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The engines of one GPU: a thread that works for its functions as the scheduler says, and within a function's slice for its channels in turn. It
 * exists while there are channels and sleeps while they have nothing to do. A function whose memory is reached by messages has its turns on a
 * thread of its own, and counts as idle meanwhile.
 *
 * <p>Nobody tells of a semaphore that a guest's processor writes, so channels that wait for one are looked at again: at first every 50
 * microseconds, and less often the longer nothing happens in their function, down to every 2 milliseconds, or more where a function has very many: looking
 * is to be a small part of the time.
 */
public final class EngineThread implements AutoCloseable {
    /** How long a channel works before the next one of the same function has its turn. */
    public static final long CHANNEL_SLICE_NANOS = 500_000;

    static final long FIRST_POLL_NANOS = 50_000;
    private static final long LAST_POLL_NANOS = 2_000_000;

    /** For each channel of a function that waits, twenty times what a look costs: looking is never more than a small part of the time. */
    private static final long POLL_NANOS_EACH = 20_000;

    private static final Logger LOG = System.getLogger(EngineThread.class.getName());

    private final String name;
    private final LongSupplier clock;
    /** A monitor and not a lock of java.util.concurrent: waiting for it takes nothing from the heap. Who waits on it waits for the end of a turn. */
    private final Object lock = new Object();

    // Guarded by the lock.
    private final EngineScheduler scheduler;
    private final Map<Integer, FunctionChannels> functions = new HashMap<>();
    private final Map<Integer, MemberSettings> settings = new HashMap<>();
    private final ArrayDeque<FunctionChannels> parked = new ArrayDeque<>();
    private @Nullable Thread thread;
    private @Nullable Channel running;
    private @Nullable FunctionChannels active;
    private long activeUntil;
    private long channelUntil;
    private boolean closed;
    private boolean sleeping;
    /** What {@link #choose} found instead of a channel: how long there is nothing to do. */
    private long restNanos;

    /**
     * Makes it; the thread starts with the first channel.
     *
     * @param name of the GPU
     * @param clock nanoseconds that never go backwards
     */
    public EngineThread(String name, LongSupplier clock) {
        this.name = name;
        this.clock = clock;
        scheduler = new EngineScheduler(SchedulerPolicy.bestEffort(), clock.getAsLong());
    }

    // What the host sets and sees.

    /** @throws IllegalArgumentException as {@link EngineScheduler#setPolicy} */
    public void setPolicy(SchedulerPolicy policy) {
        synchronized (lock) {
            scheduler.setPolicy(policy, clock.getAsLong());
            wake();
        }
    }

    public SchedulerPolicy policy() {
        return locked(scheduler::policy);
    }

    /** The scheduler's last 200 runs, oldest first. */
    public List<LogEntry> schedulerLog() {
        return locked(scheduler::log);
    }

    /**
     * Says how a function, by its GFID, counts for the scheduler, from now on.
     *
     * @throws IllegalArgumentException as {@link EngineScheduler#update}
     */
    public void setSettings(MemberSettings newSettings) {
        synchronized (lock) {
            FunctionChannels function = functions.get(newSettings.id());
            Member member = function == null ? null : function.member;
            if (member != null) {
                scheduler.update(member, newSettings, clock.getAsLong());
            }
            settings.put(newSettings.id(), newSettings);
        }
    }

    /** How a function, by its GFID, counts for the scheduler. */
    public MemberSettings settings(int gfid) {
        return locked(() -> settings.getOrDefault(gfid, MemberSettings.vgpu(gfid, 0)));
    }

    /** Whether the thread is there. */
    public boolean isRunning() {
        return locked(() -> thread != null);
    }

    EngineUsage usage(FunctionChannels function) {
        return locked(() -> function.usage(clock.getAsLong()));
    }

    <T> T locked(Supplier<T> question) {
        synchronized (lock) {
            return question.get();
        }
    }

    // What functions do.

    boolean add(Channel channel) {
        synchronized (lock) {
            FunctionChannels function = channel.owner();
            AtomicReferenceArray<@Nullable Channel> table = function.table();
            if (closed || table.get(channel.id()) != null || !join(function)) {
                return false;
            }
            table.set(channel.id(), channel);
            function.live++;
            if (thread == null) {
                thread = Thread.ofPlatform().daemon().name(name + " engines").start(this::work);
            }
            return true;
        }
    }

    private boolean join(FunctionChannels function) {
        if (function.member != null) {
            return true;
        }
        MemberSettings known = settings(function.gfid());
        try {
            function.member = scheduler.add(known, clock.getAsLong());
            functions.put(function.gfid(), function);
            return true;
        } catch (IllegalArgumentException e) {
            LOG.log(Level.INFO, () -> function.name() + " gets no channel. " + e.getMessage());
            return false;
        }
    }

    int count(FunctionChannels function) {
        return locked(() -> function.live);
    }

    boolean isQuiet(FunctionChannels function) {
        return locked(() -> {
            Channel now = running;
            return function.ready.isEmpty()
                    && function.away == null
                    && (now == null || !now.owner().equals(function));
        });
    }

    /** Those that run when they have work. */
    List<Channel> scheduled(FunctionChannels function) {
        synchronized (lock) {
            AtomicReferenceArray<@Nullable Channel> table = function.table();
            return IntStream.range(0, table.length())
                    .mapToObj(table::get)
                    .<Channel>mapMulti((channel, taken) -> {
                        if (channel != null && channel.scheduled) {
                            taken.accept(channel);
                        }
                    })
                    .toList();
        }
    }

    void schedule(Channel channel, boolean run) {
        synchronized (lock) {
            channel.scheduled = run;
            if (run) {
                makeReady(channel);
            } else {
                awaitTurn(channel);
                withdraw(channel);
            }
        }
    }

    /** From any queue back to rest; under the lock. */
    private void withdraw(Channel channel) {
        FunctionChannels function = channel.owner();
        channel.rang = false;
        if (channel.state == Channel.State.READY) {
            boolean ignored = function.ready.remove(channel);
            channel.state = Channel.State.IDLE;
            Member member = function.member;
            if (function.ready.isEmpty() && member != null && !function.equals(active)) {
                scheduler.idle(member, clock.getAsLong());
            }
        } else if (channel.state == Channel.State.WAITING) {
            boolean ignored = function.waiting.remove(channel);
            channel.state = Channel.State.IDLE;
        }
    }

    /** As often as a driver likes: only the first time between two turns of a channel costs anything, or disturbs anybody. */
    void ring(FunctionChannels function, int id, int runlist) {
        Channel channel = function.table().get(id);
        if (channel == null || channel.runlist().id() != runlist) {
            return;
        }
        // What the driver wrote before it rang is visible to a turn that begins after this look at the bell.
        VarHandle.fullFence();
        if (channel.rang || !channel.scheduled) {
            return;
        }
        synchronized (lock) {
            makeReady(channel);
        }
    }

    /** Under the lock. */
    private void makeReady(Channel channel) {
        if (!channel.scheduled) {
            return;
        }
        channel.rang = true;
        lookSoon(channel.owner());
        if (channel.state == Channel.State.IDLE) {
            enqueue(channel);
            wake();
        }
    }

    /** Something happened in a function, so what its channels wait for may have happened too; under the lock. */
    private void lookSoon(FunctionChannels function) {
        function.pollNanos = Math.max(FIRST_POLL_NANOS, function.waiting.size() * POLL_NANOS_EACH);
        if (function.isParked) {
            long soon = clock.getAsLong() + function.pollNanos;
            function.nextLook = function.nextLook - soon < 0 ? function.nextLook : soon;
        }
    }

    /** Under the lock. */
    private void wake() {
        if (sleeping) {
            sleeping = false;
            LockSupport.unpark(thread);
        }
    }

    private void enqueue(Channel channel) {
        FunctionChannels function = channel.owner();
        channel.state = Channel.State.READY;
        function.ready.addLast(channel);
        tellScheduler(function);
    }

    /** A function has work, unless it is away with some; under the lock. */
    private void tellScheduler(FunctionChannels function) {
        Member member = function.member;
        if (member != null && function.away == null && !function.ready.isEmpty()) {
            scheduler.runnable(member, clock.getAsLong());
        }
    }

    void remove(Channel channel) {
        synchronized (lock) {
            kill(channel);
            awaitTurn(channel);
        }
    }

    void removeAll(FunctionChannels function, boolean await) {
        synchronized (lock) {
            AtomicReferenceArray<@Nullable Channel> table = function.table();
            for (int i = 0; i < table.length(); i++) {
                Channel channel = table.get(i);
                if (channel != null) {
                    kill(channel);
                }
            }
            // Also one that was taken out earlier and not waited for.
            Channel now = running;
            if (await && now != null && now.owner().equals(function)) {
                awaitTurn(now);
            }
            Channel away = function.away;
            if (await && away != null) {
                awaitTurn(away);
            }
        }
    }

    /** Under the lock. */
    private void kill(Channel channel) {
        channel.dying = true;
        channel.scheduled = false;
        withdraw(channel);
        FunctionChannels function = channel.owner();
        if (!function.table().compareAndSet(channel.id(), channel, null)) {
            return;
        }
        function.live--;
        Member member = function.member;
        if (function.live == 0 && member != null) {
            long now = clock.getAsLong();
            scheduler.remove(member, now);
            function.leave(member, now);
            boolean ignored = functions.remove(function.gfid(), function);
            if (function.equals(active)) {
                active = null;
            }
            wake();
        }
    }

    /** Returns when the channel's turn is over; under the lock. A turn of a channel that is dying ends with its piece of work. */
    private void awaitTurn(Channel channel) {
        if (Thread.currentThread().equals(thread)) {
            return;
        }
        boolean interrupted = false;
        while (channel.equals(running) || channel.equals(channel.owner().away)) {
            channel.yields = true;
            interrupted |= !awaitChange();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the end of a turn; under the lock, in a loop. False if somebody interrupts: the turn has to end first, and is short. */
    @SuppressWarnings("WaitNotInLoop") // The callers have the loops.
    private boolean awaitChange() {
        try {
            lock.wait();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    // What the thread does.

    private void work() {
        try {
            for (Channel channel = next(); channel != null; channel = next()) {
                long begun = clock.getAsLong();
                Channel.Outcome outcome = channel.run(clock, channelUntil);
                FaultReport report = over(channel, outcome, clock.getAsLong() - begun);
                if (report != null) {
                    tell(channel.owner(), report);
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The engines of " + name + " stopped; no channel of this GPU works any more.", e);
            failed();
            throw e;
        }
    }

    /** What listeners do wrong is no reason to stop anybody. */
    private static void tell(FunctionChannels function, FaultReport report) {
        try {
            function.tell(report);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, function.name() + ": nobody could be told of a stopped channel.", e);
        }
    }

    /** Nobody is to wait for a thread that is gone. */
    private void failed() {
        synchronized (lock) {
            closed = true;
            running = null;
            thread = null;
            lock.notifyAll();
        }
    }

    /** The channel whose turn it is, or null when the thread is to end. */
    private @Nullable Channel next() {
        while (true) {
            long rest;
            synchronized (lock) {
                sleeping = false;
                if (closed || functions.isEmpty()) {
                    thread = null;
                    return null;
                }
                Channel channel = choose();
                if (channel != null) {
                    return channel;
                }
                rest = restNanos;
                sleeping = rest > 0;
            }
            if (rest == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else if (rest > 0) {
                LockSupport.parkNanos(this, rest);
            }
            // Nobody means an interruption: the thread ends when there is nothing left to do. But it would not sleep
            // any
            // more.
            boolean ignored = Thread.interrupted();
        }
    }

    /** The channel whose turn it is; null, with {@link #restNanos}, if nobody has work. Under the lock. */
    private @Nullable Channel choose() {
        while (true) {
            long now = clock.getAsLong();
            long nextLook = lookAgain(now);
            FunctionChannels function = active;
            if (function != null) {
                boolean here = now - activeUntil < 0 && function.away == null;
                Channel channel = here ? function.ready.pollFirst() : null;
                if (channel != null && !(take(channel, now).usesMessages() && sendAway(channel, now))) {
                    return channel;
                }
                if (channel == null) {
                    endSlice(function, now);
                }
                continue;
            }
            Decision decision = scheduler.next(now);
            Member member = decision.member();
            if (member == null) {
                long until = decision.untilNanos();
                restNanos = Math.min(until == Long.MAX_VALUE ? until : until - now, nextLook);
                return null;
            }
            active = functions.get(member.id());
            activeUntil = decision.untilNanos();
        }
    }

    private Channel take(Channel channel, long now) {
        boolean alone = channel.owner().ready.isEmpty();
        channelUntil = alone ? activeUntil : Math.min(activeUntil, now + CHANNEL_SLICE_NANOS);
        channel.state = Channel.State.RUNNING;
        channel.rang = false;
        channel.yields = false;
        running = channel;
        return channel;
    }

    /** Lets a channel have its turn on its function's own thread; under the lock. False if there can be no such thread. */
    private boolean sendAway(Channel channel, long now) {
        FunctionChannels function = channel.owner();
        try {
            function.lane().execute(() -> turnAway(channel, now + CHANNEL_SLICE_NANOS));
        } catch (RuntimeException | Error e) {
            LOG.log(Level.DEBUG, () -> function.name() + " has no thread of its own: " + e);
            return false;
        }
        function.away = channel;
        running = null;
        return true;
    }

    private void turnAway(Channel channel, long until) {
        long begun = clock.getAsLong();
        Channel.Outcome outcome = channel.run(clock, until);
        FaultReport report = over(channel, outcome, clock.getAsLong() - begun);
        if (report != null) {
            tell(channel.owner(), report);
        }
    }

    private void endSlice(FunctionChannels function, long now) {
        active = null;
        Member member = function.member;
        if (member != null) {
            if (function.ready.isEmpty() || function.away != null) {
                scheduler.idle(member, now);
            }
            scheduler.ran(now);
        }
    }

    /**
     * Lets channels that wait look at their semaphores, those of every function whose time it is; under the lock.
     *
     * @return how long it is to the next time
     */
    private long lookAgain(long now) {
        long next = Long.MAX_VALUE;
        for (int i = parked.size(); i > 0; i--) {
            FunctionChannels function = parked.removeFirst();
            int count = function.waiting.size();
            long left = function.nextLook - now;
            if (count != 0 && left > 0) {
                parked.addLast(function);
                next = Math.min(next, left);
                continue;
            }
            function.isParked = false;
            function.pollNanos =
                    Math.max(Math.min(function.pollNanos * 2, LAST_POLL_NANOS), (count - 1) * POLL_NANOS_EACH);
            for (int j = 0; j < count; j++) {
                enqueue(function.waiting.get(j));
            }
            function.waiting.clear();
        }
        return next;
    }

    /** Puts a channel where it belongs after its turn. */
    private @Nullable FaultReport over(Channel channel, Channel.Outcome outcome, long nanos) {
        synchronized (lock) {
            FunctionChannels function = channel.owner();
            boolean wasAway = channel.equals(function.away);
            if (wasAway) {
                function.away = null;
            } else {
                running = null;
            }
            channel.owner().addBusy(channel.runlist(), nanos);
            FaultReport report = null;
            channel.state = Channel.State.IDLE;
            if (channel.dying) {
                channel.state = Channel.State.DEAD;
            } else if (outcome == Channel.Outcome.FAULTED) {
                report = channel.fault();
                channel.scheduled = false;
                channel.state = Channel.State.DEAD;
                if (report != null) {
                    channel.owner().remember(report);
                }
            } else if (channel.scheduled) {
                proceed(channel, outcome);
            }
            if (wasAway) {
                tellScheduler(function);
                wake();
            }
            lock.notifyAll();
            return report;
        }
    }

    private void proceed(Channel channel, Channel.Outcome outcome) {
        FunctionChannels function = channel.owner();
        if (channel.progressed() && outcome != Channel.Outcome.IDLE) {
            lookSoon(function);
        }
        if (outcome == Channel.Outcome.WAITING) {
            channel.state = Channel.State.WAITING;
            if (!function.isParked) {
                function.isParked = true;
                function.nextLook = clock.getAsLong() + function.pollNanos;
                parked.addLast(function);
            }
            function.waiting.add(channel);
        } else if (outcome == Channel.Outcome.MORE || channel.rang) {
            enqueue(channel);
        }
    }

    /** Ends the thread; returns when it works for nobody any more. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            wake();
            boolean interrupted = false;
            for (Channel now = running; now != null; now = running) {
                now.dying = true;
                interrupted |= !awaitChange();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
