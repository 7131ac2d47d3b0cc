// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.CoreProvider;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** A core's table for C. It and its functions stay for the life of the process, so there should be one for each provider. */
public final class CoreTable {
    private static final class JavaCore {
        static final CoreTable TABLE = new CoreTable(CoreProvider.JAVA);
    }

    private final Handles handles = new Handles();
    private final MemorySegment struct;

    /** @param provider opens the GPUs */
    public CoreTable(CoreProvider provider) {
        GpuCalls gpus = new GpuCalls(handles, provider);
        SessionCalls sessions = new SessionCalls(handles);
        MemoryCalls memory = new MemoryCalls(handles);
        RmCalls manager = new RmCalls(handles);
        WorkCalls work = new WorkCalls(handles);
        struct = Structs.CORE_OPS.allocate(Arena.global());
        Structs.CORE_OPS.setU32(struct, "abi_version", Limits.version(Limits.MAJOR, Limits.MINOR));
        for (CoreFunction function : CoreFunction.values()) {
            Structs.CORE_OPS.setPointer(
                    struct,
                    function.cName(),
                    Stubs.reporting(
                            Stubs.method(
                                    MethodHandles.lookup(),
                                    function.cName(),
                                    function.descriptor(),
                                    gpus,
                                    sessions,
                                    memory,
                                    manager,
                                    work),
                            function.descriptor()));
        }
    }

    /** That of the Java core. */
    public static CoreTable java() {
        return JavaCore.TABLE;
    }

    /** {@code struct lamella_core_ops}. */
    public MemorySegment struct() {
        return struct;
    }

    /** How many handles are open. */
    public int openHandles() {
        return handles.size();
    }
}
