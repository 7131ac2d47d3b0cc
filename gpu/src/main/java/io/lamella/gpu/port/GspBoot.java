// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.port;

/**
 * What a GSP starts with, after booter_load or the FMC has checked it. Addresses marked "guest" are IOVAs in the function's DMA space, the others are
 * offsets in its own part of the frame buffer.
 *
 * @param libosArgsAddress guest address of the libos argument array, from the GSP falcon's mailboxes or the FMC's parameters
 * @param wprMetaAddress guest address of the GspFwWprMeta that was checked
 * @param radix3Address guest address of the level-0 page of the firmware image
 * @param radix3SizeBytes size of that image
 * @param nonWprHeapOffset where the driver's usable frame buffer ends
 * @param wprStart where the write-protected region begins
 * @param wprEnd where it ends
 * @param frtsOffset of the FRTS data inside of it
 * @param vgaWorkspaceOffset of the space kept for the display
 * @param bootCount as the driver counts
 * @param vfPartitionCount how many VFs the heap was sized for; only 570.144 and later write it, 0 otherwise
 * @param cpuSequencer whether its driver expects register accesses to make, as drivers do that booted it with falcons
 */
public record GspBoot(
        long libosArgsAddress,
        long wprMetaAddress,
        long radix3Address,
        long radix3SizeBytes,
        long nonWprHeapOffset,
        long wprStart,
        long wprEnd,
        long frtsOffset,
        long vgaWorkspaceOffset,
        long bootCount,
        int vfPartitionCount,
        boolean cpuSequencer) {}
