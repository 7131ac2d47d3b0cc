// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.c.GpuSource.NamedGpu;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Stubs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.CoreTable;
import io.lamella.core.c.out.Sources;
import io.lamella.core.c.platform.LentPlatform;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What {@code liblamella-core.so} calls in the JVM that it started: {@link #exports} gives it, once, the functions behind those that it
 * exports itself. C programs see this class through the library alone.
 */
public final class CoreLibrary {
    private static final class Exports {
        static final CoreLibrary LIBRARY = new CoreLibrary();
    }

    private final Map<Long, Named> platforms = new ConcurrentHashMap<>();
    private final MemorySegment functions = Arena.global().allocate(ValueLayout.JAVA_LONG, 3);

    private record Named(LentPlatform platform, NamedGpu gpu) {}

    private CoreLibrary() {
        set(0, "core_table", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        set(1, "platform_open", ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        set(2, "platform_close", ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    }

    private void set(int index, String cName, MemoryLayout... arguments) {
        FunctionDescriptor descriptor = FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments);
        var method = Stubs.method(MethodHandles.lookup(), cName, descriptor, this);
        boolean reports = !"core_table".equals(cName);
        MemorySegment stub = reports ? Stubs.reporting(method, descriptor) : Stubs.plain(method, descriptor);
        functions.setAtIndex(ValueLayout.JAVA_LONG, index, stub.address());
    }

    /**
     * The address of three pointers to functions: {@code lamella_core_table}, {@code lamella_platform_open} and {@code
     * lamella_platform_close}. They stay for the life of the process.
     */
    public static long exports() {
        return Exports.LIBRARY.functions.address();
    }

    // The three below are called from C, by name.

    @SuppressWarnings("unused")
    private int coreTable(int wantedMajor, int wantedMinor, MemorySegment out) {
        Pointers.need(out);
        if (wantedMajor != Limits.MAJOR || wantedMinor < 0 || wantedMinor > Limits.MINOR) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED, "This core speaks version " + Limits.MAJOR + "." + Limits.MINOR + ".");
        }
        Pointers.putLong(out, CoreTable.java().struct().address());
        return 0;
    }

    @SuppressWarnings("unused")
    private int platformOpen(MemorySegment spec, MemorySegment out, MemorySegment error) {
        Pointers.need(out);
        NamedGpu gpu = Sources.open(Text.read(spec, Limits.SPEC_BYTES, "the GPU's name"));
        LentPlatform platform = new LentPlatform(
                gpu.slot(),
                gpu.firmware(),
                gpu.options().clock(),
                CoreTable.java().struct(),
                "platform");
        platforms.put(platform.struct().address(), new Named(platform, gpu));
        Pointers.putLong(out, platform.struct().address());
        return 0;
    }

    @SuppressWarnings("unused")
    private int platformClose(MemorySegment platform, MemorySegment error) {
        Named named = platforms.remove(platform.address());
        if (named == null) {
            throw new CoreException(CoreError.NOT_FOUND, "That is no platform of this library, or it is closed.");
        }
        named.platform().close();
        named.gpu().slot().close();
        return 0;
    }
}
