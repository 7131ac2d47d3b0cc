// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

/** Numbers of the kernel's interface: linux/vfio.h and linux/iommufd.h. */
final class Uapi {
    static final int VFIO_API_VERSION = 0;
    static final int VFIO_TYPE1v2_IOMMU = 3;

    static final int VFIO_GET_API_VERSION = 0x3b64;
    static final int VFIO_CHECK_EXTENSION = 0x3b65;
    static final int VFIO_SET_IOMMU = 0x3b66;
    static final int VFIO_GROUP_GET_STATUS = 0x3b67;
    static final int VFIO_GROUP_SET_CONTAINER = 0x3b68;
    static final int VFIO_GROUP_GET_DEVICE_FD = 0x3b6a;
    static final int VFIO_DEVICE_GET_INFO = 0x3b6b;
    static final int VFIO_DEVICE_GET_REGION_INFO = 0x3b6c;
    static final int VFIO_DEVICE_GET_IRQ_INFO = 0x3b6d;
    static final int VFIO_DEVICE_SET_IRQS = 0x3b6e;
    static final int VFIO_DEVICE_RESET = 0x3b6f;
    static final int VFIO_IOMMU_GET_INFO = 0x3b70;
    static final int VFIO_IOMMU_MAP_DMA = 0x3b71;
    static final int VFIO_IOMMU_UNMAP_DMA = 0x3b72;
    static final int VFIO_DEVICE_BIND_IOMMUFD = 0x3b76;
    static final int VFIO_DEVICE_ATTACH_IOMMUFD_PT = 0x3b77;

    static final int IOMMU_DESTROY = 0x3b80;
    static final int IOMMU_IOAS_ALLOC = 0x3b81;
    static final int IOMMU_IOAS_IOVA_RANGES = 0x3b84;
    static final int IOMMU_IOAS_MAP = 0x3b85;
    static final int IOMMU_IOAS_UNMAP = 0x3b86;

    static final int VFIO_GROUP_FLAGS_VIABLE = 1;
    static final int VFIO_DEVICE_FLAGS_RESET = 1;
    static final int VFIO_DEVICE_FLAGS_PCI = 2;
    static final int VFIO_REGION_INFO_FLAG_READ = 1;
    static final int VFIO_REGION_INFO_FLAG_WRITE = 2;
    static final int VFIO_REGION_INFO_FLAG_MMAP = 4;
    static final int VFIO_REGION_INFO_FLAG_CAPS = 8;
    static final int VFIO_REGION_INFO_CAP_SPARSE_MMAP = 1;
    static final int VFIO_IRQ_INFO_AUTOMASKED = 4;
    static final int VFIO_IRQ_SET_DATA_NONE = 1;
    static final int VFIO_IRQ_SET_DATA_EVENTFD = 4;
    static final int VFIO_IRQ_SET_ACTION_UNMASK = 16;
    static final int VFIO_IRQ_SET_ACTION_TRIGGER = 32;
    static final int VFIO_IOMMU_INFO_CAPS = 2;
    static final int VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE = 1;
    static final int VFIO_DMA_MAP_FLAG_READ = 1;
    static final int VFIO_DMA_MAP_FLAG_WRITE = 2;
    static final int IOMMU_IOAS_MAP_FIXED_IOVA = 1;
    static final int IOMMU_IOAS_MAP_WRITEABLE = 2;
    static final int IOMMU_IOAS_MAP_READABLE = 4;

    static final int VFIO_PCI_ROM_REGION_INDEX = 6;
    static final int VFIO_PCI_CONFIG_REGION_INDEX = 7;
    static final int VFIO_PCI_INTX_IRQ_INDEX = 0;
    static final int VFIO_PCI_MSI_IRQ_INDEX = 1;
    static final int VFIO_PCI_MSIX_IRQ_INDEX = 2;
    static final int VFIO_PCI_REQ_IRQ_INDEX = 4;

    static final int DEVICE_INFO_SIZEOF = 16;
    static final int REGION_INFO_SIZEOF = 32;
    static final int IRQ_INFO_SIZEOF = 16;
    static final int IRQ_SET_SIZEOF = 20;
    static final int GROUP_STATUS_SIZEOF = 8;
    static final int TYPE1_INFO_SIZEOF = 24;
    static final int TYPE1_MAP_SIZEOF = 32;
    static final int TYPE1_UNMAP_SIZEOF = 24;
    static final int BIND_SIZEOF = 16;
    static final int ATTACH_SIZEOF = 12;
    static final int IOAS_ALLOC_SIZEOF = 12;
    static final int IOAS_RANGES_SIZEOF = 32;
    static final int IOAS_MAP_SIZEOF = 40;
    static final int IOAS_UNMAP_SIZEOF = 24;
    static final int DESTROY_SIZEOF = 8;

    private Uapi() {}
}
