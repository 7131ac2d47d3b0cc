// SPDX-License-Identifier: Apache-2.0
/**
 * The software GPU: an L40 (AD102) or an RTX PRO 6000 (GB202) with SR-IOV, seen through {@link io.lamella.pci.PciPhysicalFunction}.
 *
 * <p>{@link io.lamella.gpu.SoftwareGpu} builds the board: a sparse frame buffer, the PF, and the VFs as small empty objects. PF and a VF with a
 * vGPU are the same thing inside, a {@code FunctionCore}: PCI side, register bank, interrupt tree, timer, falcons, memory side and a GSP of its
 * own. NVIDIA's own VFs have no GSP and are refused by in-tree drivers, so a VF here is shown in the shape of a PF; the PF's firmware plugin
 * gives it that shape through {@link io.lamella.gpu.port.VirtualFunctionControl} and takes it away again.
 *
 * <h2>Chips</h2>
 *
 * What differs between families of chips is decided block by block, each time by an exhaustive switch over {@link io.lamella.hw.Architecture}:
 * {@code falcon.SecureBoot} (how the GSP gets to run), {@code pci.ConfigLayout} (where capabilities are), {@code block.ChipRegisters} (values that
 * only one family shows), {@code rm.DisplayEngine} and {@code rm.BoardMemory} (what the firmware says), {@code ce.CopyClass} (copy engines), the
 * format of page tables ({@link io.lamella.hw.mmu.GmmuFormat}) and the register of the PRAMIN window. Everything else asks for none.
 *
 * <h2>Threads</h2>
 *
 * One thread at a time serves a function: its configuration space, BARs, reset and disconnect. Falcon loads, booter and the GSP's commands run
 * on the function's own tasks, a virtual thread that exists while there is work. Interrupts may be raised from either. When a vGPU is
 * taken away, the access of the VF's serving thread that is under way ends first. The engines of a GPU are one more thread, which exists while
 * any of its functions has a channel; {@code io.lamella.gpu.host} says what it does and {@code io.lamella.gpu.sched} for whom. Nothing is shared
 * between GPUs.
 *
 * <h2>Reset</h2>
 *
 * A function-level reset ends the function's tasks and returns its registers, configuration space, falcons and GSP to power-on; other
 * functions notice nothing, except that a reset of the PF switches SR-IOV off, which takes the VFs' vGPUs away.
 *
 * <p>Not modelled: engines other than the copy engines (graphics has a runlist but no classes, no video), the display engine (fused off), a suspend that takes the power away, PTIMER's
 * alarm, AER and resizable BARs. Facts: the packages below name theirs; the order of accesses that must work is nouveau's (Linux 6.12 and
 * 7.x) and nova-core's.
 */
@NullMarked
package io.lamella.gpu;

import org.jspecify.annotations.NullMarked;
