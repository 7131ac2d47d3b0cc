// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/** Address spaces of a driver: it owns the page tables and says where they begin. */
final class AddressSpaces implements ClassTable.Handler {
    private static final int NUM_ENTRIES_OF_ROOT = 4;
    private static final int APERTURE_MASK = 3;
    private static final int APERTURE_VRAM = 0;

    private final RmSystem system;
    private final StructField.U64 setAddress;
    private final StructField.U32 setEntries;
    private final StructField.U32 setFlags;
    private final StructField.U32 setSpace;
    private final StructField.U32 unsetSpace;

    /** An address space. {@link #NO_PAGE_DIRECTORY} until the driver has given it a page directory. */
    static final class Space {
        static final long NO_PAGE_DIRECTORY = -1;
        private long pageDirectory = NO_PAGE_DIRECTORY;

        /** Address of the root page directory in the function's video memory. */
        long pageDirectory() {
            return pageDirectory;
        }
    }

    AddressSpaces(RmSystem system, ClassTable classes, ControlTable controls) {
        this.system = system;
        GspAbi abi = system.abi();
        Struct set = abi.control(RmControl.DMA_SET_PAGE_DIRECTORY);
        setAddress = set.u64("physAddress");
        setEntries = set.u32("numEntries");
        setFlags = set.u32("flags");
        setSpace = set.u32("hVASpace");
        unsetSpace = abi.control(RmControl.DMA_UNSET_PAGE_DIRECTORY).u32("hVASpace");
        classes.add(RmClass.VASPACE, Set.of(RmClass.DEVICE), this);
        controls.add(RmControl.DMA_SET_PAGE_DIRECTORY, this::setPageDirectory);
        controls.add(RmControl.DMA_UNSET_PAGE_DIRECTORY, this::unsetPageDirectory);
    }

    @Override
    public NvStatus allocate(RmObject object, MemorySegment params) {
        object.setState(new Space());
        return NvStatus.OK;
    }

    private NvStatus setPageDirectory(RmObject device, MemorySegment params) {
        RmObject object = device.client().find(setSpace.get(params, 0));
        Space space = object == null ? null : object.state(Space.class);
        if (space == null) {
            return NvStatus.INVALID_OBJECT_HANDLE;
        }
        long address = setAddress.get(params, 0);
        if ((setFlags.get(params, 0) & APERTURE_MASK) != APERTURE_VRAM) {
            return NvStatus.NOT_SUPPORTED;
        }
        if (setEntries.get(params, 0) != NUM_ENTRIES_OF_ROOT) {
            return NvStatus.INVALID_ARGUMENT;
        }
        if ((address & 0xfff) != 0 || !system.memory().fb().contains(address, NUM_ENTRIES_OF_ROOT * 8L)) {
            return NvStatus.INVALID_ADDRESS;
        }
        space.pageDirectory = address;
        system.memory().mmu().invalidate();
        return NvStatus.OK;
    }

    private NvStatus unsetPageDirectory(RmObject device, MemorySegment params) {
        RmObject object = device.client().find(unsetSpace.get(params, 0));
        Space space = object == null ? null : object.state(Space.class);
        if (space == null) {
            return NvStatus.INVALID_OBJECT_HANDLE;
        }
        space.pageDirectory = Space.NO_PAGE_DIRECTORY;
        system.memory().mmu().invalidate();
        return NvStatus.OK;
    }
}
