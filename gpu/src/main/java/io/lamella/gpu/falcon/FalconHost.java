// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.port.FunctionTasks;
import io.lamella.gpu.port.MemoryPort;
import io.lamella.gpu.trace.FunctionTrace;
import io.lamella.pci.DmaSpace;
import java.util.random.RandomGenerator;

/** What a falcon needs of its function. */
public interface FalconHost {
    DmaSpace dma();

    MemoryPort memory();

    FunctionTasks tasks();

    FunctionTrace trace();

    /** Whether the function has virtual functions to give vGPUs. */
    boolean hasVirtualFunctions();

    /** What the function's secrets are drawn from; nobody can foresee it. */
    RandomGenerator random();
}
