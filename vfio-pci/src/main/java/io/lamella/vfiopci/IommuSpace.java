// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import io.lamella.linux.DeviceFile;
import java.util.List;

/** A device that was opened, with the addresses that it may use. One for each way to open one. */
interface IommuSpace extends AutoCloseable {
    /**
     * A run of addresses that the IOMMU can translate.
     *
     * @param first its first address
     * @param last its last address, itself in the run
     */
    record Range(long first, long last) {}

    /** The device's file; it goes with {@link #close}. */
    DeviceFile device();

    /** What addresses can be used, in rising order. */
    List<Range> ranges();

    /**
     * Lets the device reach memory of this process, which the kernel pins meanwhile.
     *
     * @param address of the memory; a multiple of the page size, as are the others
     * @return 0 or a negative error number
     */
    int map(long address, long sizeBytes, long iova);

    /** Takes exactly one mapping away. @return 0 or a negative error number */
    int unmap(long iova, long sizeBytes);

    /** Gives the device back. What is still mapped is unmapped. */
    @Override
    void close();
}
