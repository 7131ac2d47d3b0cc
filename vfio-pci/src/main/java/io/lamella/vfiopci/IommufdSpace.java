// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.lamella.linux.DeviceFile;
import io.lamella.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The device's own file, attached to an I/O address space (IOAS) of iommufd. */
final class IommufdSpace implements IommuSpace {
    private static final int MOST_RANGES = 1024;

    private final DeviceFile iommu;
    private final DeviceFile device;
    private final int space;
    private final List<Range> ranges;

    private IommufdSpace(DeviceFile iommu, DeviceFile device, int space, List<Range> ranges) {
        this.iommu = iommu;
        this.device = device;
        this.space = space;
        this.ranges = ranges;
    }

    static IommufdSpace open(HostDevice host) {
        try (Arena arena = Arena.ofConfined();
                Unwinding opened = new Unwinding()) {
            Path own = Objects.requireNonNull(host.ownFile(), "asked before");
            DeviceFile iommu = opened.add(Refusals.open(host.iommuFile(), host));
            DeviceFile device = opened.add(Refusals.open(own, host));
            MemorySegment bind = Structures.sized(arena, Uapi.BIND_SIZEOF);
            bind.set(JAVA_INT, 8, iommu.fd().number());
            int bound = device.call(Uapi.VFIO_DEVICE_BIND_IOMMUFD, bind);
            if (bound < 0 && !host.groupHolders().isEmpty()) {
                throw new DeviceRefusedException(host.describe() + " shares IOMMU group " + host.groupNumber()
                        + " with devices that drivers of the host use: " + String.join(", ", host.groupHolders())
                        + ". Bind them to vfio-pci too (or to no driver).");
            }
            Refusals.check(
                    bound,
                    host,
                    bound == -Errno.EBUSY.number()
                            ? "it, or another device of its IOMMU group, is in use through the group's file"
                            : "iommufd does not take it");
            MemorySegment alloc = Structures.sized(arena, Uapi.IOAS_ALLOC_SIZEOF);
            Refusals.check(iommu.call(Uapi.IOMMU_IOAS_ALLOC, alloc), host, "iommufd gives no address space");
            int space = alloc.get(JAVA_INT, 8);
            MemorySegment attach = Structures.sized(arena, Uapi.ATTACH_SIZEOF);
            attach.set(JAVA_INT, 8, space);
            Refusals.check(
                    device.call(Uapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, attach),
                    host,
                    "it cannot be attached to an address space");
            IommufdSpace made = new IommufdSpace(iommu, device, space, ranges(host, iommu, space, arena));
            opened.keep();
            return made;
        }
    }

    private static List<Range> ranges(HostDevice host, DeviceFile iommu, int space, Arena arena) {
        MemorySegment query = Structures.sized(arena, Uapi.IOAS_RANGES_SIZEOF);
        query.set(JAVA_INT, 4, space);
        int result = iommu.call(Uapi.IOMMU_IOAS_IOVA_RANGES, query);
        int count = Math.clamp(query.get(JAVA_INT, 8), 0, MOST_RANGES);
        if (result == -Errno.EMSGSIZE.number()) {
            MemorySegment found = arena.allocate(count * 16L, 8);
            query = Structures.sized(arena, Uapi.IOAS_RANGES_SIZEOF);
            query.set(JAVA_INT, 4, space);
            query.set(JAVA_INT, 8, count);
            query.set(JAVA_LONG, 16, found.address());
            Refusals.check(iommu.call(Uapi.IOMMU_IOAS_IOVA_RANGES, query), host, "iommufd names no addresses");
            List<Range> ranges = new ArrayList<>();
            for (int i = 0; i < Math.min(count, query.get(JAVA_INT, 8)); i++) {
                ranges.add(new Range(found.get(JAVA_LONG, i * 16L), found.get(JAVA_LONG, i * 16L + 8)));
            }
            return List.copyOf(ranges);
        }
        Refusals.check(result, host, "iommufd names no addresses");
        throw new DeviceRefusedException(host.describe() + ": its IOMMU can translate no address at all.");
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
            MemorySegment map = Structures.sized(arena, Uapi.IOAS_MAP_SIZEOF);
            map.set(
                    JAVA_INT,
                    4,
                    Uapi.IOMMU_IOAS_MAP_FIXED_IOVA | Uapi.IOMMU_IOAS_MAP_WRITEABLE | Uapi.IOMMU_IOAS_MAP_READABLE);
            map.set(JAVA_INT, 8, space);
            map.set(JAVA_LONG, 16, address);
            map.set(JAVA_LONG, 24, sizeBytes);
            map.set(JAVA_LONG, 32, iova);
            return iommu.call(Uapi.IOMMU_IOAS_MAP, map);
        }
    }

    @Override
    public int unmap(long iova, long sizeBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unmap = Structures.sized(arena, Uapi.IOAS_UNMAP_SIZEOF);
            unmap.set(JAVA_INT, 4, space);
            unmap.set(JAVA_LONG, 8, iova);
            unmap.set(JAVA_LONG, 16, sizeBytes);
            return iommu.call(Uapi.IOMMU_IOAS_UNMAP, unmap);
        }
    }

    /** Closing the device's file detaches it; the address space goes with iommufd's. */
    @Override
    public void close() {
        device.close();
        iommu.close();
    }
}
