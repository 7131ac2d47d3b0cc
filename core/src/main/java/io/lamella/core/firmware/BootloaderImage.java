// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;

/**
 * The bootloader of the GSP's RISC-V core.
 *
 * @param image all of it
 * @param version to be announced to the firmware
 * @param codeOffset in the image
 * @param dataOffset in the image
 * @param manifestOffset in the image
 */
public record BootloaderImage(Bytes image, int version, long codeOffset, long dataOffset, long manifestOffset) {
    private static final int DESCRIPTOR_BYTES = 84;

    static BootloaderImage parse(Bytes file) {
        Container container = Container.parse(file);
        Bytes descriptor = file.slice("descriptor", container.headerOffset(), DESCRIPTOR_BYTES);
        if (container.data().sizeBytes() == 0) {
            throw file.broken("it is empty");
        }
        return new BootloaderImage(
                container.data(), (int) descriptor.u32(28), descriptor.u32(48), descriptor.u32(40), descriptor.u32(32));
    }
}
