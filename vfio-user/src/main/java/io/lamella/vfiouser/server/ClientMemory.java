// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;

/**
 * The memory that a served function is connected to, with the path that it takes chosen by the function. {@link #read} and {@link #write} use
 * mapped memory where there is some; the methods here always send messages, which also see memory that the client maps privately (share=off)
 * or traps. Not from the thread that executes the client's commands: that one must never wait for the client.
 */
public interface ClientMemory extends DmaSpace {
    /** Reads by DMA_READ messages, whatever is mapped. @throws io.lamella.pci.DmaFaultException if the client refuses or does not answer */
    void readByMessage(long iova, MemorySegment destination);

    /** Writes by DMA_WRITE messages, whatever is mapped. @throws io.lamella.pci.DmaFaultException as above */
    void writeByMessage(long iova, MemorySegment source);
}
