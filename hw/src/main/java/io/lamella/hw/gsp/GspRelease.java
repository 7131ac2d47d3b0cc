// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import io.lamella.hw.Architecture;
import io.lamella.hw.struct.StructCatalog;
import java.util.Optional;

/**
 * All that is particular to one release of the GSP firmware. There is one package per release below this one, which has its layouts as
 * resources and one class of this kind; {@link GspAbi} lists those of this module and takes others from the {@link java.util.ServiceLoader}.
 */
public interface GspRelease {
    /** As in the names of firmware files, such as {@code 570.144}. */
    String name();

    /** Every structure: usually those of an older release, extended. The names are the same in each release. */
    StructCatalog structs();

    /** Structures of the host RPC, by the names that {@code io.lamella.hw.vgpu.HostRpc} uses. */
    StructCatalog hostRpc();

    /** Bytes of the kernel's log in the host RPC, or 0 if the release has none there. */
    int hostRpcKernelLogBytes();

    /** Numbers and parameters of controls. */
    ControlNumbers controls();

    /** Indices of units in the interrupt table. */
    GspAbi.McEngines mcEngines();

    /** Lowest channel id that a driver may use. */
    int firstChannelId();

    /** What the firmware takes of frame buffer on a family of chips; empty if the release has nothing for that family. */
    Optional<GspAbi.FirmwareSizes> sizes(Architecture architecture);

    /** Part of the firmware's heap that its operating system takes; see gsp_fw_heap.h. */
    long osHeapBytes();

    /** The firmware's heap when it is to run the plugins of every virtual function; see gsp_fw_heap.h. */
    long vgpuHeapBytes();
}
