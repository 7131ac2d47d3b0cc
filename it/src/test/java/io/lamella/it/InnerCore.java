// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import io.lamella.core.CoreOptions;
import io.lamella.core.CoreProvider;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.PciAddress;
import io.lamella.core.contract.ClauseResult;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.linux.DeviceFile;
import io.lamella.linux.EventFd;
import io.lamella.linux.MappedMemory;
import io.lamella.linux.PollSet;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciSlot;
import io.lamella.vfiopci.DeviceChoice;
import io.lamella.vfiopci.DeviceRefusedException;
import io.lamella.vfiopci.VfioPciSlot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The program inside of the VM of {@link VfioPciVmTest}: opens the core on devices that vfio-pci holds there, checks the core's contract on
 * them, and has the kernel take the last one away while the core drives it. It prints a line for each thing that it finds.
 */
final class InnerCore {
    /** Not a device: a software GPU in this process, and each native call once. So that a JVM can be trained where there is no device. */
    static final String TRAINING = "training";

    private static final long BEGUN = System.nanoTime();
    private static final long GONE_WITHIN_MILLIS = 20_000;
    /** Worth a line. */
    private static final long LONG_MILLIS = 500;

    private InnerCore() {}

    /** @param arguments the folder with firmware; {@code quick} or {@code full}; devices as {@link DeviceChoice} reads them */
    public static void main(String[] arguments) throws Exception {
        FirmwareSource firmware = FirmwareSource.directory(Path.of(arguments[0]));
        boolean full = arguments[1].equals("full");
        List<String> devices = Arrays.asList(arguments).subList(2, arguments.length);
        for (String device : devices) {
            try {
                if (device.equals(TRAINING)) {
                    touchNativeCalls();
                    try (SoftwareGpu gpu = SoftwareGpu.builder("training").build()) {
                        check(() -> new LocalSlot(gpu.physicalFunction()), firmware, CoreOptions.DEFAULT, false);
                    }
                } else {
                    DeviceChoice choice = DeviceChoice.parse(device);
                    check(() -> open(choice), firmware, options(choice), full);
                    if (device.equals(devices.getLast())) {
                        takeAway(choice, firmware);
                    }
                }
            } catch (DeviceRefusedException e) {
                say("refused " + e.getMessage().lines().toList().getFirst());
            }
        }
        say("end");
    }

    private static void say(String line) {
        System.out.println("INNER " + line);
        System.err.println(((System.nanoTime() - BEGUN) / 1_000_000) + " ms");
    }

    private static CoreOptions options(DeviceChoice choice) {
        int[] at = choice.numbers();
        return CoreOptions.DEFAULT.withPciAddress(new PciAddress(at[0], at[1], at[2], at[3]));
    }

    private static VfioPciSlot open(DeviceChoice choice) {
        VfioPciSlot slot = VfioPciSlot.open(choice);
        say("slot " + slot.address() + " " + slot.api().word());
        return slot;
    }

    private static void check(Supplier<PciSlot> slots, FirmwareSource firmware, CoreOptions options, boolean full) {
        ContractReport report;
        if (full) {
            report = CoreContract.check(new ContractSubject(CoreProvider.JAVA, slots, firmware, options));
        } else {
            try (PciSlot slot = slots.get();
                    GpuCore core = GpuCore.open(slot, firmware, options)) {
                say("gpu " + core.description());
                report = CoreContract.checkQuickly("java", core);
            }
        }
        report.clauses().stream()
                .filter(clause -> clause.millis() >= LONG_MILLIS)
                .forEach(clause -> System.err.println(clause.id() + " took " + clause.millis() + " ms"));
        report.broken().forEach(clause -> say("broken " + clause.id() + " " + clause.reason()));
        say(String.format(
                Locale.ROOT,
                "contract %s: %d passed, %d skipped, %d broken, %d ms",
                full ? "full" : "quick",
                report.count(ClauseResult.Outcome.PASSED),
                report.count(ClauseResult.Outcome.SKIPPED),
                report.broken().size(),
                report.millis()));
    }

    /** Unbinds the driver while the core drives the device: the kernel asks for it back, the core finds it gone, and the kernel gets it. */
    private static void takeAway(DeviceChoice choice, FirmwareSource firmware) throws InterruptedException {
        Thread unbinding = Thread.ofPlatform().daemon().unstarted(() -> unbind(choice));
        try (VfioPciSlot slot = open(choice);
                GpuCore core = GpuCore.open(slot, firmware, options(choice))) {
            unbinding.start();
            long deadline = System.nanoTime() + GONE_WITHIN_MILLIS * 1_000_000;
            while (core.isAlive() && System.nanoTime() < deadline) {
                Thread.sleep(20);
            }
            say("alive " + core.isAlive());
            say("register " + Long.toHexString(slot.function().readBar(0, 0, 4)));
        }
        unbinding.join(GONE_WITHIN_MILLIS);
        say("unbound " + !unbinding.isAlive());
    }

    private static void unbind(DeviceChoice choice) {
        try {
            Files.writeString(Path.of("/sys/bus/pci/drivers/vfio-pci/unbind"), choice.address());
        } catch (IOException e) {
            say("unbinding failed: " + e);
        }
    }

    private static void touchNativeCalls() {
        try (DeviceFile file = DeviceFile.open(Path.of("/dev/zero"));
                EventFd event = EventFd.create();
                Arena arena = Arena.ofConfined()) {
            MemorySegment structure = arena.allocate(64);
            MappedMemory.preferHugePages(MappedMemory.anonymous(4 << 20, arena));
            file.call(1, 0);
            file.call(1, structure);
            file.read(0, structure);
            file.write(0, structure);
            PollSet set = new PollSet(1);
            set.setReadable(0, event.fd());
            event.signal();
            set.await(0);
            event.drain();
        }
        VfioPciSlot.open(new DeviceChoice("ffff:ff:1f.7", null));
    }
}
