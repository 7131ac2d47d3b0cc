// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.firmware.SyntheticFirmware;
import io.lamella.host.LamellaHost;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vm.Cache;
import io.lamella.vm.Commands;
import io.lamella.vm.Progress;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.GuestReport;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Boot;
import io.lamella.vm.qemu.Disk;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestChannel;
import io.lamella.vm.qemu.GuestKit;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.Network;
import io.lamella.vm.qemu.VfioUserDevice;
import io.lamella.vm.qemu.VirtualMachine;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VMs as people have them: their own disks, several vGPUs, a network, their own boot sector. */
@Tag("vm")
@Timeout(900)
class DisksAndVgpusVmTest {
    private static final Duration COMMAND = Duration.ofMinutes(1);
    private static final Duration DRIVER = Duration.ofMinutes(3);
    private static final int RAW_BYTES = 8 << 20;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private static Guest guest(String kernel) throws IOException {
        Map<String, byte[]> firmware = new HashMap<>();
        SyntheticFirmware.releases().forEach(release -> firmware.putAll(SyntheticFirmware.files(release)));
        return new GuestKit(Cache.ofUser(), Progress.none())
                .prepare(kernel, GuestContents.nouveau(firmware).withDisksAndNetwork());
    }

    private Path raw(String name) throws IOException {
        Path file = folder.resolve(name);
        try (RandomAccessFile empty = new RandomAccessFile(file.toFile(), "rw")) {
            empty.setLength(RAW_BYTES);
        }
        // Every Debian has e2fsprogs.
        Path format = Commands.find("mkfs.ext4").orElseThrow(() -> new IOException("no mkfs.ext4: install e2fsprogs"));
        Commands.Output made =
                Commands.run(folder, Map.of(), COMMAND, List.of(format.toString(), "-q", file.toString()));
        assertThat(made.exitCode()).as(made.lastWords()).isZero();
        return file;
    }

    private static List<String> run(VirtualMachine vm, String command) throws IOException {
        GuestChannel.Output output = vm.channel().run(command, COMMAND);
        assertThat(output.exitCode()).as("%s: %s", command, output.lines()).isZero();
        return output.lines();
    }

    @ParameterizedTest
    @ValueSource(strings = {KernelProvider.NEWEST, KernelProvider.STABLE})
    void disksKeepWhatAGuestWritesAndTwoVgpusComeUp(String kernel) throws Exception {
        Guest guest = guest(kernel);
        Path qcow2 = folder.resolve("a,b.qcow2");
        Path raw = raw("c.img");
        MachineSpec spec = MachineSpec.of("disks-" + kernel, guest)
                .withDisks(List.of(
                        Disk.parse(qcow2.toString().replace(",", ",,") + ",size=16MiB"),
                        Disk.parse(raw + ",format=raw")));
        try (VirtualMachine vm = VirtualMachine.start(spec, folder, line -> {})) {
            vm.awaitReady(NouveauGuest.BOOT);
            run(vm, "mkdir -p /q /r && dd if=/dev/vdb of=/dev/vda bs=64k");
            run(vm, "mount -t ext4 /dev/vda /q && mount -t ext4 /dev/vdb /r");
            run(
                    vm,
                    "echo written by one VM > /q/note && dd if=/dev/urandom of=/r/data bs=64k count=40 && cp /r/data /q/");
            run(vm, "echo lamella-raw-marker > /r/note; umount /q /r");
            assertThat(vm.powerOff(COMMAND).kind()).isEqualTo(VmExit.Kind.POWERED_OFF);
        }
        assertThat(new String(Files.readAllBytes(raw), StandardCharsets.ISO_8859_1))
                .contains("lamella-raw-marker");
        assertThat(Files.size(qcow2)).isGreaterThan(2 << 20);

        try (LamellaHost host = LamellaHost.builder().start()) {
            VfioVgpu large = host.create(VgpuSpec.of("L40-8Q"));
            VfioVgpu second = host.create(VgpuSpec.of("L40-8Q"));
            MachineSpec again = MachineSpec.of("again-" + kernel, guest)
                    .withDevices(List.of(
                            new VfioUserDevice("vgpu0", large.socket(), 4),
                            new VfioUserDevice("vgpu1", second.socket(), 5)))
                    .withDisks(List.of(
                            Disk.parse(qcow2.toString().replace(",", ",,")), Disk.parse(raw + ",format=raw,readonly")))
                    .withNetwork(Network.USER);
            try (VirtualMachine vm = VirtualMachine.start(again, folder, line -> {})) {
                vm.awaitReady(NouveauGuest.BOOT);
                run(vm, "mkdir -p /q /r && mount -t ext4 /dev/vda /q && mount -t ext4 -o ro /dev/vdb /r");
                assertThat(run(vm, "cat /q/note /r/note")).containsExactly("written by one VM", "lamella-raw-marker");
                run(vm, "cmp /q/data /r/data");
                assertThat(vm.channel()
                                .run("dd if=/dev/zero of=/dev/vdb count=1", COMMAND)
                                .exitCode())
                        .as("a read-only disk takes no write")
                        .isNotZero();
                assertThat(run(vm, "ifconfig eth0")).anyMatch(line -> line.contains("10.0.2.15"));
                run(vm, "ping -c 1 -W 10 10.0.2.2");
                vm.takeKernelLog(COMMAND);
                vm.channel().run("modprobe nouveau", DRIVER);
                GuestReport report = GuestReport.parse(vm.takeKernelLog(COMMAND));
                assertThat(report.problems()).isEmpty();
                assertThat(report.devices()).hasSize(2).allMatch(GuestReport.Device::initialized);
                assertThat(run(vm, "ls /dev/dri")).contains("card0", "card1", "renderD128", "renderD129");
                // An image that one VM writes to is no other VM's.
                MachineSpec thief = MachineSpec.of("thief", guest)
                        .withDisks(List.of(Disk.parse(qcow2.toString().replace(",", ",,"))));
                assertThat(org.assertj.core.api.Assertions.catchThrowable(() ->
                                VirtualMachine.start(thief, folder, line -> {}).close()))
                        .hasMessageContaining("Another process, probably another VM, uses the disk image " + qcow2);
                run(vm, "umount /q /r");
                assertThat(vm.powerOff(COMMAND).kind()).isEqualTo(VmExit.Kind.POWERED_OFF);
            }
        }
    }

    /** A boot sector of 20 instructions is the smallest system that a disk can start. */
    @Test
    void firmwareStartsWhatTheFirstDiskHolds() throws Exception {
        byte[] sector = new byte[1 << 20];
        byte[] code = {
            (byte) 0xfc, // cld
            0x31,
            (byte) 0xc0,
            (byte) 0x8e,
            (byte) 0xd8, // ds = 0
            (byte) 0xbe,
            0x20,
            0x7c, // si = text
            (byte) 0xba,
            (byte) 0xf8,
            0x03, // dx = the first serial port
            (byte) 0xac, // lodsb
            (byte) 0x84,
            (byte) 0xc0, // test al, al
            0x74,
            0x03, // jz +3
            (byte) 0xee, // out dx, al
            (byte) 0xeb,
            (byte) 0xf8, // back to lodsb
            (byte) 0xba,
            0x04,
            0x06, // dx = ACPI's power register of a q35
            (byte) 0xb8,
            0x00,
            0x20, // ax = sleep type 0, enabled
            (byte) 0xef, // out dx, ax
            (byte) 0xf4,
            (byte) 0xeb,
            (byte) 0xfd // hlt for ever
        };
        System.arraycopy(code, 0, sector, 0, code.length);
        byte[] text = "booted from the disk\r\n\0".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, sector, 0x20, text.length);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        Path image = Files.write(folder.resolve("boot.img"), sector);
        GuestKit kit = new GuestKit(Cache.ofUser(), Progress.none());
        var qemu = kit.qemu();
        MachineSpec spec = MachineSpec.of(
                        "firmware", qemu, kit.accelerator(qemu, Optional.empty()), Boot.Firmware.of(Optional.empty()))
                .withDisks(List.of(Disk.parse(image + ",format=raw")));
        try (VirtualMachine vm = VirtualMachine.start(spec, folder, line -> {})) {
            assertThat(vm.console().await(line -> line.contains("booted from the disk"), COMMAND))
                    .isPresent();
            assertThat(vm.awaitExit(Duration.ofSeconds(30)))
                    .hasValueSatisfying(exit -> assertThat(exit.kind()).isEqualTo(VmExit.Kind.POWERED_OFF));
        }
    }
}
