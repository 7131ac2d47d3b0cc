// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.gpu.fb.FrameBuffer;
import io.lamella.gpu.gsp.GspInstance;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.port.GspHost;
import io.lamella.gpu.port.GspPort;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.gpu.rm.RmIdentity;
import org.jspecify.annotations.Nullable;

/** Makes the GSP of a board's physical function, with the vGPU plugin where the board has virtual functions, and keeps hold of both. */
public final class PhysicalGsp {
    private final FrameBuffer frameBuffer;
    private final String name;
    private final String shortName;
    private volatile @Nullable GspInstance gsp;
    private volatile @Nullable VgpuPlugin plugin;

    /**
     * Prepares it.
     *
     * @param frameBuffer the board's memory
     * @param name of the GPU, such as {@code NVIDIA L40}
     * @param shortName such as {@code L40}
     */
    public PhysicalGsp(FrameBuffer frameBuffer, String name, String shortName) {
        this.frameBuffer = frameBuffer;
        this.name = name;
        this.shortName = shortName;
    }

    /** The factory that the physical function is built with. @throws IllegalArgumentException if its memory side is another's */
    public GspPort create(GspHost host) {
        if (!(host.memory() instanceof FunctionMemory memory)) {
            throw new IllegalArgumentException("The GSP of " + host.name() + " needs a memory side that it knows.");
        }
        VirtualFunctionControl functions = host.virtualFunctions();
        int total = functions.total();
        RmIdentity.Sriov sriov = total == 0
                ? null
                : new RmIdentity.Sriov(
                        total,
                        VgpuPlugin.VMMU_SEGMENT_BYTES,
                        functions.barBytes(0),
                        functions.barBytes(1),
                        functions.barBytes(3));
        VgpuPlugin made = total == 0 ? null : new VgpuPlugin(host, frameBuffer);
        GspInstance instance = new GspInstance(host, memory, new RmIdentity(name, shortName, sriov), made);
        plugin = made;
        gsp = instance;
        return instance;
    }

    /** The GSP, or null before {@link #create}. */
    public @Nullable GspInstance gsp() {
        return gsp;
    }

    /** The plugin, or null before {@link #create} and on boards without virtual functions. */
    public @Nullable VgpuPlugin plugin() {
        return plugin;
    }
}
