// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.vbios;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;

/** The GPU's ROM, read word by word and only as far as it is asked for: each word is an access to the device. */
final class Rom {
    /** Size of the window, and so the most that there can be. */
    static final int LIMIT_BYTES = 0x10_0000;

    private static final int IFR_SIGNATURE = 0x4947564e;
    private static final int DIRECTORY_SIGNATURE = 0x44524652;
    private static final int FLASH_STATUS_BYTES = 4096;

    private final IntUnaryOperator words;
    private final MemorySegment content = MemorySegment.ofArray(new byte[LIMIT_BYTES]);
    private int readBytes;

    /** @param words the 32-bit word at an offset from the start of the window */
    Rom(IntUnaryOperator words) {
        this.words = words;
    }

    /** The ROM from {@code offset} on, read at least {@code sizeBytes} far. */
    Bytes at(int offset, int sizeBytes) {
        if (offset < 0 || sizeBytes < 0 || offset > LIMIT_BYTES - sizeBytes) {
            throw broken("it goes on past 1 MiB, at 0x" + Integer.toHexString(offset));
        }
        for (; readBytes < offset + sizeBytes; readBytes += 4) {
            content.set(Bytes.INT, readBytes, words.applyAsInt(readBytes));
        }
        return new Bytes("VBIOS", content.asSlice(offset, sizeBytes));
    }

    /** Where the images begin: at 0, or where an init-from-ROM header says. */
    int imageOffset() {
        if (word(0) != IFR_SIGNATURE) {
            return 0;
        }
        int version = word(4) >>> 8 & 0xff;
        return switch (version) {
            case 1, 2 -> word((word(4) >>> 16 & 0x7fff) + 4);
            case 3 -> {
                int directory = word(word(8) & 0xfffff) + FLASH_STATUS_BYTES;
                if (word(directory) != DIRECTORY_SIGNATURE) {
                    throw broken("its IFR header leads to no ROM directory");
                }
                yield word(directory + 8);
            }
            default -> throw broken("its IFR header has version " + version + ", and 1 to 3 are known");
        };
    }

    private int word(int offset) {
        return (int) at(offset, 4).u32(0);
    }

    static CoreException broken(String why) {
        return new CoreException(CoreError.DEVICE_FAULT, "The VBIOS cannot be used: " + why + ".");
    }
}
