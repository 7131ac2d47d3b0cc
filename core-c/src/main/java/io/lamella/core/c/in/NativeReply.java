// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.RmReply;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Text;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/** An answer that a core in C keeps. It is freed some time after nobody has it any more, or with its client. */
final class NativeReply implements RmReply {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int TYPICAL_ELEMENTS = 64;
    private static final int TYPICAL_BYTES = 512;

    private final CoreLink link;
    private final long handle;

    /** What the cleaner does; must not know the reply. */
    private record Freeing(CoreLink link, long handle) implements Runnable {
        @Override
        public void run() {
            try {
                link.call(CoreFunction.REPLY_FREE, handle);
            } catch (CoreException closedBefore) {
                // It went with its client.
            }
        }
    }

    @SuppressWarnings("this-escape") // Registered last; the cleaner only watches it.
    NativeReply(CoreLink link, long handle) {
        this.link = link;
        this.handle = handle;
        CLEANER.register(this, new Freeing(link, handle));
    }

    @Override
    public long number(String field) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            link.call(CoreFunction.REPLY_NUMBER, handle, Text.allocate(arena, field), value);
            return value.get(ValueLayout.JAVA_LONG, 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public long[] numbers(String field) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment name = Text.allocate(arena, field);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            int capacity = TYPICAL_ELEMENTS;
            while (true) {
                MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, capacity);
                link.call(CoreFunction.REPLY_NUMBERS, handle, name, array, capacity, count);
                long given = Integer.toUnsignedLong(count.get(ValueLayout.JAVA_INT, 0));
                if (given <= capacity) {
                    return array.asSlice(0, given * 8).toArray(ValueLayout.JAVA_LONG);
                }
                capacity = checkGrows(field, given, capacity, Limits.MAX_LIST);
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public byte[] bytes(String field) {
        try (CallArena arena = CallArena.open()) {
            MemorySegment name = Text.allocate(arena, field);
            MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
            int capacity = TYPICAL_BYTES;
            while (true) {
                MemorySegment array = arena.allocate(capacity);
                link.call(CoreFunction.REPLY_BYTES, handle, name, array, (long) capacity, size);
                long given = size.get(ValueLayout.JAVA_LONG, 0);
                if (given >= 0 && given <= capacity) {
                    return array.asSlice(0, given).toArray(ValueLayout.JAVA_BYTE);
                }
                capacity = checkGrows(field, given, capacity, Limits.MAX_BLOB_BYTES);
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The next capacity: what the core says it has, as long as that is believable and not the same as before. */
    private static int checkGrows(String field, long given, int capacity, int most) {
        if (given < 0 || given > most || given <= capacity) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The core says that " + field + " has " + Long.toUnsignedString(given) + " elements; " + most
                            + " is the most there can be.");
        }
        return (int) given;
    }

    @Override
    public String text(String field) {
        byte[] bytes = bytes(field);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
