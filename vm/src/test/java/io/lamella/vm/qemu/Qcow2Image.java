// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes an empty qcow2 image of version 3 (docs/interop/qcow2.rst of QEMU): header, reference counts, an empty first-level table. */
final class Qcow2Image {
    private static final int CLUSTER = 1 << 16;

    private Qcow2Image() {}

    /** Makes an image of up to 512 MiB: as much as one entry of the first-level table covers. */
    static Path create(Path file, int sizeBytes) throws IOException {
        ByteBuffer image = ByteBuffer.allocate(4 * CLUSTER);
        image.putInt(0, 0x514649fb).putInt(4, 3);
        image.putInt(20, 16).putLong(24, sizeBytes);
        image.putInt(36, 1).putLong(40, 3L * CLUSTER); // First-level table: one entry, in cluster 3.
        image.putLong(48, CLUSTER).putInt(56, 1); // Table of reference counts in cluster 1.
        image.putInt(96, 4).putInt(100, 104);
        image.putLong(CLUSTER, 2L * CLUSTER);
        for (int cluster = 0; cluster < 4; cluster++) {
            image.putShort(2 * CLUSTER + 2 * cluster, (short) 1);
        }
        return Files.write(file, image.array());
    }
}
