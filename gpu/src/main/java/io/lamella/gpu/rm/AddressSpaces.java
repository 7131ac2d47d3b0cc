// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.mmu.AddressSpace;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.mmu.GmmuFormat;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/** Address spaces of a driver: it owns the page tables and says where they begin. */
final class AddressSpaces implements ClassTable.Handler {
    private static final int APERTURE_MASK = 3;
    private static final int APERTURE_VRAM = 0;

    /** In a list of levels, as in directory entries. */
    private static final int LEVEL_APERTURE_VRAM = 1;

    private final RmSystem system;
    private final GmmuFormat format;
    private final StructField.U64 setAddress;
    private final StructField.U32 setEntries;
    private final StructField.U32 setFlags;
    private final StructField.U32 setSpace;
    private final StructField.U32 unsetSpace;
    private final StructField.U32 copyLevels;
    private final StructField.U64 copyAddress;
    private final StructField.U32 copyAperture;
    private final StructField.U8 copyShift;

    AddressSpaces(RmSystem system, ClassTable classes, ControlTable controls) {
        this.system = system;
        format = system.memory().mmu().format();
        GspAbi abi = system.abi();
        Struct set = abi.control(RmControl.DMA_SET_PAGE_DIRECTORY);
        setAddress = set.u64("physAddress");
        setEntries = set.u32("numEntries");
        setFlags = set.u32("flags");
        setSpace = set.u32("hVASpace");
        unsetSpace = abi.control(RmControl.DMA_UNSET_PAGE_DIRECTORY).u32("hVASpace");
        classes.add(RmClass.VASPACE, Set.of(RmClass.DEVICE), this);
        Struct copy = abi.control(RmControl.VASPACE_COPY_SERVER_RESERVED_PDES);
        copyLevels = copy.u32("numLevelsToCopy");
        copyAddress = copy.u64("levels[0].physAddress");
        copyAperture = copy.u32("levels[0].aperture");
        copyShift = copy.u8("levels[0].pageShift");
        controls.add(RmControl.VASPACE_COPY_SERVER_RESERVED_PDES, this::copyReserved);
        controls.add(RmControl.DMA_SET_PAGE_DIRECTORY, this::setPageDirectory);
        controls.add(RmControl.DMA_UNSET_PAGE_DIRECTORY, this::unsetPageDirectory);
    }

    @Override
    public NvStatus allocate(RmObject object, MemorySegment params) {
        object.setState(new AddressSpace(system.engineMemory()));
        return NvStatus.OK;
    }

    @Override
    public void free(RmObject object) {
        AddressSpace space = object.state(AddressSpace.class);
        if (space != null) {
            space.setRoot(AddressSpace.NO_ROOT);
        }
    }

    /**
     * The other way to give an address space its page directory: the driver reserves a part of the space for the firmware and shows the
     * directories that lead there, the root first, for the firmware to write its own entries into. It has none here, so what remains is the root.
     */
    private NvStatus copyReserved(RmObject object, MemorySegment params) {
        AddressSpace space = object.state(AddressSpace.class);
        if (space == null) {
            return NvStatus.INVALID_OBJECT;
        }
        if (copyLevels.get(params, 0) < 1
                || copyShift.get(params, 0) != format.upperShift(0)
                || copyAperture.get(params, 0) != LEVEL_APERTURE_VRAM) {
            return NvStatus.INVALID_ARGUMENT;
        }
        return setRoot(space, copyAddress.get(params, 0));
    }

    private NvStatus setRoot(AddressSpace space, long address) {
        if ((address & 0xfff) != 0
                || !system.memory().fb().contains(address, (long) format.upperEntries(0) * GmmuFormat.ENTRY_BYTES)) {
            return NvStatus.INVALID_ADDRESS;
        }
        space.setRoot(address);
        return NvStatus.OK;
    }

    private NvStatus setPageDirectory(RmObject device, MemorySegment params) {
        RmObject object = device.client().find(setSpace.get(params, 0));
        AddressSpace space = object == null ? null : object.state(AddressSpace.class);
        if (space == null) {
            return NvStatus.INVALID_OBJECT_HANDLE;
        }
        long address = setAddress.get(params, 0);
        if ((setFlags.get(params, 0) & APERTURE_MASK) != APERTURE_VRAM) {
            return NvStatus.NOT_SUPPORTED;
        }
        if (setEntries.get(params, 0) != format.upperEntries(0)) {
            return NvStatus.INVALID_ARGUMENT;
        }
        return setRoot(space, address);
    }

    private NvStatus unsetPageDirectory(RmObject device, MemorySegment params) {
        RmObject object = device.client().find(unsetSpace.get(params, 0));
        AddressSpace space = object == null ? null : object.state(AddressSpace.class);
        if (space == null) {
            return NvStatus.INVALID_OBJECT_HANDLE;
        }
        space.setRoot(AddressSpace.NO_ROOT);
        return NvStatus.OK;
    }
}
