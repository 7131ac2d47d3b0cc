// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.VmException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes empty disk images, so that nobody needs qemu-img for the first one. */
final class NewDiskImage {
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    /** What one entry of the first-level table covers: a cluster of second-level entries, each for a cluster. */
    private static final long COVERED_BYTES = (long) CLUSTER / 8 * CLUSTER;

    /** One cluster of first-level entries. */
    static final long MAX_BYTES = CLUSTER / 8 * COVERED_BYTES;

    private NewDiskImage() {}

    /** @throws VmException when there is something at this path already, or the size is impossible */
    static void create(Path file, DiskFormat format, long sizeBytes) throws IOException {
        if (sizeBytes < 1 << 20 || sizeBytes > MAX_BYTES || sizeBytes % 512 != 0) {
            throw new VmException(
                    "A disk of " + sizeBytes + " bytes cannot be made: 1 MiB to 4 TiB can, in whole sectors.");
        }
        try (FileChannel image = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            if (format == DiskFormat.RAW) {
                // Sparse: a byte at the end, and nothing before it.
                image.write(ByteBuffer.allocate(1), sizeBytes - 1);
            } else {
                image.write(emptyQcow2(sizeBytes), 0);
            }
        } catch (FileAlreadyExistsException e) {
            throw new VmException("The disk image " + file + " is there already: leave out size=.", e);
        }
    }

    /** Version 3 (docs/interop/qcow2.rst of QEMU): header, table and block of reference counts, first-level table. */
    private static ByteBuffer emptyQcow2(long sizeBytes) {
        ByteBuffer image = ByteBuffer.allocate(4 * CLUSTER);
        image.putInt(0, Disk.QCOW2_MAGIC).putInt(4, 3);
        image.putInt(20, CLUSTER_BITS).putLong(24, sizeBytes);
        image.putInt(36, (int) ((sizeBytes + COVERED_BYTES - 1) / COVERED_BYTES))
                .putLong(40, 3L * CLUSTER);
        image.putLong(48, CLUSTER).putInt(56, 1);
        image.putInt(96, 4).putInt(100, 104); // Counts of 16 bits; the header's length.
        image.putLong(CLUSTER, 2L * CLUSTER);
        for (int cluster = 0; cluster < 4; cluster++) {
            image.putShort(2 * CLUSTER + 2 * cluster, (short) 1);
        }
        return image;
    }
}
