// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Commands;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** Turns a machine's description into QEMU's arguments. */
public final class CommandLine {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** The network card's slot; vfio-user devices have those from 4 on. */
    private static final int NETWORK_SLOT = 3;

    private static final int FIRST_DISK_SLOT = 16;

    private CommandLine() {}

    /**
     * The whole command.
     *
     * @param sockets the private folder for QEMU's sockets
     * @param log the console's log, written by QEMU itself only when the console is the user's terminal
     */
    static List<String> of(MachineSpec spec, Path sockets, Path log) {
        List<String> command = new ArrayList<>();
        // The kernel kills QEMU when the thread that starts it ends, however the JVM came to its end.
        Commands.find("setpriv")
                .ifPresent(setpriv -> command.addAll(List.of(setpriv.toString(), "--pdeathsig", "KILL")));
        command.addAll(machine(spec, Optional.of(sockets), Optional.of(log)));
        return command;
    }

    /**
     * The same machine for a person to start: on the terminal, without Lamella's own control sockets.
     *
     * @return the environment's settings, {@code NAME=VALUE}, and then the arguments
     */
    public static List<String> forPeople(MachineSpec spec) {
        List<String> words = new ArrayList<>();
        spec.qemu().environment().forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(machine(spec.withTerminal(), Optional.empty(), Optional.empty()));
        return words;
    }

    private static List<String> machine(MachineSpec spec, Optional<Path> sockets, Optional<Path> log) {
        List<String> command = new ArrayList<>(spec.qemu().command());
        // Without graphics SeaBIOS speaks on the serial port.
        String type = spec.boot() instanceof Boot.Firmware ? "q35,graphics=off" : "q35";
        command.addAll(List.of(
                "-name",
                "lamella-" + spec.name() + ",process=lamella-qemu",
                "-machine",
                type + ",memory-backend=mem0" + (spec.iommu() ? ",kernel-irqchip=split" : ""),
                "-accel",
                spec.accelerator().option(),
                "-cpu",
                spec.accelerator().cpu(),
                "-smp",
                Integer.toString(spec.cpus()),
                "-m",
                spec.memoryMib() + "M",
                // Shared, because a vfio-user server maps the descriptor; private memory would show it other bytes.
                "-object",
                "memory-backend-memfd,id=mem0,share=on,size=" + spec.memoryMib() + "M",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-monitor",
                "none",
                "-no-reboot",
                "-sandbox",
                "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
        addSerialPorts(command, spec, sockets, log);
        if (spec.iommu()) {
            // Before the devices behind it. With caching mode the guest tells of every mapping it makes, and devices of
            // other
            // processes are told in turn.
            command.addAll(List.of("-device", "intel-iommu,caching-mode=on,intremap=on"));
        }
        for (VfioUserDevice device : spec.devices()) {
            command.addAll(List.of("-device", json(device)));
        }
        for (int i = 0; i < spec.disks().size(); i++) {
            addDisk(command, spec.disks().get(i), i);
        }
        if (spec.network() == Network.USER) {
            command.addAll(List.of(
                    "-netdev",
                    "user,id=net0",
                    "-device",
                    "virtio-net-pci,netdev=net0,addr=%02x.0".formatted(NETWORK_SLOT)));
        }
        addBoot(command, spec);
        return command;
    }

    private static void addSerialPorts(
            List<String> command, MachineSpec spec, Optional<Path> sockets, Optional<Path> log) {
        String console = spec.interactive()
                ? "stdio,id=console,mux=on,signal=off"
                        + log.map(file -> ",logfile=" + escaped(file)).orElse("")
                : "stdio,id=console,signal=off";
        command.addAll(List.of("-chardev", console, "-serial", "chardev:console"));
        if (spec.interactive()) {
            command.addAll(List.of("-mon", "chardev=console,mode=readline"));
        }
        if (sockets.isEmpty()) {
            return;
        }
        if (spec.takesCommands()) {
            command.addAll(List.of(
                    "-chardev",
                    "socket,id=commands,server=on,wait=off,path="
                            + escaped(sockets.get().resolve("commands")),
                    "-serial",
                    "chardev:commands"));
        }
        command.addAll(List.of(
                "-chardev",
                "socket,id=qmp,server=on,wait=off,path=" + escaped(sockets.get().resolve("qmp")),
                "-mon",
                "chardev=qmp,mode=control"));
    }

    private static void addBoot(List<String> command, MachineSpec spec) {
        switch (spec.boot()) {
            case Boot.OwnGuest own ->
                command.addAll(List.of(
                        "-kernel", own.kernel().toString(),
                        "-initrd", escaped(own.initramfs()),
                        "-append", kernelCommandLine(spec, own)));
            case Boot.Kernel kernel -> {
                command.addAll(List.of("-kernel", kernel.kernel().toString()));
                kernel.initrd().ifPresent(initrd -> command.addAll(List.of("-initrd", escaped(initrd))));
                command.addAll(List.of("-append", kernel.commandLine()));
            }
            case Boot.Firmware firmware ->
                firmware.image().ifPresent(image -> command.addAll(List.of("-bios", image.toString())));
        }
    }

    /** Locking stays on, so two machines never write to one image. */
    private static void addDisk(List<String> command, Disk disk, int index) {
        String node = "disk" + index;
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("driver", isBlockDevice(disk.file()) ? "host_device" : "file");
        file.put("filename", disk.file().toString());
        Map<String, Object> backend = new LinkedHashMap<>();
        backend.put("driver", disk.format().driver());
        backend.put("node-name", node);
        backend.put("read-only", disk.readOnly());
        backend.put("file", file);
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("driver", "virtio-blk-pci");
        device.put("id", "virtio-" + node);
        device.put("drive", node);
        device.put("serial", node);
        // QEMU takes 0 for a kernel that it loads itself.
        device.put("bootindex", index + 1);
        device.put("addr", "%02x.0".formatted(FIRST_DISK_SLOT + index));
        command.addAll(
                List.of("-blockdev", JSON.writeValueAsString(backend), "-device", JSON.writeValueAsString(device)));
    }

    private static boolean isBlockDevice(Path file) {
        return file.startsWith("/dev");
    }

    /** Only the JSON form of -device takes a socket. */
    static String json(VfioUserDevice device) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("driver", "vfio-user-pci");
        properties.put("id", device.id());
        properties.put("addr", "%02x.0".formatted(device.slot()));
        Map<String, String> socket = new LinkedHashMap<>();
        socket.put("path", device.socket().toString());
        socket.put("type", "unix");
        properties.put("socket", socket);
        return JSON.writeValueAsString(properties);
    }

    private static String kernelCommandLine(MachineSpec spec, Boot.OwnGuest own) {
        List<String> words = new ArrayList<>(List.of("console=ttyS0", "panic=-1", "loglevel=7", "printk.devkmsg=on"));
        if (spec.accelerator() == Accelerator.TCG) {
            // On a busy host a translated guest waits for its timer longer than the kernel's test of it, which then
            // ends in a panic.
            words.add("no_timer_check");
        }
        if (spec.interactive()) {
            words.add("lamella.interactive");
        }
        words.addAll(own.parameters());
        return String.join(" ", words);
    }

    /** In QEMU's option lists a comma is doubled. */
    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
