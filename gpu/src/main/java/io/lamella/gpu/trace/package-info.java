// SPDX-License-Identifier: Apache-2.0
/**
 * What happens in a function, for people who watch: like strace, for a GPU driver.
 *
 * <h2>Writing</h2>
 *
 * Every function has a {@link io.lamella.gpu.trace.FunctionTrace}. Its parts say to it what they do: the function itself its register, memory
 * and configuration accesses, falcons and the GSP the steps of the boot, the GSP's session each message, the interrupt tree each vector.
 * While nobody reads, that is one load and one comparison with null. While someone does, binary records go to a
 * {@link io.lamella.gpu.trace.TraceRing}, written by whichever thread the event belongs to (serving thread, the function's tasks, the
 * engines' thread), without lock, wait or allocation: the guest is never held up. Names are not the writer's business.
 *
 * <h2>Reading</h2>
 *
 * A {@link io.lamella.gpu.trace.TraceReader} takes records out; what it was too slow for is counted and shown as a gap where it was lost. A
 * {@link io.lamella.gpu.trace.TraceDecoder} gives them their names by the declarations in {@code io.lamella.hw} (registers by block, message
 * layouts by release, controls, classes), puts a message and its answer together, and makes {@link io.lamella.gpu.trace.TraceEvent}s, which a
 * {@link io.lamella.gpu.trace.TraceFilter} lets pass or not.
 *
 * <p>What is not seen: memory behind a BAR that a client has mapped, since such accesses do not come to the function; payloads beyond
 * {@link io.lamella.gpu.trace.TraceRing#MAX_PAYLOAD_BYTES}; and the work in channels, of which the doorbell and a fault are seen. Accesses
 * that are not aligned show as the aligned pieces that they are carried out as.
 */
@NullMarked
package io.lamella.gpu.trace;

import org.jspecify.annotations.NullMarked;
