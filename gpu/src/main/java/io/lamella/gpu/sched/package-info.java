// SPDX-License-Identifier: Apache-2.0
/**
 * Who has an engine, until when and why: NVIDIA's scheduling policies for vGPUs, with Intel xe's priorities and preemption timeout.
 *
 * <p>There is one {@link io.lamella.gpu.sched.EngineScheduler} for each runlist. The thread that runs the engine owns it and is the only one to call
 * it: it asks what comes next, lets that member work, and reports when it stopped. Doorbells, policy changes and readers of the log reach it
 * through that thread. It is pure logic: no thread, no clock, no timer of its own, and while nobody has work it asks for none.
 *
 * <p><b>Best effort</b>: whoever has work takes turns of one slice; who has none, or has none left, is passed over; nothing is guaranteed.
 * <b>Equal share</b>: all vGPUs that run have the same part, by weight where sizes are mixed, whether they have work or not; parts change as
 * vGPUs come and go. <b>Fixed share</b>: each has 1/(most instances of its type); what nobody has or uses stays idle. The host's own work
 * has no share: it takes spare time, and where there is none it makes a round longer by one slice at most.
 *
 * <p>Overshoot (running past the end of a slice) is paid back. In strict round robin, with a slice S, overshoot owed O and averaging factor A,
 * the next slice is S - min(S, O / A), and O falls by as much. The minimum matters: a guest that overshoots by more than A slices would
 * otherwise be forgiven the rest. Without strict round robin the member that has had the least time runs, which pays back all at
 * once. Best effort takes nothing back.
 *
 * <p>Idle time is kept by rounds, not by turns: an idle member's slice passes at the end of the round, after those with work have had theirs, and
 * it can still be used by its owner until then. Shares are the same, and a member with time left never waits for an idle one.
 *
 * <p>Threads that sleep wake late. Where the engine stands still for somebody's unused part, what it stood still too long is taken from the rounds that
 * follow, as far as they stand still; otherwise everybody would get less than their part of the time.
 *
 * <p>Priority: under equal share, normal keeps its time work or not, low and high only while they have work. High goes next, when the current slice
 * ends, while it has time left in its round; under best effort at most every other turn. So high priority makes waiting shorter and
 * does not make the share larger, and nobody starves. Under fixed share, parts are kept at every priority. The preemption timeout is passed on as
 * {@link io.lamella.gpu.sched.Decision#hungNanos}: what happens then is the engine's business.
 *
 * <p>Facts: NVIDIA vGPU software user guide 17, 7.1 and 7.3 (policies, ranges, defaults, pay-back); open-gpu-kernel-modules nvrm_registry.h
 * (RmPVMRL) and ctrl2080fifo.h (log); NVML reference (log, state); Linux sysfs-driver-intel-xe-sriov (priority, timeout). Where they disagree:
 * a type of exactly 8 instances has the slice of the less dense ones, as the guide's table says and its text does not; the frequency in RmPVMRL is
 * read as the guide's three digits, 12 bits, of which the header names ten, so that too large a value means 960 Hz; 0x00180011, the guide's own
 * example for fixed share without strict round robin, is read by its bits, as strict.
 *
 * <p>Not modelled: elastic shares (RmPVMRLElasticSchedulingCap), the key for the encoders (RmNvencPVMRL), the frame-rate limiter, schedulers inside a
 * MIG partition, xe's quantum for each function, and a policy of each engine, which is as many schedulers. NVML's idle time is not explained
 * anywhere: here it is how long the member had no work.
 */
@NullMarked
package io.lamella.gpu.sched;

import org.jspecify.annotations.NullMarked;
