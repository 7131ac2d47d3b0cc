// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import java.util.List;

/**
 * A libvirt domain with vGPUs. libvirt has no element for vfio-user, so the devices go through its namespace for QEMU's own command line
 * (https://libvirt.org/drvqemu.html#pass-through-of-arbitrary-qemu-commands); memory is a shared memfd
 * (https://libvirt.org/formatdomain.html#memory-backing). The schema of libvirt 11.3 accepts what this writes; a test checks that.
 *
 * @param name the domain's name
 * @param memoryMib its memory
 * @param cpus its CPUs
 * @param disks its disks; it starts from the first
 * @param devices its vGPUs
 * @param accelerator KVM as a rule
 */
public record LibvirtDomain(
        String name, int memoryMib, int cpus, List<Disk> disks, List<VfioUserDevice> devices, Accelerator accelerator) {

    public LibvirtDomain {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")) {
            throw new IllegalArgumentException(
                    "'" + name + "' is not a domain's name: letters, digits, and . _ + - please.");
        }
        disks = List.copyOf(disks);
        devices = List.copyOf(devices);
    }

    /** The whole domain, for {@code virsh define}. */
    public String xml() {
        boolean isKvm = accelerator == Accelerator.KVM;
        StringBuilder xml = new StringBuilder();
        // The namespace must be declared on this element, or libvirt drops the command line without a word.
        xml.append("<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
                .formatted(isKvm ? "kvm" : "qemu"));
        xml.append("  <name>%s</name>\n".formatted(name));
        xml.append("  <memory unit='MiB'>%d</memory>\n".formatted(memoryMib));
        xml.append(memoryBacking("  "));
        xml.append("  <vcpu>%d</vcpu>\n".formatted(cpus));
        xml.append("  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n");
        xml.append(disks.isEmpty() ? "" : "    <boot dev='hd'/>\n");
        xml.append("  </os>\n");
        xml.append("  <features>\n    <acpi/>\n    <apic/>\n  </features>\n");
        xml.append("  <cpu mode='%s'/>\n".formatted(isKvm ? "host-passthrough" : "maximum"));
        xml.append("  <devices>\n");
        for (int i = 0; i < disks.size(); i++) {
            xml.append(disk(disks.get(i), i));
        }
        xml.append("    <serial type='pty'/>\n    <console type='pty'/>\n");
        xml.append("  </devices>\n");
        xml.append(commandLine("  "));
        return xml.append("</domain>\n").toString();
    }

    /** Only what an existing domain lacks, for {@code virsh edit}: two elements and where they go. */
    public String fragment() {
        return "<!-- 1. Make the first line of the domain:\n"
                + "     <domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
                + "     2. After <memory>, in place of any other memoryBacking: -->\n"
                + memoryBacking("")
                + "<!-- 3. Before </domain>: -->\n"
                + commandLine("");
    }

    private static String memoryBacking(String indent) {
        return """
                <memoryBacking>
                  <source type='memfd'/>
                  <access mode='shared'/>
                </memoryBacking>
                """.indent(indent.length());
    }

    private String commandLine(String indent) {
        StringBuilder xml = new StringBuilder("<qemu:commandline>\n");
        for (VfioUserDevice device : devices) {
            xml.append("  <qemu:arg value='-device'/>\n");
            xml.append("  <qemu:arg value='%s'/>\n".formatted(escaped(CommandLine.json(device))));
        }
        return xml.append("</qemu:commandline>\n").toString().indent(indent.length());
    }

    private static String disk(Disk disk, int index) {
        boolean isBlock = disk.file().startsWith("/dev");
        return """
                    <disk type='%s' device='disk'>
                      <driver name='qemu' type='%s'/>
                      <source %s='%s'/>
                      <target dev='vd%c' bus='virtio'/>
                %s    </disk>
                """.formatted(
                        isBlock ? "block" : "file",
                        disk.format().driver(),
                        isBlock ? "dev" : "file",
                        escaped(disk.file().toString()),
                        (char) ('a' + index),
                        disk.readOnly() ? "      <readonly/>\n" : "");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&apos;");
    }
}
