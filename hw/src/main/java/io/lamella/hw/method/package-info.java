// SPDX-License-Identifier: Apache-2.0
/**
 * What goes through a channel: the ring of entries that points at push buffers (GPFIFO), the words of a push buffer, the user area of a
 * channel (USERD), and the methods of the classes that receive them.
 *
 * <p>A driver writes methods, each a register-like offset with a 32-bit value, into push buffers. Host (PBDMA) fetches them. Methods below
 * 0x100 are host's own, of class AMPERE_CHANNEL_GPFIFO_A (0xc56f); the rest goes to the engine object that is bound on the method's
 * subchannel, such as the copy engine's AMPERE_DMA_COPY_B (0xc7b5).
 *
 * <p>Facts are from NVIDIA's published class headers: clc56f.h and clc7b5.h (open-gpu-kernel-modules and open-gpu-doc). Declarations only:
 * nothing here executes a method.
 */
@NullMarked
package io.lamella.hw.method;

import org.jspecify.annotations.NullMarked;
