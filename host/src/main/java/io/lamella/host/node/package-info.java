// SPDX-License-Identifier: Apache-2.0
/**
 * A node: the host of vGPUs as an operator sees it, and as a daemon serves it.
 *
 * <p>{@link io.lamella.host.node.Node} is the whole of it. What it is given and gives are records of plain values, made to become JSON as they
 * are. What is wanted is a {@link io.lamella.host.node.VgpuDefinition}; how it is doing is a {@link io.lamella.host.node.VgpuStatus}; both
 * together are a {@link io.lamella.host.node.VgpuView} with a revision, by which a caller can say "only if nothing happened since I looked".
 * What happens is a numbered {@link io.lamella.host.node.NodeEvent}; a revision is the number of the last event about a thing.
 *
 * <p>What is wanted is kept in {@code vgpus/UUID.json} and {@code gpus/NAME.json} of the state directory before a caller is told that it
 * counts; what runs is not kept, and is made again at the start: every vGPU with autostart. So a definition is never lost, and a vGPU that ran
 * without autostart is stopped after a restart. GPUs are inventory and come from the configuration; only their settings are kept.
 *
 * <p>A {@link io.lamella.host.node.NodeFile} describes a node as it is wanted. It is checked whole, tried on paper beside what will be
 * there then, applied in the order of {@link io.lamella.host.node.ChangeAction}, compared again, and taken back step by step if anything
 * fails. Not modelled: VMs that lose their vGPU by a change do not get it back by themselves when it is taken back; a vGPU that may be on any
 * GPU goes to the first that takes it, and is not moved later to make room.
 *
 * <p>Threads: any. Operations run on the caller's thread, one at a time on one vGPU or GPU; reading takes no lock that is held while
 * anything slow is done.
 */
@NullMarked
package io.lamella.host.node;

import org.jspecify.annotations.NullMarked;
