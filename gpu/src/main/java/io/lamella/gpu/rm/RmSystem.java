// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.host.FunctionChannels;
import io.lamella.gpu.mmu.EngineMemory;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.hw.Architecture;
import io.lamella.hw.gsp.GspAbi;

/**
 * What the resource manager of one boot works on.
 *
 * @param abi the release that the driver speaks
 * @param memory the function's memory
 * @param layout how video memory is divided
 * @param identity what the GPU is called
 * @param systemInfo what the driver said of its machine
 * @param events the way back to the driver
 * @param channels the function's channels
 * @param engineMemory memory as engines reach it
 */
public record RmSystem(
        GspAbi abi,
        FunctionMemory memory,
        FbLayout layout,
        RmIdentity identity,
        SystemInfo systemInfo,
        RmEvents events,
        FunctionChannels channels,
        EngineMemory engineMemory) {
    /** The family of the function's chip. */
    public Architecture architecture() {
        return memory.architecture();
    }
}
