// SPDX-License-Identifier: Apache-2.0
/**
 * Which chip it is, and what follows from that. Every question about a family of chips is a method of {@link
 * io.lamella.core.chip.Architecture} with an exhaustive switch: adding a family makes the compiler list what to decide.
 *
 * <p>Facts from nouveau nvkm/engine/device/base.c and nova-core gpu.rs. Called by the booting thread.
 */
@NullMarked
package io.lamella.core.chip;

import org.jspecify.annotations.NullMarked;
