// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.gsp;

import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.lang.foreign.MemorySegment;

/**
 * Finds the queues from the address in the GSP's mailboxes: an array of named memory regions, of which RMARGS holds the arguments of the
 * resource manager. The part of them that is read has the same shape in every release, which is good because no one has said yet which
 * release this is.
 */
final class BootArguments {
    private static final GspAbi ANY = GspAbi.common();
    private static final Struct REGION = ANY.libosRegion();
    private static final Struct ARGUMENTS = ANY.arguments();
    /** The array fills a page at the most. */
    private static final int MAX_REGIONS = 4096 / REGION.sizeBytes();

    private static final String QUEUES = "messageQueueInitArguments.";

    private BootArguments() {}

    static MessageQueues openQueues(DmaSpace dma, long libosArgsAddress) throws GspFault {
        try {
            MemorySegment arguments = MemorySegment.ofArray(
                    new byte[ARGUMENTS.nested("messageQueueInitArguments").sizeBytes()]);
            dma.read(findArguments(dma, libosArgsAddress), arguments);
            SharedRegion region = SharedRegion.open(
                    dma,
                    ARGUMENTS.u64(QUEUES + "sharedMemPhysAddr").get(arguments, 0),
                    ARGUMENTS.u32(QUEUES + "pageTableEntryCount").value(arguments, 0));
            return MessageQueues.open(
                    region,
                    ARGUMENTS.u64(QUEUES + "cmdQueueOffset").get(arguments, 0),
                    ARGUMENTS.u64(QUEUES + "statQueueOffset").get(arguments, 0));
        } catch (DmaFaultException e) {
            throw new GspFault("The boot arguments cannot be read: " + e.getMessage());
        }
    }

    /** Where the arguments of the resource manager are. @throws DmaFaultException if the array cannot be read */
    static long findArguments(DmaSpace dma, long address) throws GspFault {
        MemorySegment region = MemorySegment.ofArray(new byte[REGION.sizeBytes()]);
        for (int i = 0; i < MAX_REGIONS; i++) {
            dma.read(address + (long) i * REGION.sizeBytes(), region);
            long name = REGION.u64("id8").get(region, 0);
            if (name == 0) {
                break;
            }
            if (name == BootStructs.LIBOS_RMARGS) {
                return REGION.u64("pa").get(region, 0);
            }
        }
        throw new GspFault("The boot arguments at 0x" + Long.toHexString(address) + " name no RMARGS.");
    }
}
