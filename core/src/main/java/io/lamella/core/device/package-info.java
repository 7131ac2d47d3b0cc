// SPDX-License-Identifier: Apache-2.0
/**
 * The PCI function underneath: accesses, waiting, going away; and the small tools that everything above uses.
 *
 * <p>Threads: any. {@link io.lamella.core.device.Device} serialises accesses, as the seam asks for; no other lock of the core is held
 * while it waits for the hardware, except the command queue's own.
 */
@NullMarked
package io.lamella.core.device;

import org.jspecify.annotations.NullMarked;
