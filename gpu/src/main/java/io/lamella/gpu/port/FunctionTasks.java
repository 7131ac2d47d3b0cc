// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the work of one function, one task at a time and in order, on a virtual thread that lives only while there is work: an idle function
 * has no thread.
 */
public final class FunctionTasks implements Executor {
    /** How many tasks may wait. Blocks coalesce their own requests, so only a defect gets here. */
    public static final int MAX_WAITING = 1024;

    private static final Logger LOG = System.getLogger(FunctionTasks.class.getName());

    private final String name;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(4);
    private @Nullable Thread worker;
    private int cancelling;
    private long failures;

    /** @param name of the function, for its thread */
    public FunctionTasks(String name) {
        this.name = name;
    }

    /**
     * Runs the task after those before it. Dropped while {@link #cancelAndWait} is at work.
     *
     * @throws RejectedExecutionException if {@link #MAX_WAITING} tasks wait already
     */
    @Override
    public synchronized void execute(Runnable task) {
        if (cancelling != 0) {
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            throw new RejectedExecutionException(
                    name + " has " + MAX_WAITING + " tasks waiting, which is the limit; the new one was refused.");
        }
        waiting.addLast(task);
        if (worker == null) {
            worker = Thread.ofVirtual().name(name).start(this::work);
        }
    }

    /** Whether nothing runs or waits. What the last task did is visible to a caller that reads true. */
    public synchronized boolean isIdle() {
        return worker == null && waiting.isEmpty();
    }

    /** Whether the caller is a task of this function. */
    public synchronized boolean isCurrent() {
        return Thread.currentThread().equals(worker);
    }

    /**
     * Drops what waits and returns when the running task has ended. Tasks are finite because each access to the other side's memory has a
     * deadline of its own. A task may not call this.
     */
    public synchronized void cancelAndWait() {
        cancelling++;
        try {
            waiting.clear();
            finish();
        } finally {
            cancelling--;
        }
    }

    /** Returns when everything that waits has run. A task may not call this. */
    public synchronized void finish() {
        if (Thread.currentThread().equals(worker)) {
            throw new IllegalStateException("A task of " + name + " waits for itself.");
        }
        boolean interrupted = false;
        while (worker != null) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The same as {@link #finish}, for callers that may be interrupted. */
    public synchronized void awaitIdle() throws InterruptedException {
        while (worker != null) {
            wait();
        }
    }

    private void work() {
        for (Runnable task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                // Whatever it was, the worker has to stay: without it nothing of this function would run again.
                failed(e);
            }
        }
    }

    /** A guest may know how to make a task fail, and how to do it again: the first one is told, the others are counted. */
    private synchronized void failed(Throwable failure) {
        if (failures++ == 0) {
            LOG.log(
                    Level.WARNING,
                    "A task of " + name + " failed; the function goes on. Further ones are counted.",
                    failure);
        }
    }

    /** How many tasks ended with an exception. */
    public synchronized long failures() {
        return failures;
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = waiting.pollFirst();
        if (task == null) {
            worker = null;
            notifyAll();
        }
        return task;
    }
}
