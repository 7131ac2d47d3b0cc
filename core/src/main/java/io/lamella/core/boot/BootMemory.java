// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.firmware.FirmwareSet;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspQueue;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** Everything that lies in system memory for the firmware: its image and page tables, logs, arguments, queues, and the map of it all. */
public final class BootMemory implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int ENTRIES = PAGE / Long.BYTES;
    private static final int LOG_BYTES = 0x1_0000;
    private static final int REGION_BYTES = 32;
    private static final int KIND_CONTIGUOUS = 1;
    private static final int LOCATION_SYSTEM_MEMORY = 1;
    private static final long LARGEST_IMAGE = (long) ENTRIES * ENTRIES * PAGE;

    private final DmaAllocator memory;
    private final Deque<DmaBuffer> buffers = new ArrayDeque<>();
    private final DmaBuffer queues;
    private final long libosAddress;
    private final long metaAddress;

    /** @param plan what the firmware gets of frame buffer */
    public BootMemory(DmaAllocator memory, GspAbi abi, FirmwareSet firmware, FirmwareMemory plan) {
        this.memory = memory;
        try {
            queues = allocate(GspQueue.REGION_BYTES);
            libosAddress = libosArguments(abi);
            metaAddress = meta(abi, firmware, plan);
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    /** The rings of both directions. */
    public DmaBuffer queues() {
        return queues;
    }

    /** The list of what the firmware's operating system is given. */
    public long libosAddress() {
        return libosAddress;
    }

    /** The map of everything, for what loads the firmware. */
    public long metaAddress() {
        return metaAddress;
    }

    /** More zeroed memory that lives as long as this. */
    DmaBuffer allocate(long sizeBytes) {
        DmaBuffer buffer = memory.allocate(sizeBytes);
        buffers.push(buffer);
        return buffer;
    }

    /** A copy that lives as long as this. */
    DmaBuffer copy(Bytes content) {
        DmaBuffer buffer = allocate(content.sizeBytes());
        MemorySegment.copy(content.memory(), 0, buffer.memory(), 0, content.sizeBytes());
        return buffer;
    }

    private long libosArguments(GspAbi abi) {
        DmaBuffer list = allocate(PAGE);
        String[] logs = {"LOGINIT", "LOGINTR", "LOGRM"};
        for (int i = 0; i < logs.length; i++) {
            DmaBuffer log = allocate(LOG_BYTES);
            for (int page = 0; page < LOG_BYTES / PAGE; page++) {
                log.memory().set(Bytes.LONG, (page + 1) * 8L, log.iova() + (long) page * PAGE);
            }
            region(abi, list, i, logs[i], log.iova(), LOG_BYTES);
        }
        region(abi, list, logs.length, "RMARGS", arguments(abi), PAGE);
        return list.iova();
    }

    private static void region(GspAbi abi, DmaBuffer list, int index, String name, long address, long sizeBytes) {
        Struct region = abi.libosRegion();
        long base = (long) index * REGION_BYTES;
        region.u64("id8").set(list.memory(), base, BootStructs.libosId(name));
        region.u64("pa").set(list.memory(), base, address);
        region.u64("size").set(list.memory(), base, sizeBytes);
        region.u8("kind").set(list.memory(), base, KIND_CONTIGUOUS);
        region.u8("loc").set(list.memory(), base, LOCATION_SYSTEM_MEMORY);
    }

    private long arguments(GspAbi abi) {
        DmaBuffer buffer = allocate(PAGE);
        Struct arguments = abi.arguments();
        MemorySegment target = buffer.memory();
        arguments.u64("messageQueueInitArguments.sharedMemPhysAddr").set(target, 0, queues.iova());
        arguments.u32("messageQueueInitArguments.pageTableEntryCount").set(target, 0, GspQueue.PAGE_TABLE_ENTRIES);
        arguments.u64("messageQueueInitArguments.cmdQueueOffset").set(target, 0, GspQueue.COMMAND_QUEUE_OFFSET);
        arguments.u64("messageQueueInitArguments.statQueueOffset").set(target, 0, GspQueue.STATUS_QUEUE_OFFSET);
        // Newer releases keep their stack in the falcon's own memory; older ones have no such field.
        arguments
                .find("bDmemStack")
                .ifPresent(field -> arguments.u8("bDmemStack").set(target, 0, 1));
        return buffer.iova();
    }

    /** Three levels of pages of page addresses over the image. */
    private long radix3(DmaBuffer image, long imageBytes) {
        if (imageBytes > LARGEST_IMAGE) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The firmware's image has " + imageBytes + " bytes; its page table reaches " + LARGEST_IMAGE + ".");
        }
        long pages = (imageBytes + PAGE - 1) / PAGE;
        long tablePages = (pages + ENTRIES - 1) / ENTRIES;
        DmaBuffer level0 = allocate(PAGE);
        DmaBuffer level1 = allocate(PAGE);
        DmaBuffer level2 = allocate(tablePages * PAGE);
        level0.memory().set(Bytes.LONG, 0, level1.iova());
        for (long i = 0; i < tablePages; i++) {
            level1.memory().set(Bytes.LONG, i * 8, level2.iova() + i * PAGE);
        }
        for (long i = 0; i < pages; i++) {
            level2.memory().set(Bytes.LONG, i * 8, image.iova() + i * PAGE);
        }
        return level0.iova();
    }

    private long meta(GspAbi abi, FirmwareSet firmware, FirmwareMemory plan) {
        DmaBuffer buffer = allocate(PAGE);
        Struct meta = abi.wprMeta();
        MemorySegment target = buffer.memory();
        long imageBytes = firmware.gsp().image().sizeBytes();
        DmaBuffer signature = copy(firmware.gsp().signature());
        DmaBuffer bootloader = copy(firmware.bootloader().image());
        meta.u64("magic").set(target, 0, BootStructs.WPR_META_MAGIC);
        meta.u64("revision").set(target, 0, BootStructs.WPR_META_REVISION);
        meta.u64("sysmemAddrOfRadix3Elf")
                .set(target, 0, radix3(copy(firmware.gsp().image()), imageBytes));
        meta.u64("sizeOfRadix3Elf").set(target, 0, imageBytes);
        meta.u64("sysmemAddrOfBootloader").set(target, 0, bootloader.iova());
        meta.u64("sizeOfBootloader")
                .set(target, 0, firmware.bootloader().image().sizeBytes());
        meta.u64("bootloaderCodeOffset").set(target, 0, firmware.bootloader().codeOffset());
        meta.u64("bootloaderDataOffset").set(target, 0, firmware.bootloader().dataOffset());
        meta.u64("bootloaderManifestOffset")
                .set(target, 0, firmware.bootloader().manifestOffset());
        meta.u64("sysmemAddrOfSignature").set(target, 0, signature.iova());
        meta.u64("sizeOfSignature")
                .set(target, 0, up256(firmware.gsp().signature().sizeBytes()));
        plan.describe(meta, target);
        return buffer.iova();
    }

    private static long up256(long value) {
        return (value + 255) & -256;
    }

    @Override
    public void close() {
        while (!buffers.isEmpty()) {
            buffers.pop().close();
        }
    }
}
