// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes nova-core's container: a magic, then blocks of a four-letter tag, a length and a value that is padded to four bytes. */
final class TlvFile {
    private static final byte[] MAGIC = "NVFW".getBytes(StandardCharsets.US_ASCII);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    TlvFile(String version) {
        out.writeBytes(MAGIC);
        text("VERS", version);
    }

    TlvFile bytes(String tag, byte[] value) {
        byte[] name = tag.getBytes(StandardCharsets.US_ASCII);
        if (name.length != 4) {
            throw new IllegalArgumentException("'" + tag + "' is no tag of four letters");
        }
        out.writeBytes(name);
        out.writeBytes(word(value.length));
        out.writeBytes(value);
        out.writeBytes(new byte[-value.length & 3]);
        return this;
    }

    TlvFile number(String tag, int value) {
        return bytes(tag, word(value));
    }

    TlvFile text(String tag, String value) {
        return bytes(tag, value.getBytes(StandardCharsets.US_ASCII));
    }

    byte[] file() {
        return out.toByteArray();
    }

    private static byte[] word(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }
}
