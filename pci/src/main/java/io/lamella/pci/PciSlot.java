// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

import java.util.function.IntConsumer;

/**
 * The driver's side of the seam: a function, connected, with memory that it can reach and a place where its interrupts arrive.
 * Everything that a driver needs of its device is here, whether the function is a software model in this process, a device behind a
 * vfio-user socket, or a real one.
 *
 * <p>A slot owns the connection, not the function: {@link #close} disconnects.
 */
public interface PciSlot extends AutoCloseable {
    /** The function, connected to the slot's memory and interrupts. */
    PciFunction function();

    /** Memory for the driver that the function can reach. */
    DmaAllocator memory();

    /**
     * Who is told of an interrupt, with its vector (0 for the pin). Replaces the one before. Called on a thread of the slot's own, so it
     * may access the function; never called twice at the same time.
     */
    void onInterrupt(IntConsumer handler);

    @Override
    void close();
}
