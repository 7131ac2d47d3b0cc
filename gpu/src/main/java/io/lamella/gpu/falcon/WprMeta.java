// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.falcon;

import io.lamella.gpu.port.GspBoot;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * GspFwWprMeta: where a driver has put the GSP's firmware and how it has laid out the top of the frame buffer. The same in 535.113.01 and
 * 570.144 as far as it is used here.
 */
record WprMeta(MemorySegment bytes) {
    static final int SIZE_BYTES = 256;
    static final long MAGIC = 0xdc3aae21371a60b3L;

    /** What a driver passes instead to suspend or resume. */
    static final long SUSPEND_RESUME_MAGIC = 0x8a3bb9e6c6c39d93L;

    private static final long REVISION = 1;
    private static final long PAGE_MASK = 0xfff;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int AT_REVISION = 8;
    private static final int AT_RADIX3_ADDRESS = 16;
    private static final int AT_RADIX3_SIZE = 24;
    private static final int AT_BOOTLOADER_SIZE = 40;
    private static final int AT_SIGNATURE_SIZE = 80;
    private static final int AT_NON_WPR_HEAP_OFFSET = 96;
    private static final int AT_NON_WPR_HEAP_SIZE = 104;
    private static final int AT_WPR_START = 112;
    private static final int AT_HEAP_OFFSET = 120;
    private static final int AT_HEAP_SIZE = 128;
    private static final int AT_FIRMWARE_OFFSET = 136;
    private static final int AT_BOOTLOADER_OFFSET = 144;
    private static final int AT_FRTS_OFFSET = 152;
    private static final int AT_FRTS_SIZE = 160;
    private static final int AT_WPR_END = 168;
    private static final int AT_FB_SIZE = 176;
    private static final int AT_VGA_WORKSPACE_OFFSET = 184;
    private static final int AT_BOOT_COUNT = 200;
    private static final int AT_PARTITION_COUNT = 240;

    private long at(int offset) {
        return bytes.get(LONG, offset);
    }

    long magic() {
        return at(0);
    }

    long frtsOffset() {
        return at(AT_FRTS_OFFSET);
    }

    long wprStart() {
        return at(AT_WPR_START);
    }

    long wprEnd() {
        return at(AT_WPR_END);
    }

    /** Why the GSP cannot be booted with this, or null. */
    @Nullable
    Refusal refusal(long frameBufferBytes) {
        if (at(AT_REVISION) != REVISION) {
            return Refusal.REVISION;
        }
        if (at(AT_RADIX3_SIZE) <= 0
                || at(AT_RADIX3_SIZE) > frameBufferBytes
                || at(AT_BOOTLOADER_SIZE) <= 0
                || at(AT_BOOTLOADER_SIZE) > frameBufferBytes
                || at(AT_SIGNATURE_SIZE) <= 0
                || (at(AT_RADIX3_ADDRESS) & PAGE_MASK) != 0) {
            return Refusal.IMAGE;
        }
        if (at(AT_FB_SIZE) <= 0 || at(AT_FB_SIZE) > frameBufferBytes) {
            return Refusal.FRAME_BUFFER_SIZE;
        }
        return isOrdered() ? null : Refusal.LAYOUT;
    }

    /** Whether the parts follow each other, from the heap before the protected region up to its end, without overlap. */
    private boolean isOrdered() {
        long heapEnd = end(at(AT_NON_WPR_HEAP_OFFSET), at(AT_NON_WPR_HEAP_SIZE));
        long wprHeapEnd = end(at(AT_HEAP_OFFSET), at(AT_HEAP_SIZE));
        long firmwareEnd = end(at(AT_FIRMWARE_OFFSET), at(AT_RADIX3_SIZE));
        long bootloaderEnd = end(at(AT_BOOTLOADER_OFFSET), at(AT_BOOTLOADER_SIZE));
        long frtsEnd = end(frtsOffset(), at(AT_FRTS_SIZE));
        return heapEnd > 0
                && heapEnd <= wprStart()
                && wprStart() < at(AT_HEAP_OFFSET)
                && wprHeapEnd > 0
                && wprHeapEnd <= at(AT_FIRMWARE_OFFSET)
                && firmwareEnd > 0
                && firmwareEnd <= at(AT_BOOTLOADER_OFFSET)
                && bootloaderEnd > 0
                && bootloaderEnd <= frtsOffset()
                && frtsEnd > 0
                && frtsEnd <= wprEnd()
                && wprEnd() <= at(AT_FB_SIZE)
                && ((wprStart() | wprEnd()) & PAGE_MASK) == 0;
    }

    /** The end of a range, or -1 if it is empty, negative or wraps. */
    private static long end(long start, long size) {
        return start < 0 || size <= 0 || start + size < 0 ? -1 : start + size;
    }

    GspBoot boot(long libosArgsAddress, long ownAddress) {
        return new GspBoot(
                libosArgsAddress,
                ownAddress,
                at(AT_RADIX3_ADDRESS),
                at(AT_RADIX3_SIZE),
                at(AT_NON_WPR_HEAP_OFFSET),
                wprStart(),
                wprEnd(),
                frtsOffset(),
                at(AT_VGA_WORKSPACE_OFFSET),
                at(AT_BOOT_COUNT),
                bytes.get(ValueLayout.JAVA_BYTE, AT_PARTITION_COUNT) & 0xff);
    }

    /** What booter refuses, with the code it leaves in mailbox 0. The codes are this model's own. */
    enum Refusal {
        UNREADABLE(0x40, "The memory that the mailboxes of SEC2 point to cannot be read."),
        MAGIC(0x41, "The mailboxes of SEC2 point to memory that is no WPR metadata."),
        REVISION(0x42, "The WPR metadata has a revision other than 1."),
        IMAGE(
                0x43,
                "The WPR metadata names a firmware image, bootloader or signature that is empty, too large or not on a page."),
        FRAME_BUFFER_SIZE(0x44, "The WPR metadata is for a frame buffer larger than the function's."),
        LAYOUT(0x45, "The ranges in the WPR metadata overlap, are out of order or leave the frame buffer."),
        NO_FRTS(
                0x46,
                "The write-protected region was not set up by FWSEC-FRTS at the place that the WPR metadata says."),
        SUSPEND_RESUME(0x47, "Suspending and resuming the GSP is not modelled."),
        RUNNING(0x48, "The GSP runs already; reset it first.");

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
