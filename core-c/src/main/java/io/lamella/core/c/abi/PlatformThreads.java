// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Calls to C that may wait, made for virtual threads. A virtual thread that waits below a C function keeps the processor's carrier; a few of
 * them, waiting for what other virtual threads would do, wait for ever. So such a call is made by a platform thread, while the virtual
 * one waits where it can make room.
 */
public final class PlatformThreads {
    private static final int MOST = 256;
    private static final long KEEP_SECONDS = 10;

    // Beyond that many, callers take the risk themselves.
    private static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(
            0,
            MOST,
            KEEP_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("core-c-", 0).factory(),
            new ThreadPoolExecutor.CallerRunsPolicy());

    private PlatformThreads() {}

    /** Does {@code work} on this thread, or on a platform thread if this one is virtual, and waits for it. */
    public static void run(Runnable work) {
        if (!Thread.currentThread().isVirtual()) {
            work.run();
            return;
        }
        FutureTask<Boolean> task = new FutureTask<>(work, true);
        POOL.execute(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException later) {
                    // C knows no interruption; what it does ends by itself.
                    interrupted = true;
                }
            }
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
