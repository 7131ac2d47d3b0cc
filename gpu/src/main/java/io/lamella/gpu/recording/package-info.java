// SPDX-License-Identifier: Apache-2.0
/**
 * Records what a driver does with a function, and does it again without the driver.
 *
 * <h2>What is recorded</h2>
 *
 * A {@link io.lamella.gpu.recording.Recorder} stands in the function's place at the PCI seam, from the creation of a vGPU on. It writes down
 * every access of the driver's side (configuration space, BARs, resets, connecting) with its result, and before each of them what the
 * function did since the one before: bytes that it read from guest memory and wrote to it, faults, interrupts, and the ranges that were mapped.
 * Nothing inside the function is recorded, so {@link io.lamella.gpu.recording.Replay} runs the whole of the model again.
 *
 * <h2>What makes it the same again</h2>
 *
 * <ul>
 *   <li>Work on other threads (falcon loads, the GSP, engines): a recorded access returns only when the function has come to rest, within 0.2
 *       seconds, so that what it brings about belongs to it. The replay waits in the same way.
 *   <li>Time: PTIMER, its copies, and the timestamps that engines write stand still during an access and go on with the next one. The time of
 *       each access is recorded, so no register has to be left out of the comparison.
 *   <li>Chance: what the function draws at random (the seal of a suspended GSP) comes from a seed in the file's header.
 *   <li>Guest memory: a read is answered with what the same read found in the recording, within the same access; a read more (a queue's
 *       pointer looked at once more) with what was last known there. Nothing can be used directly, neither memory of the driver's by the function
 *       nor memory of the function's by the client.
 *   <li>What comes to no rest (a channel that waits for a semaphore, answers that find the queue full, more work than 0.2 seconds): what the
 *       function does too early is kept until its time comes; what it does too late is waited for, and so is a register's value, both for 2
 *       seconds. What moves on with each read, a falcon's data ports, is read once.
 *   <li>The host: a reset of the function is followed by what the host does then. The vGPU is of the same type, on a board of the same shape.
 * </ul>
 *
 * <p>A recorded function is slower, since each access that rings something waits for what it rang.
 *
 * <h2>The file</h2>
 *
 * Eight bytes {@code LAMREC\r\n}; version, length and CRC-32C of the header as 32-bit numbers, big-endian; the header, lines of {@code name=value}.
 * Then chunks: length, packed length, CRC-32C of the unpacked bytes, and the bytes, packed with deflate. A chunk of length 0 followed by the number
 * of events as 64 bits is the end; a file without it was cut off and is good until there. In the chunks are events: one byte for the type, then
 * what belongs to the type of: time since the access before, BAR, address, size, value, each as a number of seven bits to a byte with the lowest
 * first, and a run of bytes with its length before it. The reader believes no length that is larger than the writer's limits.
 *
 * <p>Threads: the recorder is called by the serving thread and by those that the function works on; the replay's caller is the serving thread.
 */
@NullMarked
package io.lamella.gpu.recording;

import org.jspecify.annotations.NullMarked;
