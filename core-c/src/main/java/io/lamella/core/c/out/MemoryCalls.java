// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.BarMapping;
import io.lamella.core.ChannelRange;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.Handles.OpenResource;
import io.lamella.core.c.out.Handles.OpenSession;
import java.lang.foreign.MemorySegment;

/** The table's functions about frame buffer, channel ids and BAR1. Named after the header's, which says what they do. */
final class MemoryCalls {
    private static final int BOTTOM_UP = 0;
    private static final int TOP_DOWN = 1;
    private static final int AT = 2;

    private final Handles handles;

    MemoryCalls(Handles handles) {
        this.handles = handles;
    }

    int fbAllocate(long handle, MemorySegment request, MemorySegment out, MemorySegment where, MemorySegment error) {
        Pointers.need(out);
        MemorySegment range = Structs.RANGE.behind(where);
        OpenSession open = handles.session(handle);
        FbRange fb = open.session.allocateFb(request(Structs.FB_REQUEST.behind(request)));
        putRange(range, fb.offset(), fb.sizeBytes());
        Pointers.putLong(out, handles.add(open, new OpenResource(open, fb)));
        return 0;
    }

    private static FbRequest request(MemorySegment struct) {
        FbRequest.Alignment alignment =
                Neutral.value(Neutral.ALIGNMENTS, Structs.FB_REQUEST.u32(struct, "alignment"), "alignment");
        FbRequest.Position position = switch (Structs.FB_REQUEST.u32(struct, "position")) {
            case BOTTOM_UP -> FbRequest.Position.BOTTOM_UP;
            case TOP_DOWN -> FbRequest.Position.TOP_DOWN;
            case AT -> new FbRequest.Position.At(Structs.FB_REQUEST.u64(struct, "offset"));
            default -> throw new CoreException(CoreError.INVALID, "There is no such position.");
        };
        String label = Text.read(Structs.FB_REQUEST.pointer(struct, "label"), Limits.LABEL_BYTES, "the label");
        return new FbRequest(label, Structs.FB_REQUEST.u64(struct, "size"), alignment, position);
    }

    private static void putRange(MemorySegment struct, long offset, long sizeBytes) {
        Structs.RANGE.setU64(struct, "offset", offset);
        Structs.RANGE.setU64(struct, "size", sizeBytes);
    }

    int fbIsFree(long handle, long offset, long sizeBytes, MemorySegment isFree, MemorySegment error) {
        Pointers.need(isFree);
        Pointers.putInt(isFree, handles.session(handle).session.isFbFree(offset, sizeBytes) ? 1 : 0);
        return 0;
    }

    int fbUsage(long handle, MemorySegment out, MemorySegment error) {
        MemorySegment struct = Structs.FB_USAGE.behind(out);
        FbUsage usage = handles.session(handle).session.fbUsage();
        Structs.FB_USAGE.setU64(struct, "usable", usage.usableBytes());
        Structs.FB_USAGE.setU64(struct, "free", usage.freeBytes());
        Structs.FB_USAGE.setU64(struct, "largest_free", usage.largestFreeBytes());
        Structs.FB_USAGE.setU64(struct, "quarantined", usage.quarantinedBytes());
        return 0;
    }

    int fbScrub(long handle, long range, MemorySegment error) {
        handles.session(handle).session.scrub(fb(range));
        return 0;
    }

    private FbRange fb(long handle) {
        return handles.resource(handle, FbRange.class, "range of frame buffer");
    }

    int channelIdsAllocate(
            long handle, MemorySegment label, int count, MemorySegment out, MemorySegment first, MemorySegment error) {
        Pointers.need(out, first);
        OpenSession open = handles.session(handle);
        ChannelRange ids = open.session.allocateChannels(Text.read(label, Limits.LABEL_BYTES, "the label"), count);
        Pointers.putInt(first, ids.first());
        Pointers.putLong(out, handles.add(open, new OpenResource(open, ids)));
        return 0;
    }

    int channelIdsFree(long handle, MemorySegment freeIds, MemorySegment error) {
        Pointers.need(freeIds);
        Pointers.putInt(freeIds, handles.session(handle).session.freeChannels());
        return 0;
    }

    int bar1Map(
            long handle,
            long range,
            long offset,
            long sizeBytes,
            MemorySegment out,
            MemorySegment where,
            MemorySegment error) {
        Pointers.need(out);
        MemorySegment place = Structs.RANGE.behind(where);
        OpenSession open = handles.session(handle);
        BarMapping mapping = open.session.map(fb(range), offset, sizeBytes);
        putRange(place, mapping.barOffset(), mapping.sizeBytes());
        Pointers.putLong(out, handles.add(open, new OpenResource(open, mapping)));
        return 0;
    }

    private BarMapping mapping(long handle) {
        return handles.resource(handle, BarMapping.class, "BAR1 mapping");
    }

    int bar1Read(long handle, long offset, int width, MemorySegment value, MemorySegment error) {
        Pointers.need(value);
        BarMapping mapping = mapping(handle);
        Pointers.putLong(
                value,
                switch (width) {
                    case 4 -> Integer.toUnsignedLong(mapping.readInt(offset));
                    case 8 -> mapping.readLong(offset);
                    default -> throw badWidth(width);
                });
        return 0;
    }

    int bar1Write(long handle, long offset, int width, long value, MemorySegment error) {
        BarMapping mapping = mapping(handle);
        switch (width) {
            case 4 -> mapping.writeInt(offset, (int) value);
            case 8 -> mapping.writeLong(offset, value);
            default -> throw badWidth(width);
        }
        return 0;
    }

    private static CoreException badWidth(int width) {
        return new CoreException(CoreError.INVALID, "An access of " + width + " bytes: it must be 4 or 8.");
    }

    int bar1ReadBlock(long handle, long offset, MemorySegment to, long sizeBytes, MemorySegment error) {
        mapping(handle).read(offset, block(to, sizeBytes));
        return 0;
    }

    int bar1WriteBlock(long handle, long offset, MemorySegment from, long sizeBytes, MemorySegment error) {
        mapping(handle).write(offset, block(from, sizeBytes));
        return 0;
    }

    private static MemorySegment block(MemorySegment pointer, long sizeBytes) {
        return Pointers.array(pointer, 1, sizeBytes, Limits.MAX_BLOCK_BYTES, "the bytes");
    }

    int bar1Fill(long handle, long offset, long sizeBytes, int value, MemorySegment error) {
        if (sizeBytes < 0 || sizeBytes > Limits.MAX_BLOCK_BYTES) {
            throw new CoreException(
                    CoreError.INVALID, "At most " + Limits.MAX_BLOCK_BYTES + " bytes are filled at once.");
        }
        mapping(handle).fill(offset, sizeBytes, (byte) value);
        return 0;
    }
}
