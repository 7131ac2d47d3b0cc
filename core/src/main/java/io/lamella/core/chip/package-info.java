// SPDX-License-Identifier: Apache-2.0
/**
 * Which chip it is, and what follows from that. A fact about a family of chips is a method of {@link
 * io.lamella.core.chip.Architecture}; behaviour is a small interface in the package of its block, chosen there. Both are exhaustive
 * switches: adding a family makes the compiler list what to decide.
 *
 * <p>Facts from nouveau nvkm/engine/device/base.c and nova-core gpu.rs. Called by the booting thread.
 */
@NullMarked
package io.lamella.core.chip;

import org.jspecify.annotations.NullMarked;
