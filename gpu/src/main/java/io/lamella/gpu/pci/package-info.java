// SPDX-License-Identifier: Apache-2.0
/**
 * The PCI side of a function: configuration space, the way to its memory, and how the interrupt tree's level becomes an interrupt.
 *
 * <p>A {@code ConfigLayout} says where a family of chips has its capabilities: Ampere and Ada as in open-gpu-doc ampere/ga102/dev_nv_xve3g_fn0 and
 * open-gpu-kernel-modules turing/tu102/dev_nv_xve.h, Blackwell as in hopper/gh100/dev_xtl_ep_pcfg_gpu.h and blackwell/gb202/dev_xtl_ep_pcfg_gpu.h. They are power management, MSI with one vector, PCI Express, MSI-X with six, and on the PF SR-IOV. DMA and messages need
 * bus mastering; BARs need memory decoding and D0. A message is sent when the tree's level rises, and again when the driver writes the re-arm
 * register while it is still up; Blackwell has no such register, there the interrupt tree's own re-arming does it.
 *
 * <p>Configuration space belongs to the serving thread; levels come from any thread, so the router has a lock of its own. Not modelled: AER,
 * resizable BARs, the vendor's mailbox capability, ARI, and the choice of an MSI-X vector by leaf (vector 0 carries all), and that a GB202 has more MSI vectors, which can be masked.
 */
@NullMarked
package io.lamella.gpu.pci;

import org.jspecify.annotations.NullMarked;
