// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.device.Bytes;
import io.lamella.hw.struct.Struct;

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
    /** @param layout of the descriptor */
    static BootloaderImage parse(Bytes file, Struct layout) {
        Container container = Container.parse(file);
        Bytes descriptor = file.slice("descriptor", container.headerOffset(), layout.sizeBytes());
        if (container.data().sizeBytes() == 0) {
            throw file.broken("it is empty");
        }
        return new BootloaderImage(
                container.data(),
                (int) descriptor.field(layout, "appVersion"),
                descriptor.field(layout, "monitorCodeOffset"),
                descriptor.field(layout, "monitorDataOffset"),
                descriptor.field(layout, "manifestOffset"));
    }
}
