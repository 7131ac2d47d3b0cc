// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import java.lang.foreign.MemorySegment;

/**
 * A record as it was in the ring: numbers only. {@link TraceDecoder} gives them names.
 *
 * @param kind which gives the words their meaning
 * @param detail 24 bits
 * @param a first word
 * @param b second word
 * @param c third word
 * @param beginNanos when it began, by the GPU's time source
 * @param durationNanos how long it took, 0 where that has no meaning
 * @param totalBytes length of the payload before it was cut
 * @param payload what was kept of it
 */
public record TraceRecord(
        TraceKind kind,
        int detail,
        long a,
        long b,
        long c,
        long beginNanos,
        long durationNanos,
        long totalBytes,
        MemorySegment payload) {}
