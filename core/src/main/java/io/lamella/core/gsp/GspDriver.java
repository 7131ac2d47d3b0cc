// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.chip.Chip;
import io.lamella.core.device.Device;
import io.lamella.core.device.PciConfig;
import io.lamella.core.device.SrIov;
import io.lamella.core.device.Unwind;
import io.lamella.core.falcon.FalconProgram;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.firmware.FirmwareSet;
import io.lamella.core.vbios.FwsecImage;
import io.lamella.core.vbios.Vbios;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.reg.Disp;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.Fuse;
import io.lamella.hw.reg.Gfw;
import io.lamella.hw.reg.Pbus;
import io.lamella.hw.reg.Pfb;
import io.lamella.hw.reg.Prom;
import io.lamella.hw.reg.Xve;
import io.lamella.pci.DmaBuffer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The GSP from power-on to running and back.
 *
 * <p>{@link #boot} is one straight sequence; each step that leaves something behind adds its undoing to the caller's {@link Unwind}. The
 * order of the register accesses is that of nouveau's tu102_gsp_oneinit and tu102_gsp_init.
 */
public final class GspDriver {
    private static final Logger LOG = System.getLogger(GspDriver.class.getName());

    private static final int GFW_COMPLETED = 0xff;
    private static final int SWGEN0 = new Falcon.Irq(0).withSwgen0(true).raw();
    private static final long MIB = 1 << 20;
    private static final int UNLOAD_TIMEOUT_MILLIS = 2_000;

    private final Device device;
    private final CoreOptions options;
    private final FirmwareSet firmware;
    private final FalconUnit gsp;
    private final FalconUnit sec2;
    private final FwsecImage fwsec;
    private final FalconProgram booterUnload;
    private final FbLayout layout;
    private final BootMemory memory;
    private final CpuSequencer sequencer;
    private final EventDecoder decoder;
    private final Consumer<CoreEvent> events;
    private final ResourceManager resourceManager;
    private final CommandQueue queue;
    private boolean started;
    private boolean unloaded;

    /** Waits for the GPU's own start-up code, and puts a GPU that was left running back to where it came from. */
    public static void prepare(Device device, CoreOptions options) {
        awaitStartUp(device, options);
        if (device.read(Pfb.WPR2_ADDR_HI).raw() != 0) {
            LOG.log(Level.INFO, "{0} was left with firmware loaded; resetting it", options.pciAddress());
            device.reset();
            device.enable();
            awaitStartUp(device, options);
            if (device.read(Pfb.WPR2_ADDR_HI).raw() != 0) {
                throw new CoreException(
                        CoreError.BUSY,
                        "Another driver's firmware is loaded and a function-level reset does not remove it; the GPU needs"
                                + " a bus reset or a power cycle.");
            }
        }
    }

    private static void awaitStartUp(Device device, CoreOptions options) {
        // The progress register may be read only after its protection is lifted.
        device.await(
                "finish its own start-up",
                options.bootTimeoutMillis(),
                () -> device.read(Gfw.GFW_BOOT_MASK).readable()
                        && device.read(Gfw.GFW_BOOT).progress() == GFW_COMPLETED);
    }

    /**
     * Loads and starts the firmware.
     *
     * @param unwind gets what is to be undone
     * @param events gets what happens from here on, on the threads that call this driver; must not wait
     */
    public static GspDriver boot(
            Device device,
            Chip chip,
            FirmwareSource source,
            CoreOptions options,
            SrIov srIov,
            Unwind unwind,
            Consumer<CoreEvent> events) {
        FirmwareSet firmware = FirmwareSet.load(
                source, chip.firmwareName(), chip.architecture().signatureSection(), options.firmwareReleases());
        GspAbi abi = GspAbi.ofRelease(firmware.release());
        prepare(device, options);

        DmaBuffer flushPage = device.memory().allocate(4096);
        unwind.add("free the flush page", flushPage::close);
        device.write(Pfb.FLUSH_SYSMEM_ADDR_HI, (int) (flushPage.iova() >>> 40));
        device.write(Pfb.FLUSH_SYSMEM_ADDR, (int) (flushPage.iova() >>> 8));

        FwsecImage fwsec = readFwsec(device);
        FbLayout layout = layout(device, chip, abi, firmware, srIov);
        BootMemory memory = new BootMemory(device.memory(), abi, firmware, layout);
        unwind.add("free the firmware's memory", memory::close);

        GspDriver driver = new GspDriver(device, options, abi, firmware, fwsec, layout, memory, events);
        driver.start(chip, srIov, unwind);
        return driver;
    }

    private GspDriver(
            Device device,
            CoreOptions options,
            GspAbi abi,
            FirmwareSet firmware,
            FwsecImage fwsec,
            FbLayout layout,
            BootMemory memory,
            Consumer<CoreEvent> events) {
        this.device = device;
        this.options = options;
        this.firmware = firmware;
        this.fwsec = fwsec;
        this.layout = layout;
        this.memory = memory;
        this.events = events;
        gsp = new FalconUnit(device, Falcons.GSP);
        sec2 = new FalconUnit(device, Falcons.SEC2);
        booterUnload = firmware.booterUnload().program("booter-unload", device);
        sequencer = new CpuSequencer(
                device, gsp, sec2, memory.libosAddress(), firmware.bootloader().version());
        decoder = new EventDecoder(abi);
        int doorbell = Fbif.QUEUE_HEAD.in(Falcons.GSP.falcon()).offset(0);
        queue = new CommandQueue(
                memory.queues().memory(),
                memory.queues().iova(),
                device.clock(),
                () -> device.write(doorbell, 0),
                device::probe,
                this::onEvent);
        resourceManager = new ResourceManager(queue, abi, options.rpcTimeoutMillis());
    }

    private static FwsecImage readFwsec(Device device) {
        device.update(Xve.ROM_SHADOW, shadow -> shadow.withEnabled(false));
        try {
            return Vbios.read(offset -> device.read(Prom.WINDOW.offset() + offset))
                    .fwsec();
        } finally {
            device.update(Xve.ROM_SHADOW, shadow -> shadow.withEnabled(true));
        }
    }

    private static FbLayout layout(Device device, Chip chip, GspAbi abi, FirmwareSet firmware, SrIov srIov) {
        long fbBytes = Integer.toUnsignedLong(device.read(Gfw.FB_SIZE).mebibytes()) * MIB;
        long workspace = fbBytes - MIB;
        if (!device.read(Fuse.STATUS_OPT_DISPLAY).displayDisabled()) {
            Disp.VgaWorkspaceBase base = device.read(Disp.VGA_WORKSPACE_BASE);
            long address = Integer.toUnsignedLong(base.address()) << 16;
            if (base.valid()) {
                workspace = address < workspace || address >= fbBytes ? fbBytes - 0x2_0000 : address;
            }
        }
        int partitions = srIov.total();
        return FbLayout.of(
                fbBytes,
                workspace,
                chip.architecture().frtsBytes(),
                firmware.bootloader().image().sizeBytes(),
                firmware.gsp().image().sizeBytes(),
                partitions > 0 ? abi.vgpuHeapBytes() : FbLayout.heapBytes(fbBytes, abi.osHeapBytes()),
                partitions);
    }

    private void start(Chip chip, SrIov srIov, Unwind unwind) {
        // Both wait in the ring until the firmware runs.
        resourceManager.post(new GspCommand.SetSystemInfo(systemInfo(srIov)));
        resourceManager.post(new GspCommand.SetRegistry(registry(srIov)));

        unwind.add("unload the firmware", this::unload);
        gsp.run(fwsec.frts(device, layout.frts().start(), layout.frts().bytes()), 0, 0);
        int frtsError = device.read(Pbus.SCRATCH.at(Pbus.FRTS_SCRATCH_INDEX)).frtsError();
        long protectedStart =
                Integer.toUnsignedLong(device.read(Pfb.WPR2_ADDR_LO).address()) << 12;
        if (frtsError != 0 || protectedStart != layout.frts().start()) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    String.format(
                            "FWSEC did not protect the FRTS region: error 0x%x, protected from 0x%x instead of 0x%x.",
                            frtsError, protectedStart, layout.frts().start()));
        }
        gsp.resetToRiscV();
        gsp.writeMailboxes(memory.libosAddress());
        sec2.run(firmware.booterLoad().program("booter-load", device), (int) memory.metaAddress(), (int)
                (memory.metaAddress() >>> 32));
        gsp.write(Falcon.OS, firmware.bootloader().version());
        device.await("start " + chip + "'s firmware", options.bootTimeoutMillis(), gsp::isRiscVActive);
        queue.awaitEvent("report that it is ready", GspEvent.GSP_INIT_DONE.number(), options.bootTimeoutMillis());
        gsp.write(Falcon.IRQSCLR, SWGEN0);
        started = true;
    }

    private SystemInfo systemInfo(SrIov srIov) {
        PciConfig config = new PciConfig(device);
        return new SystemInfo(
                options.pciAddress(),
                new SystemInfo.BarAddresses(config.bar(0), config.bar(1), config.bar(3)),
                config.deviceAndVendor(),
                config.subsystem(),
                config.revision(),
                Xve.CONFIG_MIRROR.offset(),
                Xve.CONFIG_MIRROR.sizeBytes(),
                new SystemInfo.VirtualFunctions(
                        srIov.total(),
                        srIov.firstOffset(),
                        new SystemInfo.BarAddresses(srIov.bar(0), srIov.bar(1), srIov.bar(3)),
                        srIov.isWide(1),
                        srIov.isWide(3)));
    }

    private static Map<String, Integer> registry(SrIov srIov) {
        Map<String, Integer> settings = new LinkedHashMap<>();
        settings.put("RMSecBusResetEnable", 1);
        settings.put("RMForcePcieConfigSave", 1);
        settings.put("RMDevidCheckIgnore", 1);
        if (srIov.total() > 0) {
            settings.put("RMSetSriovMode", 1);
        }
        return settings;
    }

    private void onEvent(GspMessage message) {
        if (message.function() == GspEvent.GSP_RUN_CPU_SEQUENCER.number()) {
            sequencer.run(message.payload());
        } else {
            decoder.decode(message)
                    .ifPresentOrElse(
                            events,
                            () -> LOG.log(
                                    Level.DEBUG,
                                    "{0}: message {1} of the GSP ignored",
                                    options.pciAddress(),
                                    message.function()));
        }
    }

    /** Stops the firmware and takes protected memory down; resets the function if that does not work. */
    private void unload() {
        if (unloaded || device.isGone()) {
            return;
        }
        unloaded = true;
        if (!started) {
            resourceManager.halt("it did not start");
            device.reset();
            return;
        }
        try {
            if (!resourceManager.isHalted() && gsp.isRiscVActive()) {
                resourceManager.call(new GspCommand.Unload());
                device.await(
                        "unload its firmware",
                        UNLOAD_TIMEOUT_MILLIS,
                        () -> (gsp.read(Falcon.MAILBOX0).raw() & BootStructs.MAILBOX_UNLOADED) != 0);
            }
            resourceManager.halt("it was unloaded");
            gsp.run(fwsec.sb(device), 0, 0);
            int sbError = device.read(Pbus.SCRATCH.at(Pbus.SB_SCRATCH_INDEX)).sbError();
            if (sbError != 0) {
                throw new CoreException(
                        CoreError.DEVICE_FAULT, String.format("FWSEC-SB ended with error 0x%x.", sbError));
            }
            if (device.read(Pfb.WPR2_ADDR_HI).raw() != 0) {
                sec2.run(booterUnload, BootStructs.BOOTER_NO_SUSPEND, BootStructs.BOOTER_NO_SUSPEND);
            }
            if (device.read(Pfb.WPR2_ADDR_HI).raw() != 0) {
                throw new CoreException(CoreError.DEVICE_FAULT, "Protected memory is still there after its unloading.");
            }
        } catch (CoreException failure) {
            resourceManager.halt("it was unloaded");
            if (!device.isGone()) {
                LOG.log(
                        Level.WARNING,
                        "{0} did not unload its firmware ({1}); resetting it",
                        options.pciAddress(),
                        failure.getMessage());
                device.reset();
            }
        }
    }

    public String release() {
        return firmware.release();
    }

    public ResourceManager resourceManager() {
        return resourceManager;
    }

    /** Asks what the GPU has. */
    public StaticInfo staticInfo() {
        return resourceManager.call(new GspCommand.GetStaticInfo());
    }

    /** The unit itself, for its interrupts. */
    public FalconUnit unit() {
        return gsp;
    }

    /** The lowest address in frame buffer that is the firmware's. */
    public long reservedFrom() {
        return layout.nonWprHeap().start();
    }

    /** All of frame buffer. */
    public long fbBytes() {
        return layout.fbBytes();
    }
}
