// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.port.GspBoot;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * GspFwWprMeta: where a driver has put the GSP's firmware and how it has laid out the top of the frame buffer. The same in every release
 * as far as it is used here.
 */
record WprMeta(MemorySegment bytes) {
    /** Any release's: the booter does not know which it is, and reads nothing that differs. */
    private static final Struct LAYOUT = GspAbi.common().wprMeta();

    static final int SIZE_BYTES = LAYOUT.sizeBytes();

    private static final long PAGE_MASK = 0xfff;
    private static final long BOOTLOADER_ALIGNMENT = 1L << 12;
    private static final long FIRMWARE_ALIGNMENT = 1L << 16;
    private static final long HEAP_ALIGNMENT = 1L << 20;
    private static final StructField.U64 MAGIC = LAYOUT.u64("magic");
    private static final StructField.U64 REVISION = LAYOUT.u64("revision");
    private static final StructField.U64 RADIX3_ADDRESS = LAYOUT.u64("sysmemAddrOfRadix3Elf");
    private static final StructField.U64 RADIX3_SIZE = LAYOUT.u64("sizeOfRadix3Elf");
    private static final StructField.U64 BOOTLOADER_SIZE = LAYOUT.u64("sizeOfBootloader");
    private static final StructField.U64 SIGNATURE_SIZE = LAYOUT.u64("sizeOfSignature");
    private static final StructField.U64 NON_WPR_HEAP_OFFSET = LAYOUT.u64("nonWprHeapOffset");
    private static final StructField.U64 NON_WPR_HEAP_SIZE = LAYOUT.u64("nonWprHeapSize");
    private static final StructField.U64 WPR_START = LAYOUT.u64("gspFwWprStart");
    private static final StructField.U64 HEAP_OFFSET = LAYOUT.u64("gspFwHeapOffset");
    private static final StructField.U64 HEAP_SIZE = LAYOUT.u64("gspFwHeapSize");
    private static final StructField.U64 FIRMWARE_OFFSET = LAYOUT.u64("gspFwOffset");
    private static final StructField.U64 BOOTLOADER_OFFSET = LAYOUT.u64("bootBinOffset");
    private static final StructField.U64 FRTS_OFFSET = LAYOUT.u64("frtsOffset");
    private static final StructField.U64 FRTS_SIZE = LAYOUT.u64("frtsSize");
    private static final StructField.U64 WPR_END = LAYOUT.u64("gspFwWprEnd");
    private static final StructField.U64 FB_SIZE = LAYOUT.u64("fbSize");
    private static final StructField.U64 VGA_WORKSPACE_OFFSET = LAYOUT.u64("vgaWorkspaceOffset");
    private static final StructField.U64 VGA_WORKSPACE_SIZE = LAYOUT.u64("vgaWorkspaceSize");
    private static final StructField.U64 BOOT_COUNT = LAYOUT.u64("bootCount");
    private static final StructField.U8 PARTITION_COUNT = LAYOUT.u8("gspFwHeapVfPartitionCount");

    private long at(StructField.U64 field) {
        return field.get(bytes, 0);
    }

    long magic() {
        return at(MAGIC);
    }

    long frtsOffset() {
        return at(FRTS_OFFSET);
    }

    long frtsBytes() {
        return at(FRTS_SIZE);
    }

    long wprStart() {
        return at(WPR_START);
    }

    long wprEnd() {
        return at(WPR_END);
    }

    /**
     * The same with the places that the FSP's way leaves to the GSP's own loader: below the FRTS data bootloader, firmware, heap, metadata and the heap
     * that is not protected, each no larger than video memory.
     *
     * @param wprEnd where the FRTS data ends
     * @return null if a part is empty or too large for that
     */
    @Nullable
    WprMeta laidOut(long frameBufferBytes, long wprEnd) {
        for (StructField.U64 size : new StructField.U64[] {
            RADIX3_SIZE, BOOTLOADER_SIZE, NON_WPR_HEAP_SIZE, HEAP_SIZE, FRTS_SIZE, VGA_WORKSPACE_SIZE
        }) {
            if (at(size) <= 0 || at(size) > frameBufferBytes) {
                return null;
            }
        }
        MemorySegment copy = MemorySegment.ofArray(new byte[SIZE_BYTES]);
        copy.copyFrom(bytes);
        long frts = wprEnd - at(FRTS_SIZE);
        long bootloader = down(frts - at(BOOTLOADER_SIZE), BOOTLOADER_ALIGNMENT);
        long firmware = down(bootloader - at(RADIX3_SIZE), FIRMWARE_ALIGNMENT);
        long heap = down(firmware - at(HEAP_SIZE), HEAP_ALIGNMENT);
        long start = down(heap - SIZE_BYTES, HEAP_ALIGNMENT);
        WPR_END.set(copy, 0, wprEnd);
        FRTS_OFFSET.set(copy, 0, frts);
        BOOTLOADER_OFFSET.set(copy, 0, bootloader);
        FIRMWARE_OFFSET.set(copy, 0, firmware);
        HEAP_OFFSET.set(copy, 0, heap);
        WPR_START.set(copy, 0, start);
        NON_WPR_HEAP_OFFSET.set(copy, 0, down(start - at(NON_WPR_HEAP_SIZE), HEAP_ALIGNMENT));
        FB_SIZE.set(copy, 0, frameBufferBytes);
        VGA_WORKSPACE_OFFSET.set(copy, 0, frameBufferBytes - at(VGA_WORKSPACE_SIZE));
        return new WprMeta(copy);
    }

    private static long down(long address, long alignment) {
        return address & -alignment;
    }

    /** Why the GSP cannot be booted with this, or null. */
    @Nullable
    Refusal refusal(long frameBufferBytes) {
        if (at(REVISION) != BootStructs.WPR_META_REVISION) {
            return Refusal.REVISION;
        }
        if (at(RADIX3_SIZE) <= 0
                || at(RADIX3_SIZE) > frameBufferBytes
                || at(BOOTLOADER_SIZE) <= 0
                || at(BOOTLOADER_SIZE) > frameBufferBytes
                || at(SIGNATURE_SIZE) <= 0
                || (at(RADIX3_ADDRESS) & PAGE_MASK) != 0) {
            return Refusal.IMAGE;
        }
        if (at(FB_SIZE) <= 0 || at(FB_SIZE) > frameBufferBytes) {
            return Refusal.FRAME_BUFFER_SIZE;
        }
        return isOrdered() ? null : Refusal.LAYOUT;
    }

    /** Whether the parts follow each other, from the heap before the protected region up to its end, without overlap. */
    private boolean isOrdered() {
        long heapEnd = end(at(NON_WPR_HEAP_OFFSET), at(NON_WPR_HEAP_SIZE));
        long wprHeapEnd = end(at(HEAP_OFFSET), at(HEAP_SIZE));
        long firmwareEnd = end(at(FIRMWARE_OFFSET), at(RADIX3_SIZE));
        long bootloaderEnd = end(at(BOOTLOADER_OFFSET), at(BOOTLOADER_SIZE));
        long frtsEnd = end(frtsOffset(), at(FRTS_SIZE));
        return heapEnd > 0
                && heapEnd <= wprStart()
                && wprStart() < at(HEAP_OFFSET)
                && wprHeapEnd > 0
                && wprHeapEnd <= at(FIRMWARE_OFFSET)
                && firmwareEnd > 0
                && firmwareEnd <= at(BOOTLOADER_OFFSET)
                && bootloaderEnd > 0
                && bootloaderEnd <= frtsOffset()
                && frtsEnd > 0
                && frtsEnd <= wprEnd()
                && wprEnd() <= at(FB_SIZE)
                && ((wprStart() | wprEnd()) & PAGE_MASK) == 0;
    }

    /** The end of a range, or -1 if it is empty, negative or wraps. */
    private static long end(long start, long size) {
        return start < 0 || size <= 0 || start + size < 0 ? -1 : start + size;
    }

    GspBoot boot(long libosArgsAddress, long ownAddress, boolean cpuSequencer) {
        return new GspBoot(
                libosArgsAddress,
                ownAddress,
                at(RADIX3_ADDRESS),
                at(RADIX3_SIZE),
                at(NON_WPR_HEAP_OFFSET),
                wprStart(),
                wprEnd(),
                frtsOffset(),
                at(VGA_WORKSPACE_OFFSET),
                at(BOOT_COUNT),
                PARTITION_COUNT.get(bytes, 0),
                cpuSequencer);
    }

    /** What booter refuses, with the code it leaves in mailbox 0. The codes are this model's own. */
    enum Refusal {
        UNREADABLE(0x40, "The WPR metadata, or what leads to it, cannot be read."),
        MAGIC(0x41, "What was given is no WPR metadata."),
        REVISION(0x42, "The WPR metadata has a revision other than 1."),
        IMAGE(
                0x43,
                "The WPR metadata names a firmware image, bootloader or signature that is empty, too large or not on a page."),
        FRAME_BUFFER_SIZE(0x44, "The WPR metadata is for a frame buffer larger than the function's."),
        LAYOUT(0x45, "The ranges in the WPR metadata overlap, are out of order or leave the frame buffer."),
        NO_FRTS(
                0x46,
                "The write-protected region was not set up by FWSEC-FRTS at the place that the WPR metadata says."),
        SUSPEND_RESUME(0x47, "The GSP has no suspended firmware that this suspend and resume metadata was sealed for."),
        RUNNING(0x48, "The GSP runs already; reset it first."),
        PARAMETERS(0x49, "The FMC's parameters are not for the GSP's resource manager, or not in system memory.");

        private final int code;
        private final String sentence;

        Refusal(int code, String sentence) {
            this.code = code;
            this.sentence = sentence;
        }

        String sentence() {
            return sentence;
        }

        int code() {
            return code;
        }
    }
}
