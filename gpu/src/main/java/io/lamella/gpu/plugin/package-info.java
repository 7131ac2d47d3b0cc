// SPDX-License-Identifier: Apache-2.0
/**
 * The vGPU plugin in the physical function's firmware.
 *
 * <p>The host uploads its types (control 0x20804003) and boots one vGPU after another (0x20804001) with a GFID, ranges of video memory, a range of
 * channel ids and a management heap. {@link io.lamella.gpu.plugin.VgpuPlugin} checks every number against the board and against all vGPUs that
 * are there, stopped ones included, and gives the virtual function its own frame-buffer segment, page tables and GSP: from then on a guest's driver finds a complete GPU of
 * the type's size. Memory comes in whole VMMU segments of 64 MiB, which is what the firmware tells the host (0x2080017e).
 *
 * <p>The host then talks to the plugin through buffers in the heap: the plugin shows 0x4e654a6f where the host's sequence number will be; the
 * host writes a message and rings PRIV doorbell gfid * 32 + 17; the answer shows as the sequence number that was processed. A version is
 * negotiated, the vGPU configured, and it is active. A message of our own says how it counts for the scheduler of the engines, at any time from
 * then on; the share that fixed share gives it comes from its type. RESET takes the guest's firmware away and no more: registers are reset by function-level
 * reset, memory is cleared by the host. Shutdown (0x20804002) makes the function empty again, clean-up (0x20804008) frees the GFID and
 * the memory. If the physical function's firmware ends, its vGPUs end with it.
 *
 * <p>What happens in a guest is told to the host's driver through the physical function's queue ({@code HostReports}): a channel that was stopped
 * as OS_ERROR_LOG and RC_TRIGGERED with the board's number of the channel and, from 570.144 on, the GFID; the guest's driver coming, going and
 * talking nonsense as VGPU_GSP_PLUGIN_TRIGGERED with the notifiers of class 0xa084. A guest can cause these without end, so few wait and the
 * others are counted.
 *
 * <p>Threads: controls and messages run on the physical function's tasks; the doorbell leaves a note on the serving thread. {@link
 * io.lamella.gpu.plugin.PluginFault} makes it fail on purpose, for tests of the host.
 *
 * <p>Facts: the RFC series "Introduce NVIDIA GPU Virtualization (vGPU) Support", open-gpu-kernel-modules ctrl2080vgpumgrinternal.h,
 * ctrla081.h and cla084_notification.h. Which notifier real firmware sends when a guest makes it halt is a guess: TASK_CRASHED. Not modelled: migration, VNC console, error and log buffers (they stay as the host left them), licences, MIG, engines and their
 * channels (the range is checked and kept), messages beyond version 1 of the host RPC, what a guest says of itself other than
 * the release that its driver speaks.
 */
@NullMarked
package io.lamella.gpu.plugin;

import org.jspecify.annotations.NullMarked;
