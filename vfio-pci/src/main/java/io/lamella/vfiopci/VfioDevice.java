// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.lamella.linux.DeviceFile;
import io.lamella.linux.EventFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The requests of a device's file. Not final, so that tests can answer for a kernel. */
class VfioDevice {
    private static final int MOST_INFO_BYTES = 1 << 16;
    private static final int MOST_VECTORS = 2048;

    /**
     * A part of a region that can be mapped.
     *
     * @param offset from the start of the region
     */
    record Area(long offset, long sizeBytes) {}

    /**
     * A region.
     *
     * @param offset where it begins in the device's file
     * @param areas what of it can be mapped
     */
    record Region(long sizeBytes, long offset, boolean readable, boolean writable, List<Area> areas) {
        static final Region ABSENT = new Region(0, 0, false, false, List.of());
    }

    private final HostDevice host;
    private final DeviceFile file;
    private final boolean resettable;

    VfioDevice(HostDevice host, DeviceFile file) {
        this.host = host;
        this.file = file;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = Structures.sized(arena, Uapi.DEVICE_INFO_SIZEOF);
            Refusals.check(file.call(Uapi.VFIO_DEVICE_GET_INFO, info), host, "the kernel does not describe it");
            int flags = info.get(JAVA_INT, 4);
            if ((flags & Uapi.VFIO_DEVICE_FLAGS_PCI) == 0) {
                throw new DeviceRefusedException(host.describe() + " is no PCI device to the kernel.");
            }
            resettable = (flags & Uapi.VFIO_DEVICE_FLAGS_RESET) != 0;
        }
    }

    /** For a file that answers no requests. */
    VfioDevice(HostDevice host, DeviceFile file, boolean resettable) {
        this.host = host;
        this.file = file;
        this.resettable = resettable;
    }

    DeviceFile file() {
        return file;
    }

    boolean isResettable() {
        return resettable;
    }

    Region region(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = Structures.sized(arena, Uapi.REGION_INFO_SIZEOF);
            info.set(JAVA_INT, 8, index);
            if (file.call(Uapi.VFIO_DEVICE_GET_REGION_INFO, info) < 0) {
                return Region.ABSENT;
            }
            int needed = Math.clamp(info.get(JAVA_INT, 0), Uapi.REGION_INFO_SIZEOF, MOST_INFO_BYTES);
            if (needed > Uapi.REGION_INFO_SIZEOF) {
                info = Structures.sized(arena, needed);
                info.set(JAVA_INT, 8, index);
                Refusals.check(
                        file.call(Uapi.VFIO_DEVICE_GET_REGION_INFO, info), host, "the kernel does not describe a BAR");
            }
            int flags = info.get(JAVA_INT, 4);
            long size = info.get(JAVA_LONG, 16);
            return new Region(
                    size,
                    info.get(JAVA_LONG, 24),
                    (flags & Uapi.VFIO_REGION_INFO_FLAG_READ) != 0,
                    (flags & Uapi.VFIO_REGION_INFO_FLAG_WRITE) != 0,
                    (flags & Uapi.VFIO_REGION_INFO_FLAG_MMAP) == 0 ? List.of() : areas(info, flags, size));
        }
    }

    private static List<Area> areas(MemorySegment info, int flags, long size) {
        if ((flags & Uapi.VFIO_REGION_INFO_FLAG_CAPS) == 0) {
            return List.of(new Area(0, size));
        }
        return Structures.capability(info, info.get(JAVA_INT, 12), Uapi.VFIO_REGION_INFO_CAP_SPARSE_MMAP)
                .map(VfioDevice::sparse)
                .orElse(List.of(new Area(0, size)));
    }

    private static List<Area> sparse(MemorySegment capability) {
        List<Area> areas = new ArrayList<>();
        int count = capability.get(JAVA_INT, 8);
        for (long at = 16; count > 0 && at + 16 <= capability.byteSize(); at += 16, count--) {
            long size = capability.get(JAVA_LONG, at + 8);
            if (size > 0) {
                areas.add(new Area(capability.get(JAVA_LONG, at), size));
            }
        }
        return List.copyOf(areas);
    }

    /** How many interrupts of this index the device has. */
    int interruptCount(int index) {
        return interruptInfo(index, 12);
    }

    /** Whether an interrupt of this index masks itself when it fires. */
    boolean masksItself(int index) {
        return (interruptInfo(index, 4) & Uapi.VFIO_IRQ_INFO_AUTOMASKED) != 0;
    }

    private int interruptInfo(int index, int field) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = Structures.sized(arena, Uapi.IRQ_INFO_SIZEOF);
            info.set(JAVA_INT, 8, index);
            int value = file.call(Uapi.VFIO_DEVICE_GET_IRQ_INFO, info) < 0 ? 0 : info.get(JAVA_INT, field);
            return field == 12 ? Math.clamp(value, 0, MOST_VECTORS) : value;
        }
    }

    /** Has interrupts of an index raise these. @return 0, how many there could be if not so many, or a negative error number */
    int setInterrupts(int index, List<EventFd> events) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = interruptSet(
                    arena,
                    Uapi.IRQ_SET_SIZEOF + 4 * events.size(),
                    Uapi.VFIO_IRQ_SET_DATA_EVENTFD | Uapi.VFIO_IRQ_SET_ACTION_TRIGGER,
                    index,
                    events.size());
            for (int i = 0; i < events.size(); i++) {
                set.set(
                        JAVA_INT,
                        Uapi.IRQ_SET_SIZEOF + 4L * i,
                        events.get(i).fd().number());
            }
            return file.call(Uapi.VFIO_DEVICE_SET_IRQS, set);
        }
    }

    /** Switches all interrupts of an index off. */
    int disableInterrupts(int index) {
        return plainSet(index, Uapi.VFIO_IRQ_SET_ACTION_TRIGGER, 0);
    }

    /** Lets an interrupt that masked itself come again. */
    int unmaskInterrupt(int index) {
        return plainSet(index, Uapi.VFIO_IRQ_SET_ACTION_UNMASK, 1);
    }

    private int plainSet(int index, int action, int count) {
        try (Arena arena = Arena.ofConfined()) {
            return file.call(
                    Uapi.VFIO_DEVICE_SET_IRQS,
                    interruptSet(arena, Uapi.IRQ_SET_SIZEOF, Uapi.VFIO_IRQ_SET_DATA_NONE | action, index, count));
        }
    }

    private static MemorySegment interruptSet(Arena arena, int bytes, int flags, int index, int count) {
        MemorySegment set = Structures.sized(arena, bytes);
        set.set(JAVA_INT, 4, flags);
        set.set(JAVA_INT, 8, index);
        set.set(JAVA_INT, 16, count);
        return set;
    }

    /** Function-level reset, or the next best that the kernel knows for the device. */
    void reset() {
        Refusals.check(file.call(Uapi.VFIO_DEVICE_RESET, 0), host, "it cannot be reset");
    }
}
