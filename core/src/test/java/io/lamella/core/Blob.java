// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import io.lamella.core.device.Bytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bytes that tests write files and ROMs with. */
public final class Blob {
    private final MemorySegment content;

    public Blob(int sizeBytes) {
        content = MemorySegment.ofArray(new byte[sizeBytes]);
    }

    public Blob u8(long at, int value) {
        content.set(ValueLayout.JAVA_BYTE, at, (byte) value);
        return this;
    }

    public Blob u16(long at, int value) {
        content.set(Bytes.SHORT, at, (short) value);
        return this;
    }

    public Blob u32(long at, long value) {
        content.set(Bytes.INT, at, (int) value);
        return this;
    }

    public Blob u64(long at, long value) {
        content.set(Bytes.LONG, at, value);
        return this;
    }

    public Blob text(long at, String value) {
        for (int i = 0; i < value.length(); i++) {
            u8(at + i, value.charAt(i));
        }
        return this;
    }

    public Blob fill(long at, long length, int value) {
        content.asSlice(at, length).fill((byte) value);
        return this;
    }

    public int word(int at) {
        return content.get(Bytes.INT, at);
    }

    public byte[] bytes() {
        return content.toArray(ValueLayout.JAVA_BYTE);
    }
}
