// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.struct.Struct;

/**
 * The outer header that booters and the bootloader share.
 *
 * @param file all of it
 * @param headerOffset where the inner header begins
 * @param data the payload
 */
record Container(Bytes file, long headerOffset, Bytes data) {
    private static final Struct HEADER = BootStructs.BIN_HEADER;

    static Container parse(Bytes file) {
        long magic = file.field(HEADER, "magic");
        if (magic != BootStructs.BIN_MAGIC) {
            throw file.broken(String.format("it begins with 0x%x instead of 0x%x", magic, BootStructs.BIN_MAGIC));
        }
        return new Container(
                file,
                file.field(HEADER, "headerOffset"),
                file.slice("data", file.field(HEADER, "dataOffset"), file.field(HEADER, "dataSize")));
    }
}
