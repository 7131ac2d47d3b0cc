// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Commands;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Turns a machine's description into QEMU's arguments. */
final class CommandLine {
    private static final JsonMapper JSON = JsonMapper.builder().build();

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
        command.addAll(spec.qemu().command());
        command.addAll(List.of(
                "-name",
                "lamella-" + spec.name() + ",process=lamella-qemu",
                "-machine",
                "q35,memory-backend=mem0",
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
        String console = spec.interactive()
                ? "stdio,id=console,mux=on,signal=off,logfile=" + escaped(log)
                : "stdio,id=console,signal=off";
        command.addAll(List.of("-chardev", console, "-serial", "chardev:console"));
        if (spec.interactive()) {
            command.addAll(List.of("-mon", "chardev=console,mode=readline"));
        } else {
            command.addAll(List.of(
                    "-chardev",
                    "socket,id=commands,server=on,wait=off,path=" + escaped(sockets.resolve("commands")),
                    "-serial",
                    "chardev:commands"));
        }
        command.addAll(List.of(
                "-chardev",
                "socket,id=qmp,server=on,wait=off,path=" + escaped(sockets.resolve("qmp")),
                "-mon",
                "chardev=qmp,mode=control"));
        for (VfioUserDevice device : spec.devices()) {
            command.addAll(List.of("-device", json(device)));
        }
        command.addAll(List.of(
                "-kernel", spec.kernel().toString(),
                "-initrd", escaped(spec.initramfs()),
                "-append", kernelCommandLine(spec)));
        return command;
    }

    /** Only the JSON form of -device takes a socket. */
    private static String json(VfioUserDevice device) {
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

    private static String kernelCommandLine(MachineSpec spec) {
        List<String> words = new ArrayList<>(List.of("console=ttyS0", "panic=-1", "loglevel=7", "printk.devkmsg=on"));
        if (spec.interactive()) {
            words.add("lamella.interactive");
        }
        words.addAll(spec.kernelParameters());
        return String.join(" ", words);
    }

    /** In QEMU's option lists a comma is doubled. */
    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
