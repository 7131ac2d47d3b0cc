// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.plugin;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The vGPU types that the host has told the firmware of. Any thread lists. */
final class VgpuTypes {
    static final int MAX_TYPES = 256;
    private static final int AT_ONCE = 64;

    private final Map<Integer, VgpuType> types = new TreeMap<>();

    synchronized void clear() {
        types.clear();
    }

    synchronized List<VgpuType> list() {
        return List.copyOf(types.values());
    }

    synchronized @Nullable VgpuType find(int id) {
        return types.get(id);
    }

    /** Takes what the control PGPU_ADD_VGPU_TYPE brings. */
    synchronized NvStatus add(GspAbi abi, MemorySegment params) {
        Struct layout = abi.control(RmControl.VGPU_MGR_ADD_VGPU_TYPE);
        Struct info = abi.struct("NVA081_CTRL_VGPU_INFO");
        long count = layout.u32("vgpuInfoCount").value(params, 0);
        int known = layout.u8("discardVgpuTypes").isSet(params, 0) ? 0 : types.size();
        if (count > AT_ONCE) {
            return NvStatus.INVALID_ARGUMENT;
        }
        if (known + count > MAX_TYPES) {
            return NvStatus.INSUFFICIENT_RESOURCES;
        }
        if (known == 0) {
            types.clear();
        }
        long base = layout.offsetOf("vgpuInfo");
        for (int i = 0; i < count; i++) {
            VgpuType type = read(info, params, base + (long) i * info.sizeBytes());
            types.put(type.id(), type);
        }
        return NvStatus.OK;
    }

    private static VgpuType read(Struct info, MemorySegment params, long at) {
        long identity = info.u64("vdevId").get(params, at);
        // What the guest sees; the other name is the manager's.
        String name = info.bytes("adapterName").text(params, at);
        return new VgpuType(
                info.u32("vgpuType").get(params, at),
                name.isEmpty() ? info.bytes("vgpuName").text(params, at) : name,
                info.u32("maxInstance").get(params, at),
                info.u64("fbLength").get(params, at),
                info.u64("bar1Length").get(params, at) << 20,
                (int) (identity >>> 16) & 0xffff,
                (int) identity & 0xffff);
    }
}
