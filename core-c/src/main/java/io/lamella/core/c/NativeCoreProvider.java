// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.c.abi.Errors;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Stubs;
import io.lamella.core.c.in.NativeCore;
import io.lamella.core.c.out.CoreTable;
import io.lamella.pci.PciSlot;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A core in a shared library that exports {@code lamella_core_table} of {@code lamella_core.h}. Its platform's {@code next} is the Java
 * core of this process, so an interposer has something to stand in front of.
 *
 * <p>A library stays loaded for the life of the process: threads of its own may be running in it.
 */
public final class NativeCoreProvider implements CoreProvider {
    /** What a configuration writes before the library's path. */
    public static final String PREFIX = "native:";

    private static final String ENTRY = "lamella_core_table";

    private final String name;
    private final MemorySegment table;
    private final MemorySegment next;

    private NativeCoreProvider(String name, MemorySegment table, MemorySegment next) {
        this.name = name;
        this.table = table;
        this.next = next;
    }

    /**
     * Loads a library and asks it for its table.
     *
     * @throws CoreException {@code NOT_FOUND} if it cannot be loaded or exports no table, {@code NOT_SUPPORTED} if it speaks another
     *     version of the interface
     */
    public static NativeCoreProvider load(Path library) {
        Path file = library.toAbsolutePath().normalize();
        if (!Files.isRegularFile(file)) {
            throw new CoreException(CoreError.NOT_FOUND, "There is no core library " + file + ".");
        }
        SymbolLookup symbols;
        try {
            symbols = SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException refused) {
            throw new CoreException(
                    CoreError.NOT_FOUND,
                    "The core library " + file + " cannot be loaded. Run 'ldd " + file + "' to see what it lacks.",
                    refused);
        }
        MemorySegment entry = symbols.find(ENTRY)
                .orElseThrow(() -> new CoreException(
                        CoreError.NOT_FOUND, "The library " + file + " is no core: it does not export " + ENTRY + "."));
        return new NativeCoreProvider(
                PREFIX + library,
                table(entry, file.toString()),
                CoreTable.java().struct());
    }

    /** The Java core through its own table for C and back: what the border costs, and that nothing is lost on it. */
    public static NativeCoreProvider loopback() {
        return through("java", CoreTable.java());
    }

    /** Any core through a table for C and back. */
    static NativeCoreProvider through(String name, CoreTable table) {
        return new NativeCoreProvider("loopback:" + name, table.struct(), MemorySegment.NULL);
    }

    private static MemorySegment table(MemorySegment entry, String library) {
        FunctionDescriptor descriptor = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            int code = (int) Stubs.downcall(descriptor).invokeExact(entry, Limits.MAJOR, Limits.MINOR, out);
            MemorySegment table = MemorySegment.ofAddress(out.get(ValueLayout.JAVA_LONG, 0));
            if (code != 0 || table.address() == 0) {
                throw new CoreException(
                        code == 0 ? CoreError.DEVICE_FAULT : Errors.kind(code),
                        "The core library " + library + " does not give version " + Limits.MAJOR + "." + Limits.MINOR
                                + " of the core's interface (" + code + "); it was built for another one.");
            }
            return table;
        } catch (Throwable failure) {
            throw Stubs.thrown(failure);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
        return NativeCore.open(name, table, next, slot, firmware, options);
    }

    @Override
    public String toString() {
        return name;
    }
}
