// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which classes of objects there are and who makes them, for one boot. */
public final class ClassTable {
    /** Makes objects of a class. */
    public interface Handler {
        /**
         * Completes an object that is in its place already; any status but OK takes it out again.
         *
         * @param params the driver's parameters, zero where it sent none
         */
        NvStatus allocate(RmObject object, MemorySegment params);

        /** The object is out of the tree. */
        default void free(RmObject object) {}
    }

    record Entry(RmClass type, int paramsBytes, Set<RmClass> parents, Handler handler) {}

    private final GspAbi abi;
    private final Map<Integer, Entry> entries = new HashMap<>();

    ClassTable(GspAbi abi) {
        this.abi = abi;
    }

    /** Adds a class. @throws IllegalArgumentException if someone makes it already */
    public void add(RmClass type, Set<RmClass> parents, Handler handler) {
        int bytes = abi.allocation(type).map(struct -> struct.sizeBytes()).orElse(0);
        if (entries.putIfAbsent(type.number(), new Entry(type, bytes, Set.copyOf(parents), handler)) != null) {
            throw new IllegalArgumentException("Class " + type + " has two handlers.");
        }
    }

    @Nullable
    Entry find(int number) {
        return entries.get(number);
    }
}
