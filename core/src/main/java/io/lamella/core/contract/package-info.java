// SPDX-License-Identifier: Apache-2.0
/**
 * What every core owes its clients, as clauses that can be checked.
 *
 * <p>A core is chosen by configuration and may come from a library that somebody else wrote. So the interface's promises are kept here once
 * more, as product code: each clause has an id that does not change, a sentence, and a check that runs against any {@link
 * io.lamella.core.GpuCore}. {@link io.lamella.core.contract.CoreContract#checkQuickly} takes well under a second and is run on every core
 * from a library before anybody attaches to it; {@link io.lamella.core.contract.CoreContract#check} runs all of it, on GPUs that it may
 * take away in the middle of a call, and is what {@code lamella core check} prints. A core that breaks a clause is refused with that
 * clause.
 *
 * <p>A check sees the interface and nothing else: no register, no firmware message, no class of the Java core; of the hardware it
 * knows the methods of copy engines, as every client of a channel does. To take a GPU away it puts
 * itself between the slot and the core ({@link io.lamella.core.contract.VanishingSlot}). What a clause needs and a GPU lacks (virtual
 * functions) or a core's version lacks makes it skipped, with the reason.
 *
 * <p>Threads: a clause runs on a thread of its own and has a time limit; one that does not end is failed and left behind, and the next one
 * gets another GPU. Two reports must not be made at the same time on one GPU.
 *
 * <p>Not checked: how fast anything is, beyond the bounds after revocation; what a core does with memory that runs out.
 */
@NullMarked
package io.lamella.core.contract;

import org.jspecify.annotations.NullMarked;
