// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import io.lamella.vfiouser.server.ClientMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * DMA by messages, on a thread of its own: the thread that serves the client must go on reading, since the answers come through it, and
 * the client may be waiting for it too.
 */
final class MessageDmaJob {
    private final Thread thread;
    private volatile boolean cancelled;
    private volatile @Nullable Outcome outcome;

    /** How it ended. */
    record Outcome(int status, long nanos, boolean isRead, long sum) {}

    private MessageDmaJob(
            DmaSpace space, boolean isRead, long iova, MemorySegment buffer, long iterations, long budgetNanos) {
        thread = Thread.ofPlatform().name("example-message-dma").daemon().unstarted(() -> {
            long start = System.nanoTime();
            int status = Errno.EIO.number();
            try {
                status = transfer(space, isRead, iova, buffer, iterations, start + budgetNanos);
            } finally {
                long nanos = System.nanoTime() - start;
                long sum = isRead && status == 0 ? ExampleEngine.sumOfWords(buffer, buffer.byteSize()) : 0;
                outcome = new Outcome(status, nanos, isRead, sum);
            }
        });
    }

    static MessageDmaJob start(
            DmaSpace space, boolean isRead, long iova, MemorySegment buffer, long iterations, long budgetNanos) {
        MessageDmaJob job = new MessageDmaJob(space, isRead, iova, buffer, iterations, budgetNanos);
        job.thread.start();
        return job;
    }

    /** How it ended, null while it runs. */
    @Nullable
    Outcome outcome() {
        return outcome;
    }

    /** It ends at its next message; returns at once. */
    void cancel() {
        cancelled = true;
    }

    /** Returns when it uses neither the space nor the buffer any more. */
    void awaitEnd() {
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                thread.join();
                ended = true;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private int transfer(
            DmaSpace space, boolean isRead, long iova, MemorySegment buffer, long iterations, long deadlineNanos) {
        try {
            for (long i = 0; i != iterations; i++) {
                if (cancelled || System.nanoTime() - deadlineNanos > 0) {
                    return Errno.ETIMEDOUT.number();
                }
                if (space instanceof ClientMemory client) {
                    if (isRead) {
                        client.readByMessage(iova, buffer);
                    } else {
                        client.writeByMessage(iova, buffer);
                    }
                } else if (isRead) {
                    space.read(iova, buffer);
                } else {
                    space.write(iova, buffer);
                }
            }
            return 0;
        } catch (DmaFaultException | IllegalStateException e) {
            return Errno.EFAULT.number();
        }
    }
}
