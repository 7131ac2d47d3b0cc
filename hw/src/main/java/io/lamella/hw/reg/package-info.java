// SPDX-License-Identifier: Apache-2.0
/**
 * The registers of AD102's BAR0 that a driver of today touches, one class for each block of the manual.
 *
 * <p>A register is a {@code Loc} (name and place) and a small record that wraps its word and names its bits. Registers whose bits do not
 * matter have the type {@code Word}. Larger things in BAR0 are a {@code Window}. The software GPU and the driver use the same declarations;
 * a test compares them with a list taken from nova-core and the manuals, so that one mistake cannot hide on both sides.
 *
 * <p>Everything is immutable and may be used from any thread. Facts are from nova-core (regs.rs), nouveau (nvkm) and NVIDIA's
 * open-gpu-doc and open-gpu-kernel-modules headers; each class names its own.
 *
 * <p>Not here: graphics, video engines, copy engines (they are reached by methods), and everything of the display engine but its places.
 */
@NullMarked
package io.lamella.hw.reg;

import org.jspecify.annotations.NullMarked;
