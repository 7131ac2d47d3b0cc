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
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The engines of one GPU: a thread that works for its functions as the scheduler says, and within a function's slice for its channels in turn. It
 * exists while there are channels and sleeps while they have nothing to do.
 *
 * <p>Nobody tells of a semaphore that a guest's processor writes, so channels that wait for one are looked at again: at first every 50
 * microseconds, and less often the longer nothing happens, down to every 2 milliseconds.
 */
public final class EngineThread implements AutoCloseable {
    /** How long a channel works before the next one of the same function has its turn. */
    public static final long CHANNEL_SLICE_NANOS = 500_000;

    private static final long FIRST_POLL_NANOS = 50_000;
    private static final long LAST_POLL_NANOS = 2_000_000;
    private static final Logger LOG = System.getLogger(EngineThread.class.getName());

    private final String name;
    private final LongSupplier clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition turnOver = lock.newCondition();

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
    private long pollNanos = FIRST_POLL_NANOS;
    private long lastPoll;

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
        lock.lock();
        try {
            scheduler.setPolicy(policy, clock.getAsLong());
            work.signal();
        } finally {
            lock.unlock();
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
        lock.lock();
        try {
            FunctionChannels function = functions.get(newSettings.id());
            Member member = function == null ? null : function.member;
            if (member != null) {
                scheduler.update(member, newSettings, clock.getAsLong());
            }
            settings.put(newSettings.id(), newSettings);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the thread is there. */
    public boolean isRunning() {
        return locked(() -> thread != null);
    }

    EngineUsage usage(FunctionChannels function) {
        return locked(() -> function.usage(clock.getAsLong()));
    }

    <T> T locked(Supplier<T> question) {
        lock.lock();
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }

    // What functions do.

    boolean add(Channel channel) {
        lock.lock();
        try {
            FunctionChannels function = channel.owner();
            @Nullable Channel[] table = function.table();
            if (closed || table[channel.id()] != null || !join(function)) {
                return false;
            }
            table[channel.id()] = channel;
            function.live++;
            if (thread == null) {
                thread = Thread.ofPlatform().daemon().name(name + " engines").start(this::work);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean join(FunctionChannels function) {
        if (function.member != null) {
            return true;
        }
        MemberSettings known = settings.getOrDefault(function.gfid(), MemberSettings.vgpu(function.gfid(), 0));
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
            return function.ready.isEmpty() && (now == null || !now.owner().equals(function));
        });
    }

    void schedule(Channel channel, boolean run) {
        lock.lock();
        try {
            channel.scheduled = run;
            if (run) {
                makeReady(channel);
            } else {
                awaitTurn(channel);
                withdraw(channel);
            }
        } finally {
            lock.unlock();
        }
    }

    /** From any queue back to rest; under the lock. */
    private void withdraw(Channel channel) {
        FunctionChannels function = channel.owner();
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

    void ring(FunctionChannels function, int id, int runlist) {
        lock.lock();
        try {
            Channel channel = function.table()[id];
            if (channel != null && channel.runlist().id() == runlist) {
                makeReady(channel);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void makeReady(Channel channel) {
        pollNanos = FIRST_POLL_NANOS;
        if (!channel.scheduled) {
            return;
        }
        if (channel.state == Channel.State.RUNNING) {
            channel.rang = true;
        } else if (channel.state == Channel.State.IDLE) {
            enqueue(channel);
            work.signal();
        }
    }

    private void enqueue(Channel channel) {
        FunctionChannels function = channel.owner();
        channel.state = Channel.State.READY;
        function.ready.addLast(channel);
        Member member = function.member;
        if (member != null) {
            scheduler.runnable(member, clock.getAsLong());
        }
    }

    void remove(Channel channel) {
        lock.lock();
        try {
            kill(channel);
            awaitTurn(channel);
        } finally {
            lock.unlock();
        }
    }

    void removeAll(FunctionChannels function, boolean await) {
        lock.lock();
        try {
            for (Channel channel : function.table()) {
                if (channel != null) {
                    kill(channel);
                }
            }
            // Also one that was taken out earlier and not waited for.
            Channel now = running;
            if (await && now != null && now.owner().equals(function)) {
                awaitTurn(now);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private void kill(Channel channel) {
        channel.dying = true;
        channel.scheduled = false;
        withdraw(channel);
        FunctionChannels function = channel.owner();
        @Nullable Channel[] table = function.table();
        if (!channel.equals(table[channel.id()])) {
            return;
        }
        table[channel.id()] = null;
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
            work.signal();
        }
    }

    /** Returns when the channel's turn is over; under the lock. A turn of a channel that is dying ends with its piece of work. */
    private void awaitTurn(Channel channel) {
        if (Thread.currentThread().equals(thread)) {
            return;
        }
        while (channel.equals(running)) {
            channel.yields = true;
            turnOver.awaitUninterruptibly();
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
                    channel.owner().tell(report);
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The engines of " + name + " stopped; no channel of this GPU works any more.", e);
            failed();
            throw e;
        }
    }

    /** Nobody is to wait for a thread that is gone. */
    private void failed() {
        lock.lock();
        try {
            closed = true;
            running = null;
            thread = null;
            turnOver.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The channel whose turn it is, or null when the thread is to end. */
    private @Nullable Channel next() {
        lock.lock();
        try {
            while (!closed && !functions.isEmpty()) {
                long now = clock.getAsLong();
                if (!parked.isEmpty() && now - lastPoll >= pollNanos) {
                    lookAgain(now);
                }
                FunctionChannels function = active;
                if (function != null) {
                    Channel channel = now - activeUntil < 0 ? function.ready.pollFirst() : null;
                    if (channel != null) {
                        return take(channel, now);
                    }
                    endSlice(function, now);
                }
                Decision decision = scheduler.next(now);
                Member member = decision.member();
                if (member == null) {
                    sleep(now, decision.untilNanos());
                } else {
                    active = functions.get(member.id());
                    activeUntil = decision.untilNanos();
                }
            }
            thread = null;
            return null;
        } finally {
            lock.unlock();
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

    private void endSlice(FunctionChannels function, long now) {
        active = null;
        Member member = function.member;
        if (member != null) {
            if (function.ready.isEmpty()) {
                scheduler.idle(member, now);
            }
            scheduler.ran(now);
        }
    }

    @SuppressWarnings("WaitNotInLoop") // It may wake at any time: the caller's loop looks again.
    private void sleep(long now, long until) {
        long nanos = until == Long.MAX_VALUE ? Long.MAX_VALUE : until - now;
        if (!parked.isEmpty()) {
            nanos = Math.min(nanos, pollNanos - (now - lastPoll));
        }
        try {
            if (nanos == Long.MAX_VALUE) {
                work.await();
            } else if (nanos > 0) {
                long ignored = work.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            // Nobody means that: the thread ends when there is nothing left to do.
            LOG.log(Level.DEBUG, "The engines of " + name + " were interrupted.", e);
        }
    }

    /** Lets every channel that waits look at its semaphore; under the lock. */
    private void lookAgain(long now) {
        lastPoll = now;
        pollNanos = Math.min(pollNanos * 2, LAST_POLL_NANOS);
        for (FunctionChannels function = parked.pollFirst(); function != null; function = parked.pollFirst()) {
            function.waiting.forEach(this::enqueue);
            function.waiting.clear();
        }
    }

    /** Puts a channel where it belongs after its turn. */
    private @Nullable FaultReport over(Channel channel, Channel.Outcome outcome, long nanos) {
        lock.lock();
        try {
            running = null;
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
            turnOver.signalAll();
            return report;
        } finally {
            lock.unlock();
        }
    }

    private void proceed(Channel channel, Channel.Outcome outcome) {
        if (channel.progressed() && outcome != Channel.Outcome.IDLE) {
            pollNanos = FIRST_POLL_NANOS;
        }
        if (outcome == Channel.Outcome.WAITING) {
            channel.state = Channel.State.WAITING;
            FunctionChannels function = channel.owner();
            if (function.waiting.isEmpty()) {
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
        lock.lock();
        try {
            closed = true;
            work.signal();
            for (Channel now = running; now != null; now = running) {
                now.dying = true;
                turnOver.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
