// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.Architecture;

/**
 * What a board's video memory is made of, as the firmware tells it.
 *
 * @param type as in NV2080_CTRL_FB_INFO_RAM_TYPE
 * @param busBits how wide
 */
record BoardMemory(int type, int busBits) {
    private static final int GDDR6 = 0x11;
    private static final int GDDR7 = 0x15;

    static BoardMemory of(Architecture architecture) {
        return switch (architecture) {
            case ADA -> new BoardMemory(GDDR6, 384);
            case BLACKWELL_GB20X -> new BoardMemory(GDDR7, 512);
        };
    }
}
