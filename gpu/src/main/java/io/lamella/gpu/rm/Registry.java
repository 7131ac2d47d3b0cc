// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The keys that a driver sets in SET_REGISTRY. None changes anything here; they are kept to be looked at. */
public final class Registry {
    /** How many keys a table may have. */
    public static final int MAX_ENTRIES = 1024;

    private static final int MAX_NAME_BYTES = 128;
    private static final int TYPE_DWORD = 1;

    private Registry() {}

    /** How many bytes the table says it has, names and data included; what the whole message must carry. */
    public static long declaredBytes(GspAbi abi, MemorySegment payload) {
        Struct table = abi.struct("PACKED_REGISTRY_TABLE");
        return table.fits(payload, 0) ? table.u32("size").value(payload, 0) : payload.byteSize();
    }

    /**
     * Reads the table: name to value, numbers as numbers and everything else by its length.
     *
     * @throws IllegalArgumentException with what is wrong in it
     */
    public static Map<String, String> read(GspAbi abi, MemorySegment payload) {
        Struct table = abi.struct("PACKED_REGISTRY_TABLE");
        if (!table.fits(payload, 0)) {
            throw new IllegalArgumentException("The registry table is shorter than its header.");
        }
        long count = table.u32("numEntries").value(payload, 0);
        StructField.Array entries = table.array("entries");
        Struct entry = abi.struct("PACKED_REGISTRY_ENTRY");
        if (count > MAX_ENTRIES || entries.offset() + count * entry.sizeBytes() > payload.byteSize()) {
            throw new IllegalArgumentException("The registry table has " + count + " keys; at most " + MAX_ENTRIES
                    + " that lie inside of the message are possible.");
        }
        Map<String, String> keys = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            long at = entries.offset() + (long) i * entry.sizeBytes();
            String name = name(payload, entry.u32("nameOffset").value(payload, at));
            boolean number = entry.u8("type").get(payload, at) == TYPE_DWORD;
            keys.put(
                    name,
                    number
                            ? Integer.toUnsignedString(entry.u32("data").get(payload, at))
                            : entry.u32("length").value(payload, at) + " bytes");
        }
        return Map.copyOf(keys);
    }

    private static String name(MemorySegment payload, long offset) {
        long end = offset;
        while (end < payload.byteSize()
                && end - offset < MAX_NAME_BYTES
                && payload.get(ValueLayout.JAVA_BYTE, end) != 0) {
            end++;
        }
        if (end >= payload.byteSize() || end - offset == MAX_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "A registry key's name at " + offset + " does not end inside of the message.");
        }
        byte[] name = payload.asSlice(offset, end - offset).toArray(ValueLayout.JAVA_BYTE);
        return new String(name, StandardCharsets.ISO_8859_1);
    }
}
