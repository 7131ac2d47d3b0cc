// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;

/**
 * The outer header that booters and the bootloader share.
 *
 * @param file all of it
 * @param headerOffset where the inner header begins
 * @param data the payload
 */
record Container(Bytes file, long headerOffset, Bytes data) {
    private static final long MAGIC = 0x10de;

    static Container parse(Bytes file) {
        if (file.u32(0) != MAGIC) {
            throw file.broken(String.format("it begins with 0x%x instead of 0x%x", file.u32(0), MAGIC));
        }
        return new Container(file, file.u32(12), file.slice("data", file.u32(16), file.u32(20)));
    }
}
