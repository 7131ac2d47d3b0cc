// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GspClient;
import io.lamella.core.RmObject;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.Handles.OpenReply;
import io.lamella.core.c.out.Handles.OpenResource;
import io.lamella.core.c.out.Handles.OpenSession;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/** The table's functions about the firmware's resource manager. Named after the header's, which says what they do. */
final class RmCalls {
    private static final int NUMBER = 0;
    private static final int BYTES = 1;

    private final Handles handles;

    RmCalls(Handles handles) {
        this.handles = handles;
    }

    int rmOpen(long handle, MemorySegment label, MemorySegment out, MemorySegment roots, MemorySegment error) {
        Pointers.need(out);
        MemorySegment struct = Structs.RM_ROOTS.behind(roots);
        OpenSession open = handles.session(handle);
        GspClient client = open.session.openGspClient(Text.read(label, Limits.LABEL_BYTES, "the label"));
        Neutral.putObject(Structs.RM_OBJECT.at(struct, 0), client.client());
        Neutral.putObject(Structs.RM_OBJECT.at(struct, 1), client.device());
        Neutral.putObject(Structs.RM_OBJECT.at(struct, 2), client.subdevice());
        Pointers.putLong(out, handles.add(open, new OpenResource(open, client)));
        return 0;
    }

    private GspClient client(long handle) {
        return handles.resource(handle, GspClient.class, "RM client");
    }

    int rmControl(long handle, MemorySegment object, MemorySegment request, MemorySegment out, MemorySegment error) {
        GspClient client = client(handle);
        OpenResource owner = handles.resource(handle);
        RmObject target = Neutral.object(Structs.RM_OBJECT.behind(object));
        RmReply reply = client.control(target, request(request));
        if (!Pointers.isNull(out)) {
            Pointers.putLong(out, handles.add(owner, new OpenReply(owner, reply)));
        }
        return 0;
    }

    int rmAllocate(long handle, MemorySegment parent, MemorySegment request, MemorySegment out, MemorySegment error) {
        GspClient client = client(handle);
        MemorySegment struct = Structs.RM_OBJECT.behind(out);
        RmObject under = Neutral.object(Structs.RM_OBJECT.behind(parent));
        Neutral.putObject(struct, client.allocate(under, request(request)));
        return 0;
    }

    int rmFree(long handle, MemorySegment object, MemorySegment error) {
        client(handle).free(Neutral.object(Structs.RM_OBJECT.behind(object)));
        return 0;
    }

    int rmHasField(long handle, MemorySegment control, MemorySegment field, MemorySegment has, MemorySegment error) {
        Pointers.need(has);
        boolean known = client(handle)
                .hasField(
                        Text.read(control, Limits.NAME_BYTES, "a control's name"),
                        Text.read(field, Limits.NAME_BYTES, "a field's name"));
        Pointers.putInt(has, known ? 1 : 0);
        return 0;
    }

    private static RmRequest request(MemorySegment pointer) {
        MemorySegment struct = Structs.RM_REQUEST.behind(pointer);
        String control = Text.read(Structs.RM_REQUEST.pointer(struct, "name"), Limits.NAME_BYTES, "a request's name");
        Map<String, Long> numbers = new LinkedHashMap<>();
        Map<String, byte[]> blobs = new LinkedHashMap<>();
        long count = Integer.toUnsignedLong(Structs.RM_REQUEST.u32(struct, "field_count"));
        MemorySegment fields = Pointers.array(
                Structs.RM_REQUEST.pointer(struct, "fields"),
                Structs.RM_FIELD.sizeBytes(),
                count,
                Limits.MAX_FIELDS,
                "a request's fields");
        for (int i = 0; i < count; i++) {
            MemorySegment field = Structs.RM_FIELD.at(fields, i);
            String name = Text.read(Structs.RM_FIELD.pointer(field, "name"), Limits.NAME_BYTES, "a field's name");
            switch (Structs.RM_FIELD.u32(field, "kind")) {
                case NUMBER -> numbers.put(name, Structs.RM_FIELD.u64(field, "number"));
                case BYTES -> {
                    MemorySegment bytes = Pointers.array(
                            Structs.RM_FIELD.pointer(field, "bytes"),
                            1,
                            Integer.toUnsignedLong(Structs.RM_FIELD.u32(field, "size")),
                            Limits.MAX_BLOB_BYTES,
                            "the bytes of " + name);
                    blobs.put(name, bytes.toArray(ValueLayout.JAVA_BYTE));
                }
                default -> throw new CoreException(CoreError.INVALID, "The field " + name + " is of no known kind.");
            }
        }
        return RmRequest.of(control, numbers, blobs);
    }

    int replyNumber(long handle, MemorySegment field, MemorySegment value, MemorySegment error) {
        Pointers.need(value);
        RmReply reply = handles.reply(handle).reply;
        Pointers.putLong(value, reply.number(fieldName(field)));
        return 0;
    }

    private static String fieldName(MemorySegment field) {
        return Text.read(field, Limits.NAME_BYTES, "a field's name");
    }

    int replyNumbers(
            long handle,
            MemorySegment field,
            MemorySegment out,
            int capacity,
            MemorySegment count,
            MemorySegment error) {
        Pointers.need(count);
        long[] numbers = handles.reply(handle).reply.numbers(fieldName(field));
        int some = (int) Math.min(Integer.toUnsignedLong(capacity), numbers.length);
        MemorySegment array = Pointers.array(out, 8, some, Limits.MAX_LIST, "numbers");
        MemorySegment.copy(numbers, 0, array, ValueLayout.JAVA_LONG_UNALIGNED, 0, some);
        Pointers.putInt(count, numbers.length);
        return 0;
    }

    int replyBytes(
            long handle,
            MemorySegment field,
            MemorySegment out,
            long capacity,
            MemorySegment size,
            MemorySegment error) {
        Pointers.need(size);
        byte[] bytes = handles.reply(handle).reply.bytes(fieldName(field));
        long some = capacity < 0 ? bytes.length : Math.min(capacity, bytes.length);
        MemorySegment array = Pointers.array(out, 1, some, Limits.MAX_BLOCK_BYTES, "bytes");
        MemorySegment.copy(bytes, 0, array, ValueLayout.JAVA_BYTE, 0, (int) some);
        Pointers.putLong(size, bytes.length);
        return 0;
    }

    int replyFree(long handle, MemorySegment error) {
        if (!handles.wasOpen(handle)) {
            OpenReply open = handles.reply(handle);
            handles.forget(open.owner, open);
        }
        return 0;
    }
}
