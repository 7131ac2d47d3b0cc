// SPDX-License-Identifier: Apache-2.0
/**
 * The firmware's side of the GSP of one function: its queues and its life.
 *
 * <p>The booter on SEC2 hands over ({@code GspPort.start}); the address in the GSP's mailboxes leads by way of the libos arguments to RMARGS, and that to
 * a region of the driver's memory with two rings. {@link io.lamella.gpu.gsp.GspInstance} then waits for SET_SYSTEM_INFO, whose length says which
 * release the driver speaks, and SET_REGISTRY, says RUN_CPU_SEQUENCER and INIT_DONE, and passes every further message to
 * {@code io.lamella.gpu.rm}. Each message gets exactly one answer with the same function number, but for those two, which get none.
 * UNLOADING_GUEST_DRIVER ends it: mailbox 0 then holds 0x80000000.
 *
 * <p>A message that makes no sense as a message (indices, lengths, checksum, order of continuation records, a beginning without system
 * information) halts that GSP: RISC-V is shown as halted, and {@link io.lamella.gpu.gsp.GspStatus} has the reason. A message that makes
 * sense but asks for too much or for what is not here gets an error status. Answers that find the status queue full wait; commands behind them
 * wait too; events are dropped beyond a limit. A blocked queue is looked at again when the driver rings and on a timer, at growing intervals.
 * The driver is interrupted for an event when it can be read, and not for the messages of the firmware's start, which drivers poll for.
 *
 * <p>A driver that says good-bye for a suspend finds everything again: its objects, its channels, which are paused, BAR1 and BAR2, and the queues
 * with the indices that they had. All that stays here until booter is given back what it sealed, and is forgotten when the function is reset, by
 * the host for the next guest or by itself, or when the firmware is booted from scratch.
 *
 * <p>Threads: {@code doorbell}, {@code stop} and {@code hostDoorbell} come from the serving thread and only leave a note; everything else runs on
 * the function's tasks. A session that was stopped can finish the message it is at, and touches no state of the next.
 *
 * <p>Facts: nouveau nvkm/subdev/gsp/rm/r535/rpc.c and gsp.c, nova-core gsp/cmdq.rs and gsp/boot.rs. Not modelled: log buffers (the put pointers
 * stay 0), encryption, the lockless queues, keeping suspended firmware over a loss of power, the content of the firmware image.
 */
@NullMarked
package io.lamella.gpu.gsp;

import org.jspecify.annotations.NullMarked;
