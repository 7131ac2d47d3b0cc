// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.boot;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.firmware.BootFiles;
import io.lamella.core.firmware.FirmwareSet;
import io.lamella.core.vbios.FwsecImage;
import io.lamella.core.vbios.Vbios;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.reg.Disp;
import io.lamella.hw.reg.Fuse;
import io.lamella.hw.reg.Gfw;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.Pfb;
import io.lamella.hw.reg.Prom;
import io.lamella.hw.reg.Xve;
import org.jspecify.annotations.Nullable;

/**
 * Boot by programs that the driver loads into falcons: FWSEC, from the VBIOS, protects a part of frame buffer; the booter, on SEC2, loads
 * the firmware there and starts it. The order of the register accesses is that of nouveau's tu102_gsp_oneinit and tu102_gsp_init.
 */
final class FalconBoot implements BootPath {
    private static final int GFW_COMPLETED = 0xff;
    private static final long MIB = 1 << 20;
    private static final long FRTS_BYTES = MIB;

    /** What was read from the GPU and decided from it. */
    private record Plan(FwsecImage fwsec, FalconProgram booterUnload, FbLayout layout) {}

    private final Device device;
    private final Chip chip;
    private final FirmwareSet firmware;
    private final BootFiles.Booters booters;
    private final FalconUnit gsp;
    private final FalconUnit sec2;
    private final CoreOptions options;
    private @Nullable Plan plan;

    FalconBoot(
            Device device,
            Chip chip,
            FirmwareSet firmware,
            BootFiles.Booters booters,
            FalconUnit gsp,
            FalconUnit sec2,
            CoreOptions options) {
        this.device = device;
        this.chip = chip;
        this.firmware = firmware;
        this.booters = booters;
        this.gsp = gsp;
        this.sec2 = sec2;
        this.options = options;
    }

    @Override
    public void awaitStartUp() {
        // The progress register may be read only after its protection is lifted.
        device.await(
                "finish its own start-up",
                options.bootTimeoutMillis(),
                () -> device.read(Gfw.GFW_BOOT_MASK).readable()
                        && device.read(Gfw.GFW_BOOT).progress() == GFW_COMPLETED);
    }

    @Override
    public boolean isFirmwareLoaded() {
        return device.read(Pfb.WPR2_ADDR_HI).raw() != 0;
    }

    @Override
    public FirmwareMemory plan(GspAbi abi, int partitions) {
        FwsecImage fwsec = readFwsec();
        FbLayout layout = layout(abi, partitions);
        plan = new Plan(fwsec, booters.unload().program("booter-unload", device), layout);
        return layout;
    }

    private Plan planned() {
        Plan known = plan;
        if (known == null) {
            throw new IllegalStateException("The boot was not planned.");
        }
        return known;
    }

    private FwsecImage readFwsec() {
        device.update(Xve.ROM_SHADOW, shadow -> shadow.withEnabled(false));
        try {
            return Vbios.read(offset -> device.read(Prom.WINDOW.offset() + offset))
                    .fwsec();
        } finally {
            device.update(Xve.ROM_SHADOW, shadow -> shadow.withEnabled(true));
        }
    }

    private FbLayout layout(GspAbi abi, int partitions) {
        long fbBytes = Integer.toUnsignedLong(device.read(Gfw.FB_SIZE).mebibytes()) * MIB;
        long workspace = fbBytes - MIB;
        if (!device.read(Fuse.STATUS_OPT_DISPLAY).displayDisabled()) {
            Disp.VgaWorkspaceBase base = device.read(Disp.VGA_WORKSPACE_BASE);
            long address = Integer.toUnsignedLong(base.address()) << 16;
            if (base.valid()) {
                workspace = address < workspace || address >= fbBytes ? fbBytes - 0x2_0000 : address;
            }
        }
        GspAbi.FirmwareSizes sizes = abi.sizes(chip.architecture());
        return FbLayout.of(
                fbBytes,
                workspace,
                FRTS_BYTES,
                firmware.bootloader().image().sizeBytes(),
                firmware.gsp().image().sizeBytes(),
                FirmwareMemory.heapBytes(abi, sizes.baseHeapBytes(), fbBytes, partitions),
                sizes.nonWprHeapBytes(),
                partitions);
    }

    @Override
    public void start(BootMemory memory) {
        Plan todo = planned();
        FbLayout.Range frts = todo.layout().frts();
        gsp.run(todo.fwsec().frts(device, frts.start(), frts.bytes()), 0, 0);
        int frtsError = device.read(Pbus.SCRATCH.at(Pbus.FRTS_SCRATCH_INDEX)).frtsError();
        long protectedStart =
                Integer.toUnsignedLong(device.read(Pfb.WPR2_ADDR_LO).address()) << 12;
        if (frtsError != 0 || protectedStart != frts.start()) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    String.format(
                            "FWSEC did not protect the FRTS region: error 0x%x, protected from 0x%x instead of 0x%x.",
                            frtsError, protectedStart, frts.start()));
        }
        gsp.resetToRiscV();
        gsp.writeMailboxes(memory.libosAddress());
        sec2.run(booters.load().program("booter-load", device), (int) memory.metaAddress(), (int)
                (memory.metaAddress() >>> 32));
    }

    @Override
    public void stop() {
        Plan todo = planned();
        gsp.run(todo.fwsec().sb(device), 0, 0);
        int sbError = device.read(Pbus.SCRATCH.at(Pbus.SB_SCRATCH_INDEX)).sbError();
        if (sbError != 0) {
            throw new CoreException(CoreError.DEVICE_FAULT, String.format("FWSEC-SB ended with error 0x%x.", sbError));
        }
        if (isFirmwareLoaded()) {
            sec2.run(todo.booterUnload(), BootStructs.BOOTER_NO_SUSPEND, BootStructs.BOOTER_NO_SUSPEND);
        }
        if (isFirmwareLoaded()) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT, "Protected memory of " + chip + " is still there after its unloading.");
        }
    }
}
