// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

import io.lamella.gpu.host.EngineThread;
import io.lamella.gpu.trace.FunctionTrace;
import io.lamella.pci.DmaSpace;
import java.util.function.LongSupplier;

/** The function around a GSP. Every method may be called from any thread and returns without waiting. */
public interface GspHost {
    /** A name for logs and threads, such as {@code gpu0 PF} or {@code gpu0 VF 3}. */
    String name();

    /** 0 for the PF, otherwise the VF's number plus one. */
    int gfid();

    default boolean isPhysical() {
        return gfid() == 0;
    }

    /** The shape of the function: identity, frame buffer and BAR sizes. */
    FunctionShape shape();

    /**
     * The function's memory. The same object for the function's life; while no one is connected, or the driver has not let the function
     * master the bus, every access faults with {@link io.lamella.pci.DmaFaultException}.
     */
    DmaSpace dma();

    /** The function's own frame buffer, BARs and page tables. */
    MemoryPort memory();

    /** Where the function's work runs. */
    FunctionTasks tasks();

    /** Nanoseconds of the GPU's time source. */
    LongSupplier nanos();

    /** The function's PTIMER. */
    long timerNanos();

    /** Where it says what happens. */
    FunctionTrace trace();

    /** The engines of the GPU. */
    EngineThread engines();

    /** Tells the driver that there is a message: sets SWGEN0 in the GSP's IRQSTAT and raises {@link Vectors#GSP_STALL}. */
    void raiseGspInterrupt();

    /** Raises a vector, 0 to 255, of the function's interrupt tree. @throws IndexOutOfBoundsException for others */
    void raise(int vector);

    /** The GSP falcon's mailbox 0 or 1. */
    int mailbox(int index);

    void setMailbox(int index, int value);

    /** Shows the GSP's RISC-V core as running or as halted. */
    void setRiscvActive(boolean active);

    /** The VFs, for the PF's plugin. @throws IllegalStateException on a VF */
    VirtualFunctionControl virtualFunctions();
}
