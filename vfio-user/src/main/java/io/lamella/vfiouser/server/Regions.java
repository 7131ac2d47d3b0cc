// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.server;

import static io.lamella.vfiouser.wire.Wire.HEADER_BYTES;
import static io.lamella.vfiouser.wire.Wire.REGION_ACCESS_BYTES;
import static io.lamella.vfiouser.wire.Wire.REGION_CONFIG;
import static io.lamella.vfiouser.wire.Wire.REGION_COUNT;
import static io.lamella.vfiouser.wire.Wire.REGION_INFO_BYTES;

import io.lamella.linux.Errno;
import io.lamella.pci.BarWindow;
import io.lamella.pci.PciFunction;
import io.lamella.vfiouser.wire.Wire;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The regions of a function: what they look like, and accesses to them. The session's thread. */
final class Regions {
    private static final int PAGE_MASK = 4095;

    private final PciFunction function;
    private final Counters counters;
    private final int maxDataBytes;
    private final long[] sizes = new long[REGION_COUNT];
    private final List<List<BarWindow>> windows = new ArrayList<>();
    private final Slices readSlices = new Slices();
    private final Slices writeSlices = new Slices();

    /** Of one buffer: keeps the slice made last, so that large accesses in a row to the same place make none. */
    private static final class Slices {
        private MemorySegment slice = MemorySegment.NULL;
        private long at;
        private long sizeBytes;

        MemorySegment of(MemorySegment buffer, long offset, long length) {
            if (at != offset || sizeBytes != length) {
                at = offset;
                sizeBytes = length;
                slice = buffer.asSlice(offset, length);
            }
            return slice;
        }
    }

    /** @throws IllegalArgumentException if a window of a BAR cannot be offered to clients */
    Regions(PciFunction function, Counters counters, int maxDataBytes) {
        this.function = function;
        this.counters = counters;
        this.maxDataBytes = maxDataBytes;
        for (int index = 0; index < REGION_COUNT; index++) {
            sizes[index] = index < PciFunction.BAR_COUNT
                    ? function.barLayout(index).sizeBytes()
                    : index == REGION_CONFIG ? function.configSizeBytes() : 0;
            List<BarWindow> offered =
                    index < PciFunction.ROM && sizes[index] != 0 ? List.copyOf(function.barWindows(index)) : List.of();
            check(index, sizes[index], offered);
            windows.add(offered);
        }
    }

    private static void check(int bar, long barBytes, List<BarWindow> offered) {
        for (BarWindow window : offered) {
            if (window.offset() < 0
                    || window.sizeBytes() <= 0
                    || window.sizeBytes() > barBytes - window.offset()
                    || ((window.offset() | window.sizeBytes() | window.fileOffset()) & PAGE_MASK) != 0) {
                throw new IllegalArgumentException(
                        "A window of " + window.sizeBytes() + " bytes at " + window.offset() + " of BAR " + bar
                                + " is not made of whole pages inside of that BAR's " + barBytes + " bytes.");
            }
            if (window.fileOffset() - window.offset()
                            != offered.getFirst().fileOffset()
                                    - offered.getFirst().offset()
                    || window.fileOffset() < window.offset()
                    || window.fileDescriptor() != offered.getFirst().fileDescriptor()) {
                throw new IllegalArgumentException("The windows of BAR " + bar
                        + " must be of one file, at offsets that grow as those in the BAR do: clients know one descriptor and one"
                        + " offset for a region.");
            }
        }
    }

    /** The descriptor behind a region, or -1. */
    int descriptor(int index) {
        return windows.get(index).isEmpty() ? -1 : windows.get(index).getFirst().fileDescriptor();
    }

    /**
     * GET_REGION_INFO. Capabilities are in the reply only if the client has room for them.
     *
     * @param at where the reply's structure goes
     * @return its size, or a negative error number
     */
    int info(int index, long argsz, MemorySegment reply, long at) {
        if (index < 0 || index >= REGION_COUNT || argsz < REGION_INFO_BYTES) {
            return -Errno.EINVAL.number();
        }
        List<BarWindow> offered = windows.get(index);
        boolean whole = offered.size() == 1 && offered.getFirst().sizeBytes() == sizes[index];
        int wanted = REGION_INFO_BYTES
                + (offered.isEmpty() || whole
                        ? 0
                        : Wire.SPARSE_BYTES + Math.multiplyExact(offered.size(), Wire.SPARSE_AREA_BYTES));
        boolean caps = wanted > REGION_INFO_BYTES && argsz >= wanted;
        int flags = sizes[index] == 0 ? 0 : Wire.REGION_READABLE;
        if (sizes[index] != 0 && index != PciFunction.ROM) {
            flags |= Wire.REGION_WRITABLE;
        }
        if (!offered.isEmpty()) {
            flags |= Wire.REGION_MAPPABLE;
        }
        reply.set(Wire.U32, at + Wire.ARGSZ, wanted);
        reply.set(Wire.U32, at + Wire.FLAGS, caps ? flags | Wire.REGION_CAPS : flags);
        reply.set(Wire.U32, at + Wire.REGION_INFO_INDEX, index);
        reply.set(Wire.U32, at + Wire.REGION_INFO_CAP_OFFSET, caps ? REGION_INFO_BYTES : 0);
        reply.set(Wire.U64, at + Wire.REGION_INFO_SIZE, sizes[index]);
        reply.set(
                Wire.U64,
                at + Wire.REGION_INFO_OFFSET,
                offered.isEmpty()
                        ? 0
                        : offered.getFirst().fileOffset() - offered.getFirst().offset());
        if (!caps) {
            return REGION_INFO_BYTES;
        }
        long cap = at + REGION_INFO_BYTES;
        reply.set(Wire.U16, cap + Wire.CAP_ID, (short) Wire.CAP_SPARSE_MMAP);
        reply.set(Wire.U16, cap + Wire.CAP_VERSION, (short) 1);
        reply.set(Wire.U32, cap + Wire.CAP_NEXT, 0);
        reply.set(Wire.U32, cap + Wire.SPARSE_COUNT, offered.size());
        reply.set(Wire.U32, cap + Wire.SPARSE_COUNT + 4, 0);
        long area = cap + Wire.SPARSE_BYTES;
        for (BarWindow window : offered) {
            reply.set(Wire.U64, area, window.offset());
            reply.set(Wire.U64, area + 8, window.sizeBytes());
            area += Wire.SPARSE_AREA_BYTES;
        }
        return wanted;
    }

    /** Whether the reply of this size to a query of this region carries its descriptor. */
    boolean carriesDescriptor(int index, int replyBytes) {
        List<BarWindow> offered = windows.get(index);
        return !offered.isEmpty()
                && (replyBytes > REGION_INFO_BYTES || offered.getFirst().sizeBytes() == sizes[index]);
    }

    private boolean isInside(int index, long offset, long count) {
        return index >= 0
                && index < REGION_COUNT
                && count > 0
                && count <= maxDataBytes
                && offset >= 0
                && offset <= sizes[index]
                && count <= sizes[index] - offset;
    }

    /** How many bytes a REGION_READ may bring into its reply, or a negative error number. */
    int readSize(MemorySegment payload, long at) {
        long count = Integer.toUnsignedLong(payload.get(Wire.U32, at + Wire.REGION_ACCESS_COUNT));
        return isInside(payload.get(Wire.U32, at + Wire.REGION_ACCESS_INDEX), payload.get(Wire.U64, at), count)
                ? (int) count
                : -Errno.EINVAL.number();
    }

    /** REGION_READ, once {@link #readSize} has allowed it, straight into the reply. */
    int read(MemorySegment payload, long at, int count, MemorySegment reply, long to) {
        long offset = payload.get(Wire.U64, at);
        int index = payload.get(Wire.U32, at + Wire.REGION_ACCESS_INDEX);
        reply.set(Wire.U64, to, offset);
        reply.set(Wire.U32, to + Wire.REGION_ACCESS_INDEX, index);
        reply.set(Wire.U32, to + Wire.REGION_ACCESS_COUNT, count);
        long data = to + REGION_ACCESS_BYTES;
        if (count == 4 || count == 8 || count == 2 || count == 1) {
            long value = index == REGION_CONFIG
                    ? function.readConfig((int) offset, count)
                    : function.readBar(index, offset, count);
            Wire.putValue(reply, data, count, value);
        } else if (index == REGION_CONFIG) {
            for (int done = 0; done < count; ) {
                int piece = piece(offset + done, count - done);
                Wire.putValue(reply, data + done, piece, function.readConfig((int) offset + done, piece));
                done += piece;
            }
        } else {
            function.readBar(index, offset, readSlices.of(reply, data, count));
        }
        counters.add(Counters.REGION_READS, 1);
        return REGION_ACCESS_BYTES + count;
    }

    private static int piece(long offset, int left) {
        return Math.min(
                (int) Math.min(4, offset == 0 ? 4 : Long.lowestOneBit(offset)),
                Integer.highestOneBit(Math.min(left, 4)));
    }

    /** REGION_WRITE. @return 0 or a negative error number */
    int write(MemorySegment payload, long at, int sizeBytes) {
        long offset = payload.get(Wire.U64, at);
        int index = payload.get(Wire.U32, at + Wire.REGION_ACCESS_INDEX);
        long count = Integer.toUnsignedLong(payload.get(Wire.U32, at + Wire.REGION_ACCESS_COUNT));
        if (!isInside(index, offset, count) || sizeBytes != REGION_ACCESS_BYTES + count) {
            return -Errno.EINVAL.number();
        }
        writeData(index, offset, (int) count, payload, at + REGION_ACCESS_BYTES);
        return 0;
    }

    private void writeData(int index, long offset, int count, MemorySegment payload, long data) {
        counters.add(Counters.REGION_WRITES, 1);
        if (count == 4 || count == 8 || count == 2 || count == 1) {
            long value = Wire.value(payload, data, count);
            if (index == REGION_CONFIG) {
                function.writeConfig((int) offset, count, value);
            } else {
                function.writeBar(index, offset, count, value);
            }
        } else if (index == REGION_CONFIG) {
            for (int done = 0; done < count; ) {
                int piece = piece(offset + done, count - done);
                function.writeConfig((int) offset + done, piece, Wire.value(payload, data + done, piece));
                done += piece;
            }
        } else {
            function.writeBar(index, offset, writeSlices.of(payload, data, count));
        }
    }

    /** REGION_WRITE_MULTI: all of it is checked before any of it is done. @return 0 or a negative error number */
    int writeMultiple(MemorySegment payload, long at, int sizeBytes) {
        long writes = payload.get(Wire.U64, at);
        if (writes < 0
                || writes > maxDataBytes / Wire.WRITE_MULTI_ENTRY_BYTES
                || sizeBytes != Wire.WRITE_MULTI_BYTES + writes * Wire.WRITE_MULTI_ENTRY_BYTES) {
            return -Errno.EINVAL.number();
        }
        for (int i = 0; i < writes; i++) {
            long entry = at + Wire.WRITE_MULTI_BYTES + (long) i * Wire.WRITE_MULTI_ENTRY_BYTES;
            long count = Integer.toUnsignedLong(payload.get(Wire.U32, entry + Wire.REGION_ACCESS_COUNT));
            if (count > 8
                    || !isInside(
                            payload.get(Wire.U32, entry + Wire.REGION_ACCESS_INDEX),
                            payload.get(Wire.U64, entry),
                            count)) {
                return -Errno.EINVAL.number();
            }
        }
        for (int i = 0; i < writes; i++) {
            long entry = at + Wire.WRITE_MULTI_BYTES + (long) i * Wire.WRITE_MULTI_ENTRY_BYTES;
            writeData(
                    payload.get(Wire.U32, entry + Wire.REGION_ACCESS_INDEX),
                    payload.get(Wire.U64, entry),
                    payload.get(Wire.U32, entry + Wire.REGION_ACCESS_COUNT),
                    payload,
                    entry + REGION_ACCESS_BYTES);
        }
        return 0;
    }

    /** The longest reply there can be. */
    int maxReplyBytes() {
        int most = REGION_ACCESS_BYTES + maxDataBytes;
        for (List<BarWindow> offered : windows) {
            most = Math.max(most, REGION_INFO_BYTES + Wire.SPARSE_BYTES + offered.size() * Wire.SPARSE_AREA_BYTES);
        }
        return HEADER_BYTES + most;
    }
}
