// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiopci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What sysfs says of a PCI device, and the sentences for what keeps it from being used. */
final class HostDevice {
    /** Drivers that do not use their device for DMA of their own, as the kernel sees it: a group with them can still be given away. */
    private static final Set<String> HARMLESS = Set.of("", "pci-stub", "pcieport", "shpchp");

    private final Path sys;
    private final Path dev;
    private final String address;
    private final Path folder;

    private HostDevice(Path sys, Path dev, String address) {
        this.sys = sys;
        this.dev = dev;
        this.address = address;
        this.folder = sys.resolve("bus/pci/devices").resolve(address);
    }

    /**
     * Looks a device up.
     *
     * @param sys where sysfs is
     * @param dev where device files are
     * @throws DeviceRefusedException if there is none, another driver has it, or nothing translates its addresses
     */
    static HostDevice find(Path sys, Path dev, String address) {
        HostDevice device = new HostDevice(sys, dev, address);
        if (!Files.isDirectory(device.folder)) {
            throw new DeviceRefusedException("There is no PCI device " + address + " (no " + device.folder
                    + "). lspci -D lists those that there are.");
        }
        String driver = device.driver();
        if (!driver.equals("vfio-pci") && !Files.isDirectory(device.folder.resolve("vfio-dev"))) {
            throw new DeviceRefusedException(device.describe() + " is held by "
                    + (driver.isEmpty() ? "no driver" : "the driver " + driver)
                    + ", and vfio-pci must hold it. Give it to vfio-pci, as root:\n" + device.bindCommands());
        }
        if (device.groupNumber() < 0) {
            throw new DeviceRefusedException(device.describe()
                    + " has no IOMMU group, so nothing could keep it to the memory it is given. Switch the IOMMU on in the"
                    + " machine's firmware (VT-d, AMD-Vi) and in the kernel (intel_iommu=on on its command line for Intel;"
                    + " in a VM, give the VM an emulated one). The kernel's no-IOMMU mode is not used.");
        }
        return device;
    }

    String address() {
        return address;
    }

    /** The driver that has it; empty for none. */
    String driver() {
        return linkName(folder.resolve("driver"));
    }

    /** Its IOMMU group; -1 without one. */
    int groupNumber() {
        String name = linkName(folder.resolve("iommu_group"));
        return name.matches("\\d{1,9}") ? Integer.parseInt(name) : -1;
    }

    Path groupFile() {
        return dev.resolve("vfio").resolve(Integer.toString(groupNumber()));
    }

    Path containerFile() {
        return dev.resolve("vfio/vfio");
    }

    Path iommuFile() {
        return dev.resolve("iommu");
    }

    /** The device's own file, where the kernel makes one. */
    @Nullable
    Path ownFile() {
        try (Stream<Path> names = Files.list(folder.resolve("vfio-dev"))) {
            return names.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("vfio\\d{1,9}"))
                    .map(name -> dev.resolve("vfio/devices").resolve(name))
                    .filter(Files::exists)
                    .findFirst()
                    .orElse(null);
        } catch (IOException absent) {
            return null;
        }
    }

    /** Which way to open it: what was asked for, if the kernel has it, else the newer one that it has. */
    VfioApi api(@Nullable VfioApi wanted) {
        boolean iommufd = Files.exists(iommuFile()) && ownFile() != null;
        boolean group = Files.exists(containerFile());
        if (wanted == VfioApi.IOMMUFD && !iommufd) {
            throw new DeviceRefusedException(describe() + " cannot be opened through iommufd: "
                    + (Files.exists(iommuFile())
                            ? "it has no file of its own under " + dev.resolve("vfio/devices")
                                    + " (CONFIG_VFIO_DEVICE_CDEV)."
                            : "there is no " + iommuFile()
                                    + " (CONFIG_IOMMUFD; Debian's kernels up to 7.3 are built without it).")
                    + (group ? " Use api=group." : ""));
        }
        if (!group && (wanted == VfioApi.GROUP || (wanted == null && !iommufd))) {
            throw new DeviceRefusedException(describe() + " cannot be opened through its group: there is no "
                    + containerFile() + ". Load the modules:  modprobe vfio-pci && modprobe vfio_iommu_type1"
                    + (iommufd ? "   Or use api=iommufd." : ""));
        }
        return wanted != null ? wanted : iommufd ? VfioApi.IOMMUFD : VfioApi.GROUP;
    }

    /** The other devices of the group whose drivers keep it from being given away, with those drivers; empty if there are none. */
    List<String> groupHolders() {
        List<String> holders = new ArrayList<>();
        Path members = sys.resolve("kernel/iommu_groups")
                .resolve(Integer.toString(groupNumber()))
                .resolve("devices");
        try (Stream<Path> names = Files.list(members)) {
            for (String name : (Iterable<String>)
                    names.map(path -> path.getFileName().toString()).sorted()::iterator) {
                HostDevice other = new HostDevice(sys, dev, name);
                String driver = other.driver();
                if (!name.equals(address) && !HARMLESS.contains(driver) && !driver.contains("vfio")) {
                    holders.add(name + " (" + driver + ")");
                }
            }
        } catch (IOException absent) {
            // The group went away meanwhile; whoever opens it is told.
            return holders;
        }
        return holders;
    }

    /** What a root shell runs to give the device to vfio-pci, either way. */
    String bindCommands() {
        String driver = driver();
        StringBuilder commands = new StringBuilder("  modprobe vfio-pci\n  driverctl set-override " + address
                + " vfio-pci        # it stays so after a restart; or, until then:\n  echo vfio-pci > " + folder
                + "/driver_override\n");
        if (!driver.isEmpty()) {
            commands.append("  echo ")
                    .append(address)
                    .append(" > ")
                    .append(folder)
                    .append("/driver/unbind\n");
        }
        return commands.append("  echo ")
                .append(address)
                .append(" > ")
                .append(sys.resolve("bus/pci/drivers_probe"))
                .toString();
    }

    /** Address and ids, for messages. */
    String describe() {
        String vendor = id("vendor");
        String device = id("device");
        return vendor.isEmpty() ? address : address + " (" + vendor + ":" + device + ")";
    }

    private String id(String name) {
        try {
            String text = Files.readString(folder.resolve(name)).strip();
            return text.matches("0x[0-9a-f]{4}") ? text.substring(2) : "";
        } catch (IOException absent) {
            return "";
        }
    }

    private static String linkName(Path link) {
        try {
            Path name = Files.readSymbolicLink(link).getFileName();
            return name == null ? "" : name.toString();
        } catch (NoSuchFileException | NotLinkException absent) {
            return "";
        } catch (IOException e) {
            throw new DeviceRefusedException("Cannot read " + link + ": " + e.getMessage() + ".", e);
        }
    }
}
