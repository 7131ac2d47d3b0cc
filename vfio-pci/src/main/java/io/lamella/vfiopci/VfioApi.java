// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

/** The kernel's two ways to hand a device to a process. */
public enum VfioApi {
    /** A container and the device's IOMMU group. */
    GROUP("group"),
    /** The device's own file and an I/O address space of iommufd. */
    IOMMUFD("iommufd");

    private final String word;

    VfioApi(String word) {
        this.word = word;
    }

    /** As it is written in options. */
    public String word() {
        return word;
    }
}
