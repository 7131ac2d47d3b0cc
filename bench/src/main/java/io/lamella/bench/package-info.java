// SPDX-License-Identifier: Apache-2.0
/**
 * Benchmarks. {@link io.lamella.bench.WireBench} is what {@code lamella bench wire} runs: it compiles a small C server (the floor) and a C
 * client, starts the floor and the example device of the vfio-user library as processes of their own, pinned to CPUs, and lets the client
 * drive both in turn. The table shows medians, the ratio to the floor or to a plain copy of the same round, and whether the project's
 * limits are met.
 *
 * <p>Why a C client: it needs no JIT compiler or collector on the CPU that it shares with the server, and what it costs is the same for
 * both servers. Why child processes: client and server must not share a JVM, and each is pinned whole.
 *
 * <p>{@link io.lamella.bench.CopyBench} is what {@code lamella bench copy} runs: a software GPU in the same process, booted by the core, with a channel on a
 * copy engine that is fed as a driver feeds it, beside plain copies of the same memory in the same round.
 *
 * <p>{@link io.lamella.bench.RenderBench} is what {@code lamella bench render} runs: the whole software GPU through the DRM peer, as a program of
 * the host sees it. It alone needs the module io.lamella.drm.
 *
 * <p>Not measured here: anything inside a virtual machine, message DMA, and a polling server.
 */
@NullMarked
package io.lamella.bench;

import org.jspecify.annotations.NullMarked;
