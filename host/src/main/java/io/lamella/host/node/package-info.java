// SPDX-License-Identifier: Apache-2.0
/**
 * A node: the host of vGPUs as an operator sees it, and as a daemon serves it.
 *
 * <p>{@link io.lamella.host.node.Node} is the whole of it. What it is given and gives are records of plain values, made to become JSON as they
 * are. What is wanted is a {@link io.lamella.host.node.VgpuDefinition}; how it is doing is a {@link io.lamella.host.node.VgpuStatus}; both
 * together are a {@link io.lamella.host.node.VgpuView} with a revision, by which a caller can say "only if nothing happened since I looked".
 * What happens is a numbered {@link io.lamella.host.node.NodeEvent}; a revision is the number of the last event about a thing.
 *
 * <p>Threads: any. Operations run on the caller's thread, one at a time on one vGPU or GPU; reading takes no lock that is held while
 * anything slow is done.
 */
@NullMarked
package io.lamella.host.node;

import org.jspecify.annotations.NullMarked;
