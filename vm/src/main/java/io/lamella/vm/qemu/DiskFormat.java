// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

/** How a disk image's bytes are laid out. */
public enum DiskFormat {
    /** QEMU's own format: grows as it is written, can have snapshots and a backing file. */
    QCOW2,
    /** The disk's bytes, one after the other. */
    RAW;

    /** QEMU's name for the driver. */
    public String driver() {
        return this == QCOW2 ? "qcow2" : "raw";
    }
}
