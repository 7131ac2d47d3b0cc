// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What vGPUs cost to which no VM is attached: 32 on each of 8 GPUs in one process. */
class IdleCostTest {
    private static final int GPUS = 8;
    private static final int EACH = 32;
    private static final long HEAP_LIMIT_BYTES = 1 << 20;
    private static final long LIST_LIMIT_MILLIS = 50;

    @Test
    void costsLessThanAMebibyteOfHeapAndNoThreadEach() {
        GpuConfiguration[] gpus = new GpuConfiguration[GPUS];
        Arrays.setAll(gpus, i -> GpuConfiguration.of("gpu" + i));
        long before = heap();
        Set<String> threadsBefore = threads();
        long begun = System.nanoTime();
        try (Node node = Node.open(NodeConfiguration.of(gpus))) {
            long bootMillis = (System.nanoTime() - begun) / 1_000_000;
            long empty = heap();
            Set<String> threadsEmpty = threads();
            begun = System.nanoTime();
            for (int i = 0; i < GPUS * EACH; i++) {
                node.create(
                        VgpuDefinition.of("L40-1B").withGpu("gpu" + i % GPUS).withName("v" + i));
            }
            double createMillis = (System.nanoTime() - begun) / 1e6 / (GPUS * EACH);
            long full = heap();
            Set<String> threadsFull = threads();
            long eachBytes = (full - empty) / (GPUS * EACH);
            List<Long> list = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                begun = System.nanoTime();
                assertThat(node.vgpus())
                        .hasSize(GPUS * EACH)
                        .allMatch(vgpu -> vgpu.status().phase() == VgpuPhase.RUNNING);
                list.add((System.nanoTime() - begun) / 1000);
            }
            Collections.sort(list);
            Set<String> more = new TreeSet<>(threadsFull);
            more.removeAll(threadsEmpty);
            System.out.printf(
                    "%d GPUs: boot %d ms each, %d KiB of heap each; threads: %s%n",
                    GPUS,
                    bootMillis / GPUS,
                    (empty - before) / GPUS / 1024,
                    threadsEmpty.stream()
                            .filter(name -> !threadsBefore.contains(name))
                            .collect(Collectors.joining(", ")));
            System.out.printf(
                    "%d idle vGPUs: %.1f ms to create, %d KiB of heap each; threads besides: %s%n",
                    GPUS * EACH, createMillis, eachBytes / 1024, more);
            System.out.printf("list of all: %d us median, %d us at most%n", list.get(10), list.getLast());
            assertThat(eachBytes).isLessThan(HEAP_LIMIT_BYTES);
            // One that waits at all sockets, and such as the JVM has of its own.
            assertThat(more).as("threads that came with %d vGPUs", GPUS * EACH).hasSizeLessThan(8);
            assertThat(list.get(10)).as("microseconds to list all").isLessThan(LIST_LIMIT_MILLIS * 1000);
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName() + "#" + thread.threadId())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static long heap() {
        // What the collector leaves is what is held; once more for what finalization of a kind lets go.
        for (int i = 0; i < 3; i++) {
            ManagementFactory.getMemoryMXBean().gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
