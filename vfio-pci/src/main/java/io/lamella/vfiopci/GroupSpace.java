// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.lamella.linux.DeviceFile;
import io.lamella.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A container with the device's IOMMU group in it. */
final class GroupSpace implements IommuSpace {
    private static final int MOST_INFO_BYTES = 1 << 16;
    private static final int CAPABILITY_BYTES = 8;

    private final DeviceFile container;
    private final DeviceFile group;
    private final DeviceFile device;
    private final List<Range> ranges;

    private GroupSpace(DeviceFile container, DeviceFile group, DeviceFile device, List<Range> ranges) {
        this.container = container;
        this.group = group;
        this.device = device;
        this.ranges = ranges;
    }

    static GroupSpace open(HostDevice host) {
        try (Arena arena = Arena.ofConfined();
                Unwinding opened = new Unwinding()) {
            DeviceFile container = opened.add(Refusals.open(host.containerFile(), host));
            if (container.call(Uapi.VFIO_GET_API_VERSION, 0) != Uapi.VFIO_API_VERSION
                    || container.call(Uapi.VFIO_CHECK_EXTENSION, Uapi.VFIO_TYPE1v2_IOMMU) <= 0) {
                throw new DeviceRefusedException(host.describe() + " cannot be opened through its group: "
                        + host.containerFile()
                        + " knows no IOMMU of type 1 version 2. Load its driver:  modprobe vfio_iommu_type1");
            }
            DeviceFile group = opened.add(Refusals.open(host.groupFile(), host));
            MemorySegment status = Structures.sized(arena, Uapi.GROUP_STATUS_SIZEOF);
            Refusals.check(group.call(Uapi.VFIO_GROUP_GET_STATUS, status), host, "its group does not answer");
            if ((status.get(JAVA_INT, 4) & Uapi.VFIO_GROUP_FLAGS_VIABLE) == 0) {
                throw new DeviceRefusedException(host.describe() + " shares IOMMU group " + host.groupNumber()
                        + " with devices that drivers of the host use: " + String.join(", ", host.groupHolders())
                        + ". They could reach each other's memory, so the kernel gives away all or none: bind them to"
                        + " vfio-pci too (or to no driver), or put the card into a slot with a group of its own.");
            }
            MemorySegment number = arena.allocateFrom(JAVA_INT, container.fd().number());
            Refusals.check(
                    group.call(Uapi.VFIO_GROUP_SET_CONTAINER, number), host, "its group cannot join a container");
            Refusals.check(
                    container.call(Uapi.VFIO_SET_IOMMU, Uapi.VFIO_TYPE1v2_IOMMU),
                    host,
                    "its IOMMU cannot be used (on a host whose IOMMU cannot remap interrupts, vfio_iommu_type1 needs"
                            + " allow_unsafe_interrupts=1)");
            int descriptor = Refusals.check(
                    group.call(Uapi.VFIO_GROUP_GET_DEVICE_FD, arena.allocateFrom(host.address())),
                    host,
                    "the kernel does not hand it out");
            DeviceFile device = opened.add(DeviceFile.own(descriptor, host.address()));
            GroupSpace space = new GroupSpace(container, group, device, ranges(container, arena));
            opened.keep();
            return space;
        }
    }

    private static List<Range> ranges(DeviceFile container, Arena arena) {
        List<Range> ranges = new ArrayList<>();
        MemorySegment info = Structures.sized(arena, Uapi.TYPE1_INFO_SIZEOF);
        if (container.call(Uapi.VFIO_IOMMU_GET_INFO, info) == 0) {
            int needed = Math.clamp(info.get(JAVA_INT, 0), Uapi.TYPE1_INFO_SIZEOF, MOST_INFO_BYTES);
            info = Structures.sized(arena, needed);
            if (container.call(Uapi.VFIO_IOMMU_GET_INFO, info) == 0
                    && (info.get(JAVA_INT, 4) & Uapi.VFIO_IOMMU_INFO_CAPS) != 0) {
                Structures.capability(info, info.get(JAVA_INT, 16), Uapi.VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
                        .ifPresent(capability -> read(capability, ranges));
            }
        }
        if (ranges.isEmpty()) {
            // Kernels before 5.5 do not tell. All of them use 39 bits at the least, and 0xfee00000 is for interrupts.
            ranges.add(new Range(0x1_0000_0000L, (1L << 39) - 1));
        }
        return List.copyOf(ranges);
    }

    private static void read(MemorySegment capability, List<Range> ranges) {
        int count = capability.get(JAVA_INT, CAPABILITY_BYTES);
        for (long at = 16; count > 0 && at + 16 <= capability.byteSize(); at += 16, count--) {
            ranges.add(new Range(capability.get(JAVA_LONG, at), capability.get(JAVA_LONG, at + 8)));
        }
    }

    @Override
    public DeviceFile device() {
        return device;
    }

    @Override
    public List<Range> ranges() {
        return ranges;
    }

    @Override
    public int map(long address, long sizeBytes, long iova) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = Structures.sized(arena, Uapi.TYPE1_MAP_SIZEOF);
            map.set(JAVA_INT, 4, Uapi.VFIO_DMA_MAP_FLAG_READ | Uapi.VFIO_DMA_MAP_FLAG_WRITE);
            map.set(JAVA_LONG, 8, address);
            map.set(JAVA_LONG, 16, iova);
            map.set(JAVA_LONG, 24, sizeBytes);
            return container.call(Uapi.VFIO_IOMMU_MAP_DMA, map);
        }
    }

    @Override
    public int unmap(long iova, long sizeBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unmap = Structures.sized(arena, Uapi.TYPE1_UNMAP_SIZEOF);
            unmap.set(JAVA_LONG, 8, iova);
            unmap.set(JAVA_LONG, 16, sizeBytes);
            int result = container.call(Uapi.VFIO_IOMMU_UNMAP_DMA, unmap);
            return result == 0 && unmap.get(JAVA_LONG, 16) != sizeBytes ? -Errno.ENOENT.number() : result;
        }
    }

    @Override
    public void close() {
        device.close();
        group.close();
        container.close();
    }
}
