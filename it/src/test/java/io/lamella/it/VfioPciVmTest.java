// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.SoftwareGpu;
import io.lamella.vfiouser.server.VfioUserServer;
import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.build.IommufdKernel;
import io.lamella.vm.guest.Busybox;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.Initramfs;
import io.lamella.vm.guest.Kernel;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Accelerator;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestChannel;
import io.lamella.vm.qemu.GuestKit;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.Qemu;
import io.lamella.vm.qemu.VfioUserDevice;
import io.lamella.vm.qemu.VirtualMachine;
import io.lamella.vm.qemu.VmExit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The core on a real Linux device file. A software GPU's physical function is a PCI device of a VM with an emulated IOMMU; in there the
 * kernel's vfio-pci holds it, and this project's own core, in a Java machine of its own, boots the GPU through {@code /dev/vfio} and keeps its
 * contract. Then the kernel takes the device away.
 */
@Tag("vm")
@Timeout(18_000)
class VfioPciVmTest {
    private static final String DEVICE = "0000:00:04.0";
    private static final int SLOT = 4;
    private static final Path WORK = Path.of("target", "inner").toAbsolutePath();
    private static final Path LOGS = Path.of("target", "vm-logs").toAbsolutePath();
    private static final Duration BOOT = Duration.ofMinutes(3);
    private static final Duration RUN = Duration.ofMinutes(15);
    private static final Duration COMMAND = Duration.ofMinutes(1);

    /** {@code full} opens the core dozens of times and takes its device away under load: minutes, under TCG. */
    private static final String CONTRACT = System.getProperty("lamella.contract", "quick");

    @TempDir
    Path sockets;

    /** Debian builds its kernels without iommufd, so this is the group; that the other way is refused in words is seen on the way. */
    @Test
    void throughTheGroupOnDebiansKernel() throws Exception {
        Kernel kernel =
                new KernelProvider(new DebianArchive(Cache.ofUser(), Progress.none())).provide(KernelProvider.NEWEST);
        List<String> said = runInside(
                kernel,
                List.of("vfio-pci", "vfio_iommu_type1"),
                List.of(DEVICE + ",api=iommufd", DEVICE + ",api=group"));
        assertThat(said)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("refused " + DEVICE + " (10de:26b5) cannot be opened through iommufd")
                        .contains("CONFIG_IOMMUFD"))
                .filteredOn(line -> line.startsWith("slot "))
                .isNotEmpty()
                .allMatch(line -> line.equals("slot " + DEVICE + " group"));
        assertWorked(said, 1);
    }

    /**
     * Both ways in one boot of a kernel that has both: one that is built for it, once, or {@code -Dlamella.iommufd.kernel=FILE}. It is {@code
     * ./lamella test --iommufd}.
     */
    @Tag("long")
    @Test
    void throughIommufdAndTheGroupOnAKernelThatHasBoth() throws Exception {
        String file = System.getProperty("lamella.iommufd.kernel", "");
        Kernel kernel = file.isEmpty()
                ? IommufdKernel.provide(Cache.ofUser(), Progress.none())
                : KernelProvider.ofFiles(Path.of(file), Optional.empty());
        List<String> said = runInside(kernel, List.of(), List.of(DEVICE + ",api=group", DEVICE + ",api=iommufd"));
        assertThat(said).contains("slot " + DEVICE + " group", "slot " + DEVICE + " iommufd");
        assertWorked(said, 2);
    }

    private static void assertWorked(List<String> said, int times) {
        assertThat(said)
                .noneMatch(line -> line.startsWith("broken "))
                .contains("alive false", "register ffffffff", "unbound true", "end");
        assertThat(said.stream().filter(line -> line.startsWith("contract " + CONTRACT)))
                .hasSize(times)
                .allMatch(line -> line.contains(", 0 broken"));
        if (CONTRACT.equals("quick")) {
            assertThat(said.stream().filter(line -> line.startsWith("gpu ")))
                    .hasSize(times)
                    .allMatch(line -> line.contains("chip=AD102") && line.contains("firmwareRelease=570.144"));
        }
    }

    /** @return the inner program's lines */
    private List<String> runInside(Kernel kernel, List<String> modules, List<String> devices) throws Exception {
        Path socket = sockets.resolve("pf.sock");
        Guest guest = guest(kernel, new GuestContents(modules, Map.of(), InnerImage.build(WORK)));
        try (SoftwareGpu gpu = SoftwareGpu.builder("outer").build();
                VfioUserServer server = VfioUserServer.listen(gpu.physicalFunction(), socket)) {
            MachineSpec spec = MachineSpec.of("vfio-pci", guest)
                    .withDevices(List.of(new VfioUserDevice("pf", socket, SLOT)))
                    .withIommu()
                    .withKernelParameters(List.of("intel_iommu=on"));
            try (VirtualMachine vm = VirtualMachine.start(spec, LOGS, line -> {})) {
                vm.awaitReady(BOOT);
                for (String module : modules) {
                    run(vm, "modprobe " + module, COMMAND);
                }
                run(vm, "echo vfio-pci > /sys/bus/pci/devices/" + DEVICE + "/driver_override", COMMAND);
                run(vm, "echo " + DEVICE + " > /sys/bus/pci/drivers_probe", COMMAND);
                List<String> words = new ArrayList<>(List.of(CONTRACT));
                words.addAll(devices);
                List<String> command = InnerImage.command("-XX:AOTCache=core.aot", words.toArray(String[]::new));
                List<String> lines = run(vm, "cd /" + InnerImage.HOME + " && " + String.join(" ", command), RUN);
                assertThat(vm.powerOff(COMMAND).kind()).isEqualTo(VmExit.Kind.POWERED_OFF);
                lines.forEach(System.out::println);
                return lines.stream()
                        .filter(line -> line.startsWith("INNER "))
                        .map(line -> line.substring("INNER ".length()))
                        .toList();
            } finally {
                for (int i = 0; i < 500 && server.hasClient(); i++) {
                    Thread.sleep(20);
                }
                assertThat(server.statistics().dmaMaps())
                        .as("mappings left by a VM that is off")
                        .isZero();
            }
        }
    }

    private static List<String> run(VirtualMachine vm, String command, Duration timeout) throws IOException {
        GuestChannel.Output output = vm.channel().run(command, timeout);
        assertThat(output.exitCode()).as("%s: %s", command, output.lines()).isZero();
        return output.lines();
    }

    /** As {@link GuestKit} makes one, but 80 MB that change with every build stay out of the user's cache. */
    private static Guest guest(Kernel kernel, GuestContents contents) throws IOException {
        Cache cache = Cache.ofUser();
        DebianArchive archive = new DebianArchive(cache, Progress.none());
        GuestKit kit = new GuestKit(cache, Progress.none());
        Qemu qemu = kit.qemu();
        Accelerator accelerator = kit.accelerator(qemu, Optional.of(kernel.image()));
        Path initramfs = new Initramfs(Cache.at(WORK.resolve("initramfs")), Busybox.provide(archive))
                .build(kernel, contents, Progress.none());
        return new Guest(qemu, accelerator, kernel, initramfs);
    }
}
