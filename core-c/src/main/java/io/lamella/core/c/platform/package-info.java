// SPDX-License-Identifier: Apache-2.0
/**
 * The platform: what a core is given to drive a GPU with, in both directions. {@link io.lamella.core.c.platform.LentPlatform} gives a
 * {@link io.lamella.pci.PciSlot} to a core in C; {@link io.lamella.core.c.platform.ForeignSlot} is a slot for the Java core on the
 * platform of a C program.
 *
 * <p>Threads: platform functions may be called by any thread of the other side. Accesses to the function are made one at a time here,
 * whatever the other side does. Interrupts come on the slot's own thread and are passed on from there.
 */
@NullMarked
package io.lamella.core.c.platform;

import org.jspecify.annotations.NullMarked;
