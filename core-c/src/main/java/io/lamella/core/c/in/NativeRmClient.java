// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.GspClient;
import io.lamella.core.RmObject;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/** A client of the resource manager at a core in C. */
final class NativeRmClient extends NativeResource implements GspClient {
    private static final int NUMBER = 0;
    private static final int BYTES = 1;

    private final RmObject client;
    private final RmObject device;
    private final RmObject subdevice;

    NativeRmClient(
            NativeSession session, long handle, String label, RmObject client, RmObject device, RmObject subdevice) {
        super(session, handle, label);
        this.client = client;
        this.device = device;
        this.subdevice = subdevice;
    }

    @Override
    public RmObject client() {
        return client;
    }

    @Override
    public RmObject device() {
        return device;
    }

    @Override
    public RmObject subdevice() {
        return subdevice;
    }

    @Override
    public RmReply control(RmObject object, RmRequest request) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            link().call(CoreFunction.RM_CONTROL, handle(), object(arena, object), request(arena, request), out);
            return new NativeReply(link(), out.get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Override
    public RmObject allocate(RmObject parent, RmRequest parameters) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment out = Structs.RM_OBJECT.allocate(arena);
            link().call(CoreFunction.RM_ALLOCATE, handle(), object(arena, parent), request(arena, parameters), out);
            return Neutral.object(out);
        }
    }

    @Override
    public void free(RmObject object) {
        try (CallArena arena = CallArena.open()) {
            link().call(CoreFunction.RM_FREE, handle(), object(arena, object));
        }
    }

    @Override
    public boolean hasField(String control, String field) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment has = arena.allocate(ValueLayout.JAVA_INT);
            link().call(
                            CoreFunction.RM_HAS_FIELD,
                            handle(),
                            Text.allocate(arena, control),
                            Text.allocate(arena, field),
                            has);
            return has.get(ValueLayout.JAVA_INT, 0) != 0;
        }
    }

    private static MemorySegment object(Arena arena, RmObject object) {
        MemorySegment struct = Structs.RM_OBJECT.allocate(arena);
        Neutral.putObject(struct, object);
        return struct;
    }

    private static MemorySegment request(Arena arena, RmRequest request) {
        int count = request.numbers().size() + request.blobs().size();
        MemorySegment fields = Structs.RM_FIELD.allocate(arena, count);
        int at = 0;
        for (Map.Entry<String, Long> number : request.numbers().entrySet()) {
            MemorySegment field = field(arena, fields, at++, number.getKey(), NUMBER);
            Structs.RM_FIELD.setU64(field, "number", number.getValue());
        }
        for (Map.Entry<String, byte[]> blob : request.blobs().entrySet()) {
            MemorySegment field = field(arena, fields, at++, blob.getKey(), BYTES);
            byte[] bytes = blob.getValue();
            MemorySegment copy = arena.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
            Structs.RM_FIELD.setPointer(field, "bytes", copy);
            Structs.RM_FIELD.setU32(field, "size", bytes.length);
        }
        MemorySegment struct = Structs.RM_REQUEST.allocate(arena);
        Structs.RM_REQUEST.setPointer(struct, "name", Text.allocate(arena, request.name()));
        Structs.RM_REQUEST.setPointer(struct, "fields", fields);
        Structs.RM_REQUEST.setU32(struct, "field_count", count);
        return struct;
    }

    private static MemorySegment field(Arena arena, MemorySegment fields, int index, String name, int kind) {
        MemorySegment field = Structs.RM_FIELD.at(fields, index);
        Structs.RM_FIELD.setPointer(field, "name", Text.allocate(arena, name));
        Structs.RM_FIELD.setU32(field, "kind", kind);
        return field;
    }
}
