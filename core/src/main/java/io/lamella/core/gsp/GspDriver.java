// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.boot.BootMemory;
import io.lamella.core.boot.BootPath;
import io.lamella.core.boot.FirmwareMemory;
import io.lamella.core.device.Device;
import io.lamella.core.device.PciConfig;
import io.lamella.core.device.SrIov;
import io.lamella.core.device.Unwind;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.firmware.FirmwareSet;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.Fbif;
import io.lamella.hw.reg.Window;
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

    private static final int SWGEN0 = new Falcon.Irq(0).withSwgen0(true).raw();
    private static final int UNLOAD_TIMEOUT_MILLIS = 2_000;

    private final Device device;
    private final Chip chip;
    private final CoreOptions options;
    private final FirmwareSet firmware;
    private final BootPath path;
    private final FirmwareMemory plan;
    private final FalconUnit gsp;
    private final CpuSequencer sequencer;
    private final EventDecoder decoder;
    private final Consumer<CoreEvent> events;
    private final ResourceManager resourceManager;
    private final CommandQueue queue;
    private boolean started;
    private boolean unloaded;

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
        FirmwareSet firmware = FirmwareSet.load(source, chip, options.firmwareReleases());
        GspAbi abi = GspAbi.ofRelease(firmware.release());
        FalconUnit gsp = new FalconUnit(device, Falcons.GSP);
        FalconUnit sec2 = new FalconUnit(device, Falcons.SEC2);
        BootPath path = BootPath.of(device, chip, firmware, gsp, sec2, options);
        path.prepare(device, chip, options, unwind);
        FirmwareMemory plan = path.plan(abi, srIov.total());
        BootMemory memory = new BootMemory(device.memory(), abi, firmware, plan);
        unwind.add("free the firmware's memory", memory::close);

        CpuSequencer sequencer = new CpuSequencer(
                device, gsp, sec2, memory.libosAddress(), firmware.bootloader().version());
        GspDriver driver =
                new GspDriver(device, chip, options, abi, firmware, path, plan, memory, gsp, sequencer, events);
        driver.start(memory, srIov, unwind);
        return driver;
    }

    private GspDriver(
            Device device,
            Chip chip,
            CoreOptions options,
            GspAbi abi,
            FirmwareSet firmware,
            BootPath path,
            FirmwareMemory plan,
            BootMemory memory,
            FalconUnit gsp,
            CpuSequencer sequencer,
            Consumer<CoreEvent> events) {
        this.device = device;
        this.chip = chip;
        this.options = options;
        this.firmware = firmware;
        this.path = path;
        this.plan = plan;
        this.gsp = gsp;
        this.sequencer = sequencer;
        this.events = events;
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

    private void start(BootMemory memory, SrIov srIov, Unwind unwind) {
        // Both wait in the ring until the firmware runs.
        resourceManager.post(new GspCommand.SetSystemInfo(systemInfo(srIov)));
        resourceManager.post(new GspCommand.SetRegistry(registry()));

        unwind.add("unload the firmware", this::unload);
        path.start(memory);
        gsp.write(Falcon.OS, firmware.bootloader().version());
        device.await("start " + chip + "'s firmware", options.bootTimeoutMillis(), gsp::isRiscVActive);
        queue.awaitEvent("report that it is ready", GspEvent.GSP_INIT_DONE.number(), options.bootTimeoutMillis());
        gsp.write(Falcon.IRQSCLR, SWGEN0);
        started = true;
    }

    private SystemInfo systemInfo(SrIov srIov) {
        PciConfig config = new PciConfig(device);
        Window mirror = chip.architecture().configMirror();
        return new SystemInfo(
                options.pciAddress(),
                new SystemInfo.BarAddresses(config.bar(0), config.bar(1), config.bar(3)),
                config.deviceAndVendor(),
                config.subsystem(),
                config.revision(),
                mirror.offset(),
                mirror.sizeBytes(),
                new SystemInfo.VirtualFunctions(
                        srIov.total(),
                        srIov.firstOffset(),
                        new SystemInfo.BarAddresses(srIov.bar(0), srIov.bar(1), srIov.bar(3)),
                        srIov.isWide(1),
                        srIov.isWide(3)));
    }

    private Map<String, Integer> registry() {
        Map<String, Integer> settings = new LinkedHashMap<>();
        settings.put("RMSecBusResetEnable", 1);
        settings.put("RMForcePcieConfigSave", 1);
        settings.put("RMDevidCheckIgnore", 1);
        if (plan.partitions() > 0) {
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
            path.stop();
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

    /** The lowest address in frame buffer that is the firmware's, if it or the driver says. */
    public long reservedFrom(StaticInfo info) {
        return plan.reservedFrom().orElse(info.nonWprHeap() == 0 ? plan.fbBytes() : info.nonWprHeap());
    }

    /** How many virtual functions the firmware was told to serve. */
    public int virtualFunctions() {
        return plan.partitions();
    }

    /** All of frame buffer. */
    public long fbBytes() {
        return plan.fbBytes();
    }
}
