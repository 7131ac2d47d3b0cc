// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this process holds: what a guest could make it keep.
 *
 * @param threads of the platform
 * @param descriptors open files of every kind
 * @param mappings of files and shared memory, guests' and the GPU's
 * @param bufferBytes in the JVM's direct and mapped buffers
 */
record Footprint(int threads, long descriptors, long mappings, long bufferBytes) {
    static Footprint now() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"));
                Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return new Footprint(
                    (int) Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> !thread.isVirtual())
                            .count(),
                    open.count(),
                    maps.filter(line -> line.contains("memfd:") || line.contains("memory-backend"))
                            .count(),
                    ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                            .mapToLong(BufferPoolMXBean::getMemoryUsed)
                            .sum());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until this process holds no more than before. */
    static void await(Footprint before, String when) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + 10_000_000_000L;
        for (Footprint now = now(); !now.isWithin(before); now = now()) {
            assertThat(System.nanoTime())
                    .as("%s: %s instead of %s", when, now, before)
                    .isLessThan(deadlineNanos);
            Thread.sleep(20);
        }
    }

    private boolean isWithin(Footprint limit) {
        return threads <= limit.threads
                && descriptors <= limit.descriptors
                && mappings <= limit.mappings
                && bufferBytes <= limit.bufferBytes;
    }

    /** Memory of this process that is in RAM and neither a heap's nor a guest's: after a collection, in bytes. */
    static long privateBytes() throws IOException {
        System.gc();
        long residentBytes = status("RssAnon:");
        long heapBytes = Runtime.getRuntime().totalMemory();
        return residentBytes - heapBytes;
    }

    /** Memory of files and shared memory that is in RAM, in bytes: the GPU's own memory is there. */
    static long sharedBytes() throws IOException {
        return status("RssShmem:");
    }

    private static long status(String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
