// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import io.lamella.gpu.mmu.AddressSpace;

/**
 * What a driver says of a new channel.
 *
 * @param id 0 to 2047, the driver's choice
 * @param runlist where it runs
 * @param space its address space
 * @param gpFifoAddress virtual address of its ring
 * @param gpFifoEntries entries of that ring
 * @param userdAddress of its user area, in video memory
 * @param privileged whether it may use privileged pages
 * @param physical whether it may use physical addresses
 * @param timesOut whether an acquire that waits too long is an error
 */
public record ChannelSpec(
        int id,
        Runlist runlist,
        AddressSpace space,
        long gpFifoAddress,
        int gpFifoEntries,
        long userdAddress,
        boolean privileged,
        boolean physical,
        boolean timesOut) {}
