// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where everything is in a message. Offsets of the header are from its start; those of a command's structure are from the start of
 * its payload, which follows the header. All values are little-endian, packed and unaligned.
 */
public final class Wire {
    public static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public static final int HEADER_BYTES = 16;
    public static final int HEADER_ID = 0;
    public static final int HEADER_COMMAND = 2;
    public static final int HEADER_SIZE = 4;
    public static final int HEADER_FLAGS = 8;
    public static final int HEADER_ERROR = 12;

    public static final int TYPE_MASK = 0xf;
    public static final int TYPE_COMMAND = 0;
    public static final int TYPE_REPLY = 1;
    public static final int FLAG_NO_REPLY = 1 << 4;
    public static final int FLAG_ERROR = 1 << 5;

    /** VERSION: major u16, minor u16, text. */
    public static final int VERSION_BYTES = 4;

    public static final int VERSION_MINOR = 2;

    /** Every structure that has an argsz begins with it, and flags follow. */
    public static final int ARGSZ = 0;

    public static final int FLAGS = 4;

    public static final int DMA_MAP_BYTES = 32;
    public static final int DMA_MAP_OFFSET = 8;
    public static final int DMA_MAP_ADDRESS = 16;
    public static final int DMA_MAP_SIZE = 24;
    public static final int DMA_READABLE = 1;
    public static final int DMA_WRITABLE = 1 << 1;
    // libvfio-user's additions; they ask for nothing that is not done anyway.
    public static final int DMA_KNOWN_FLAGS = 0xf;

    public static final int DMA_UNMAP_BYTES = 24;
    public static final int DMA_UNMAP_ADDRESS = 8;
    public static final int DMA_UNMAP_SIZE = 16;
    public static final int DMA_UNMAP_DIRTY_BITMAP = 1;
    public static final int DMA_UNMAP_ALL = 1 << 1;

    public static final int DEVICE_INFO_BYTES = 16;
    public static final int DEVICE_INFO_REGIONS = 8;
    public static final int DEVICE_INFO_IRQS = 12;
    public static final int DEVICE_RESETTABLE = 1;
    public static final int DEVICE_PCI = 1 << 1;

    public static final int REGION_INFO_BYTES = 32;
    public static final int REGION_INFO_INDEX = 8;
    public static final int REGION_INFO_CAP_OFFSET = 12;
    public static final int REGION_INFO_SIZE = 16;
    public static final int REGION_INFO_OFFSET = 24;
    public static final int REGION_READABLE = 1;
    public static final int REGION_WRITABLE = 1 << 1;
    public static final int REGION_MAPPABLE = 1 << 2;
    public static final int REGION_CAPS = 1 << 3;

    /** The capability of a region that can be mapped in parts: header, then the areas. */
    public static final int CAP_SPARSE_MMAP = 1;

    public static final int CAP_ID = 0;
    public static final int CAP_VERSION = 2;
    public static final int CAP_NEXT = 4;
    public static final int SPARSE_COUNT = 8;
    public static final int SPARSE_BYTES = 16;
    public static final int SPARSE_AREA_BYTES = 16;

    public static final int IO_FDS_BYTES = 16;
    public static final int IO_FDS_INDEX = 8;

    public static final int IRQ_INFO_BYTES = 16;
    public static final int IRQ_INFO_INDEX = 8;
    public static final int IRQ_INFO_COUNT = 12;
    public static final int IRQ_EVENTFD = 1;
    public static final int IRQ_MASKABLE = 1 << 1;
    public static final int IRQ_AUTOMASKED = 1 << 2;

    public static final int SET_IRQS_BYTES = 20;
    public static final int SET_IRQS_INDEX = 8;
    public static final int SET_IRQS_START = 12;
    public static final int SET_IRQS_COUNT = 16;
    public static final int SET_IRQS_NONE = 1;
    public static final int SET_IRQS_BOOL = 1 << 1;
    public static final int SET_IRQS_EVENTFD = 1 << 2;
    public static final int SET_IRQS_MASK = 1 << 3;
    public static final int SET_IRQS_UNMASK = 1 << 4;
    public static final int SET_IRQS_TRIGGER = 1 << 5;

    /** REGION_READ and REGION_WRITE: offset u64, region u32, count u32, then data. */
    public static final int REGION_ACCESS_BYTES = 16;

    public static final int REGION_ACCESS_INDEX = 8;
    public static final int REGION_ACCESS_COUNT = 12;

    public static final int WRITE_MULTI_BYTES = 8;
    public static final int WRITE_MULTI_ENTRY_BYTES = 24;

    /** DMA_READ and DMA_WRITE: address u64, count u64, then data. QEMU up to 10.2 has a count of 32 bits. */
    public static final int DMA_ACCESS_BYTES = 16;

    public static final int DMA_ACCESS_SHORT_BYTES = 12;
    public static final int DMA_ACCESS_COUNT = 8;

    public static final int FEATURE_BYTES = 8;
    public static final int FEATURE_GET = 1 << 16;
    public static final int FEATURE_SET = 1 << 17;
    public static final int FEATURE_PROBE = 1 << 18;

    public static final int MIG_DATA_BYTES = 8;

    /** Regions: the BARs and the ROM have their own numbers. */
    public static final int REGION_CONFIG = 7;

    public static final int REGION_VGA = 8;
    public static final int REGION_COUNT = 9;

    public static final int IRQ_INTX = 0;
    public static final int IRQ_MSI = 1;
    public static final int IRQ_MSIX = 2;
    public static final int IRQ_ERROR = 3;
    public static final int IRQ_REQUEST = 4;
    public static final int IRQ_COUNT = 5;

    private Wire() {}

    /** Writes a header. */
    public static void header(MemorySegment to, long at, int id, int command, int sizeBytes, int flags, int error) {
        to.set(U16, at + HEADER_ID, (short) id);
        to.set(U16, at + HEADER_COMMAND, (short) command);
        to.set(U32, at + HEADER_SIZE, sizeBytes);
        to.set(U32, at + HEADER_FLAGS, flags);
        to.set(U32, at + HEADER_ERROR, error);
    }

    /** The lowest {@code sizeBytes} bytes of a value, 1 to 8 of them. */
    public static void putValue(MemorySegment to, long at, int sizeBytes, long value) {
        switch (sizeBytes) {
            case 1 -> to.set(U8, at, (byte) value);
            case 2 -> to.set(U16, at, (short) value);
            case 4 -> to.set(U32, at, (int) value);
            case 8 -> to.set(U64, at, value);
            default -> {
                for (int i = 0; i < sizeBytes; i++) {
                    to.set(U8, at + i, (byte) (value >>> (8 * i)));
                }
            }
        }
    }

    /** A value of 1 to 8 bytes, zero-extended. */
    public static long value(MemorySegment from, long at, int sizeBytes) {
        return switch (sizeBytes) {
            case 1 -> Byte.toUnsignedLong(from.get(U8, at));
            case 2 -> Short.toUnsignedLong(from.get(U16, at));
            case 4 -> Integer.toUnsignedLong(from.get(U32, at));
            case 8 -> from.get(U64, at);
            default -> {
                long value = 0;
                for (int i = sizeBytes - 1; i >= 0; i--) {
                    value = (value << 8) | Byte.toUnsignedLong(from.get(U8, at + i));
                }
                yield value;
            }
        };
    }
}
