// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of devices that cannot be had, from a sysfs made of plain files. */
class HostDeviceTest {
    private static final String GPU = "0000:65:00.0";
    private static final String AUDIO = "0000:65:00.1";

    @TempDir
    Path root;

    private Path sys;
    private Path dev;

    @BeforeEach
    void makeMachine() throws IOException {
        sys = Files.createDirectories(root.resolve("sys"));
        dev = Files.createDirectories(root.resolve("dev"));
        add(GPU, "10de", "26b5");
    }

    private void add(String address, String vendor, String device) throws IOException {
        Path folder = Files.createDirectories(sys.resolve("bus/pci/devices").resolve(address));
        Files.writeString(folder.resolve("vendor"), "0x" + vendor + "\n");
        Files.writeString(folder.resolve("device"), "0x" + device + "\n");
    }

    private void bind(String address, String driver) throws IOException {
        link(address, "driver", sys.resolve("bus/pci/drivers").resolve(driver));
        if (driver.equals("vfio-pci")) {
            Files.createDirectories(
                    sys.resolve("bus/pci/devices").resolve(address).resolve("vfio-dev/vfio3"));
        }
    }

    private void group(String address, int number) throws IOException {
        Path group = sys.resolve("kernel/iommu_groups/" + number);
        link(address, "iommu_group", group);
        Files.createDirectories(group.resolve("devices").resolve(address));
    }

    private void link(String address, String name, Path target) throws IOException {
        Files.createDirectories(target);
        Files.createSymbolicLink(sys.resolve("bus/pci/devices").resolve(address).resolve(name), target);
    }

    private HostDevice find() {
        return HostDevice.find(sys, dev, GPU);
    }

    private void makeFile(String name) throws IOException {
        Files.createDirectories(dev.resolve(name).getParent());
        Files.createFile(dev.resolve(name));
    }

    @Test
    void aDeviceThatIsNotThere() {
        assertThatThrownBy(() -> HostDevice.find(sys, dev, "0000:66:00.0"))
                .isInstanceOf(DeviceRefusedException.class)
                .hasMessageContaining("no PCI device 0000:66:00.0")
                .hasMessageContaining("lspci -D");
    }

    @Test
    void aDeviceOfAnotherDriverIsRefusedWithTheCommandsThatBindIt() throws IOException {
        bind(GPU, "nouveau");
        assertThatThrownBy(this::find)
                .hasMessageStartingWith(GPU + " (10de:26b5) is held by the driver nouveau")
                .hasMessageContaining("driverctl set-override 0000:65:00.0 vfio-pci")
                .hasMessageContaining("echo vfio-pci > ")
                .hasMessageContaining("echo 0000:65:00.0 > " + sys + "/bus/pci/devices/0000:65:00.0/driver/unbind")
                .hasMessageEndingWith("echo 0000:65:00.0 > " + sys + "/bus/pci/drivers_probe");
    }

    @Test
    void aDeviceWithoutADriverNeedsNoUnbinding() {
        assertThatThrownBy(this::find)
                .hasMessageContaining("is held by no driver")
                .message()
                .doesNotContain("unbind");
    }

    @Test
    void aDeviceWithoutAnIommu() throws IOException {
        bind(GPU, "vfio-pci");
        assertThatThrownBy(this::find)
                .hasMessageContaining("has no IOMMU group")
                .hasMessageContaining("intel_iommu=on");
    }

    @Test
    void theOthersOfAGroupAreNamed() throws IOException {
        bind(GPU, "vfio-pci");
        group(GPU, 12);
        for (String[] other : new String[][] {
            {AUDIO, "snd_hda_intel"},
            {"0000:65:00.2", "vfio-pci"},
            {"0000:64:00.0", "pcieport"},
            {"0000:65:00.3", "xhci_hcd"}
        }) {
            add(other[0], "10de", "22ba");
            bind(other[0], other[1]);
            group(other[0], 12);
        }
        assertThat(find().groupHolders()).containsExactly(AUDIO + " (snd_hda_intel)", "0000:65:00.3 (xhci_hcd)");
    }

    @Test
    void iommufdIsPreferredWhereTheKernelHasIt() throws IOException {
        bind(GPU, "vfio-pci");
        group(GPU, 12);
        assertThatThrownBy(() -> find().api(null)).hasMessageContaining("modprobe vfio-pci");
        makeFile("vfio/vfio");
        assertThat(find().api(null)).isEqualTo(VfioApi.GROUP);
        assertThatThrownBy(() -> find().api(VfioApi.IOMMUFD))
                .hasMessageContaining("CONFIG_IOMMUFD")
                .hasMessageEndingWith("Use api=group.");
        makeFile("iommu");
        assertThatThrownBy(() -> find().api(VfioApi.IOMMUFD)).hasMessageContaining("CONFIG_VFIO_DEVICE_CDEV");
        makeFile("vfio/devices/vfio3");
        assertThat(find().api(null)).isEqualTo(VfioApi.IOMMUFD);
        assertThat(find().api(VfioApi.GROUP)).isEqualTo(VfioApi.GROUP);
        assertThat(find().groupFile()).isEqualTo(dev.resolve("vfio/12"));
    }

    @Test
    void aFileThatIsNoVfioDeviceIsRefusedAndClosed() throws IOException {
        bind(GPU, "vfio-pci");
        group(GPU, 12);
        makeFile("vfio/vfio");
        int before = io.lamella.linux.OpenFiles.count();
        assertThatThrownBy(() -> VfioPciSlot.open(DeviceChoice.parse(GPU), sys, dev))
                .isInstanceOf(DeviceRefusedException.class)
                .hasMessageContaining("modprobe vfio_iommu_type1");
        assertThat(io.lamella.linux.OpenFiles.count()).isEqualTo(before);
    }
}
