// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Tables of functions from the other side. They are copied, so that changing one later changes nothing here. */
public final class Tables {
    private Tables() {}

    /**
     * A table's functions, in the order of {@code names}.
     *
     * @param whose begins the sentence "... has no function x"
     * @throws CoreException {@code NOT_SUPPORTED} for a version that Lamella does not speak, {@code INVALID} for a table that is too
     *     short or lacks a function
     */
    public static MemorySegment[] functions(Struct type, MemorySegment pointer, String whose, List<String> names) {
        MemorySegment struct = type.versioned(pointer, type.sizeBytes());
        int version = type.u32(struct, "abi_version");
        if (Limits.major(version) != Limits.MAJOR || Limits.minor(version) < Limits.MINOR) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED,
                    whose + " has version " + Limits.major(version) + "." + Limits.minor(version)
                            + " of the interface; Lamella needs " + Limits.MAJOR + "." + Limits.MINOR
                            + " or a later one of the same major number.");
        }
        MemorySegment[] functions = new MemorySegment[names.size()];
        for (int i = 0; i < functions.length; i++) {
            functions[i] = type.pointer(struct, names.get(i));
            if (Pointers.isNull(functions[i])) {
                throw new CoreException(CoreError.INVALID, whose + " has no function " + names.get(i) + ".");
            }
        }
        return functions;
    }
}
