// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;

/**
 * For how long a process has had nothing to do: it neither ran nor waited for a processor. So a driver that waits is told from a machine that is
 * busy. From /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst of Linux), added up over threads.
 */
final class Idleness {
    private final Path tasks;
    private final long begunNanos = System.nanoTime();
    private final long busyBefore;

    Idleness(long pid) throws IOException {
        tasks = Path.of("/proc", Long.toString(pid), "task");
        busyBefore = busyNanos();
    }

    /** Since it was made. */
    Duration soFar() throws IOException {
        return Duration.ofNanos(Math.max(0, System.nanoTime() - begunNanos - (busyNanos() - busyBefore)));
    }

    private long busyNanos() throws IOException {
        List<Path> threads;
        try (Stream<Path> entries = Files.list(tasks)) {
            threads = entries.toList();
        }
        long sum = 0;
        for (Path thread : threads) {
            try {
                try (Scanner times = new Scanner(Files.readString(thread.resolve("schedstat")))) {
                    sum += times.nextLong() + times.nextLong();
                }
            } catch (NoSuchFileException e) {
                // The thread has ended since it was listed.
            }
        }
        return sum;
    }
}
