// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.guest;

import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.PciAddress;
import io.lamella.host.ShippedFirmware;
import io.lamella.vfiouser.client.VfioUserException;
import io.lamella.vfiouser.client.VfioUserSlot;
import java.nio.file.Path;
import java.util.List;

/** Boots the GSP of a vGPU through its socket, says what is there, and unloads it again. */
public final class NoVmGuest {
    private static final int CALL_TIMEOUT_MILLIS = 5_000;

    private NoVmGuest() {}

    /**
     * What the guest's driver found.
     *
     * @param chip such as {@code AD102}
     * @param product as the firmware names it
     * @param deviceId PCI vendor and device, such as {@code 10de:26b5}
     * @param subsystemId PCI subsystem vendor and device
     * @param firmwareRelease that the vGPU's GSP booted
     * @param vramBytes size of the vGPU's frame buffer
     * @param engines names of its engines
     * @param attachMillis time to attach to the socket
     * @param bootMillis time to boot the GSP
     * @param unloadMillis time to unload it
     */
    public record Report(
            String chip,
            String product,
            String deviceId,
            String subsystemId,
            String firmwareRelease,
            long vramBytes,
            List<String> engines,
            long attachMillis,
            long bootMillis,
            long unloadMillis) {}

    /**
     * Attaches, boots, asks, unloads and leaves.
     *
     * @param socket of the vGPU
     * @param firmware where the guest's firmware files are
     * @param releases to try, the preferred one first
     * @throws CoreException if the GSP does not boot
     * @throws VfioUserException if the socket cannot be used
     */
    public static Report run(Path socket, FirmwareSource firmware, String... releases) {
        long begun = System.nanoTime();
        try (VfioUserSlot slot = VfioUserSlot.open(socket, CALL_TIMEOUT_MILLIS, true)) {
            long attached = System.nanoTime();
            CoreOptions options = CoreOptions.DEFAULT
                    .withPciAddress(new PciAddress(0, 0, 4, 0))
                    .withFirmwareReleases(releases);
            GpuCore core = GpuCore.open(slot, firmware, options);
            long booted;
            GpuDescription what;
            try {
                what = core.description();
                booted = System.nanoTime();
            } finally {
                core.close();
            }
            long unloaded = System.nanoTime();
            return new Report(
                    what.chip(),
                    what.name(),
                    id(what.vendorId(), what.deviceId()),
                    id(what.subsystemVendorId(), what.subsystemId()),
                    what.firmwareRelease(),
                    what.fbSizeBytes(),
                    what.engines().stream().map(engine -> engine.name()).toList(),
                    millis(begun, attached),
                    millis(attached, booted),
                    millis(booted, unloaded));
        }
    }

    private static String id(int vendor, int device) {
        return "%04x:%04x".formatted(vendor, device);
    }

    private static long millis(long from, long to) {
        return (to - from) / 1_000_000;
    }

    /** As a program: a socket, then the firmware releases to try. Prints a line for each thing it found; exits with 1 if it failed. */
    public static void main(String[] args) {
        if (args.length < 1) {
            System.err.println("Say which socket: NoVmGuest SOCKET [RELEASE...]");
            System.exit(2);
        }
        String[] releases = args.length > 1
                ? List.of(args).subList(1, args.length).toArray(String[]::new)
                : CoreOptions.DEFAULT.firmwareReleases().toArray(String[]::new);
        try {
            Report report = run(Path.of(args[0]), ShippedFirmware.source(), releases);
            System.out.println("chip: " + report.chip());
            System.out.println("product: " + report.product());
            System.out.println("device: " + report.deviceId());
            System.out.println("subsystem: " + report.subsystemId());
            System.out.println("firmware: " + report.firmwareRelease());
            System.out.println("vram-mib: " + (report.vramBytes() >> 20));
            System.out.println("engines: " + String.join(" ", report.engines()));
            System.out.println("attach-ms: " + report.attachMillis());
            System.out.println("boot-ms: " + report.bootMillis());
            System.out.println("unload-ms: " + report.unloadMillis());
        } catch (CoreException | VfioUserException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
