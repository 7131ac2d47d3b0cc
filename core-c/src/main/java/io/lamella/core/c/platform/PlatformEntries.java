// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.platform;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.pci.BarLayout;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.PciFunction;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The functions of a lent platform, as C calls them. Named after the header's; the arguments are whatever the core in C gives. */
final class PlatformEntries {
    private static final int WIDE = 1;
    private static final int PREFETCHABLE = 2;
    private static final long LONGEST_SLEEP_NANOS = 10_000_000_000L;

    int configSize(MemorySegment context, MemorySegment size) {
        Pointers.need(size);
        Pointers.putInt(size, LentPlatform.of(context).access(PciFunction::configSizeBytes));
        return 0;
    }

    int configRead(MemorySegment context, int offset, int width, MemorySegment value) {
        Pointers.need(value);
        checkWidth(width);
        LentPlatform platform = LentPlatform.of(context);
        Pointers.putLong(value, offset < 0 ? ones(width) : platform.read(true, 0, offset, width));
        return 0;
    }

    int configWrite(MemorySegment context, int offset, int width, long value) {
        checkWidth(width);
        LentPlatform platform = LentPlatform.of(context);
        if (offset >= 0) {
            platform.write(true, 0, offset, width, value & ones(width));
        }
        return 0;
    }

    int barDescribe(MemorySegment context, int bar, MemorySegment out) {
        MemorySegment struct = Structs.BAR.behind(out);
        BarLayout layout = LentPlatform.of(context).access(function -> function.barLayout(bar));
        Structs.BAR.setU64(struct, "size", layout.sizeBytes());
        Structs.BAR.setU32(struct, "flags", (layout.wide() ? WIDE : 0) | (layout.prefetchable() ? PREFETCHABLE : 0));
        Structs.BAR.setU32(struct, "reserved", 0);
        return 0;
    }

    int barRead(MemorySegment context, int bar, long offset, int width, MemorySegment value) {
        Pointers.need(value);
        checkWidth(width);
        LentPlatform platform = LentPlatform.of(context);
        Pointers.putLong(value, isInside(bar, offset) ? platform.read(false, bar, offset, width) : ones(width));
        return 0;
    }

    int barWrite(MemorySegment context, int bar, long offset, int width, long value) {
        checkWidth(width);
        LentPlatform platform = LentPlatform.of(context);
        if (isInside(bar, offset)) {
            platform.write(false, bar, offset, width, value & ones(width));
        }
        return 0;
    }

    int barReadBlock(MemorySegment context, int bar, long offset, MemorySegment to, long sizeBytes) {
        MemorySegment block = Pointers.array(to, 1, sizeBytes, Limits.MAX_BLOCK_BYTES, "the bytes");
        LentPlatform platform = LentPlatform.of(context);
        if (!isInside(bar, offset)) {
            block.fill((byte) 0xff);
        } else if (sizeBytes > 0) {
            platform.access(function -> {
                function.readBar(bar, offset, block);
                return true;
            });
        }
        return 0;
    }

    int barWriteBlock(MemorySegment context, int bar, long offset, MemorySegment from, long sizeBytes) {
        MemorySegment block = Pointers.array(from, 1, sizeBytes, Limits.MAX_BLOCK_BYTES, "the bytes");
        LentPlatform platform = LentPlatform.of(context);
        if (isInside(bar, offset) && sizeBytes > 0) {
            platform.access(function -> {
                function.writeBar(bar, offset, block);
                return true;
            });
        }
        return 0;
    }

    int dmaAllocate(MemorySegment context, long sizeBytes, long alignmentBytes, MemorySegment out) {
        LentPlatform.of(context).allocate(sizeBytes, alignmentBytes, Structs.DMA.behind(out));
        return 0;
    }

    int dmaFree(MemorySegment context, long id) {
        LentPlatform.of(context).free(id);
        return 0;
    }

    int interruptCount(MemorySegment context, int kind, MemorySegment count) {
        Pointers.need(count);
        InterruptKind which = Neutral.value(Neutral.INTERRUPTS, kind, "kind of interrupts");
        Pointers.putInt(count, LentPlatform.of(context).access(function -> function.interruptCount(which)));
        return 0;
    }

    int interruptListen(MemorySegment context, MemorySegment listener, MemorySegment listenerContext) {
        LentPlatform.of(context).listen(listener, listenerContext);
        return 0;
    }

    int reset(MemorySegment context, MemorySegment done) {
        boolean can = LentPlatform.of(context).access(function -> {
            if (function.isResettable()) {
                function.reset();
                return true;
            }
            return false;
        });
        if (!Pointers.isNull(done)) {
            Pointers.putInt(done, can ? 1 : 0);
        }
        return 0;
    }

    int firmwareRead(MemorySegment context, MemorySegment name, MemorySegment to, long capacity, MemorySegment size)
            throws IOException {
        Pointers.need(size);
        LentPlatform platform = LentPlatform.of(context);
        String file = Text.read(name, Limits.NAME_BYTES, "a firmware file's name");
        byte[] bytes;
        try {
            bytes = platform.file(file, capacity != 0);
        } catch (IOException unreadable) {
            throw new CoreException(CoreError.DEVICE_FAULT, "The file " + file + " cannot be read.", unreadable);
        }
        long room = capacity < 0 ? bytes.length : Math.min(capacity, bytes.length);
        if (room > 0) {
            MemorySegment.copy(
                    bytes, 0, Pointers.behind(to, room, "the file's bytes"), ValueLayout.JAVA_BYTE, 0, (int) room);
        }
        Pointers.putLong(size, bytes.length);
        return 0;
    }

    void log(MemorySegment context, int level, MemorySegment text) {
        LentPlatform.of(context).log(level, Text.lenient(text, Limits.REASON_BYTES));
    }

    long clockNanos(MemorySegment context) {
        return LentPlatform.of(context).clock().nanoTime();
    }

    void sleepNanos(MemorySegment context, long nanos) {
        LentPlatform.of(context)
                .clock()
                .sleepNanos(nanos < 0 ? LONGEST_SLEEP_NANOS : Math.min(nanos, LONGEST_SLEEP_NANOS));
    }

    private static boolean isInside(int bar, long offset) {
        return bar >= 0 && bar < PciFunction.BAR_COUNT && offset >= 0;
    }

    private static void checkWidth(int width) {
        if (width != 1 && width != 2 && width != 4 && width != 8) {
            throw new CoreException(CoreError.INVALID, "An access of " + width + " bytes: it must be 1, 2, 4 or 8.");
        }
    }

    /** What reads where nothing is. */
    private static long ones(int width) {
        return width == 8 ? -1L : (1L << (width * 8)) - 1;
    }
}
