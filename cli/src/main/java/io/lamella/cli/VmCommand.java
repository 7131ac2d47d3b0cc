// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vfio.VfioVgpu;
import io.lamella.vm.Cache;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestKit;
import io.lamella.vm.qemu.MachineSpec;
import io.lamella.vm.qemu.VfioUserDevice;
import io.lamella.vm.qemu.VirtualMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lamella vm}. */
@Command(
        name = "vm",
        mixinStandardHelpOptions = true,
        description = "Boot a VM with a vGPU and give you its serial console.",
        footer = {
            "",
            "The console is a shell in the guest, with nouveau loaded; leave it with exit.",
            "Ctrl-a x ends QEMU at once; Ctrl-a h shows what else its console takes."
        })
final class VmCommand implements Callable<Integer> {
    @Mixin
    private DemoOptions options = new DemoOptions();

    @Override
    public Integer call() throws IOException {
        try (CleanUp cleanUp = new CleanUp()) {
            Story story = new Story(System.err, OutputFormat.text, Terminal.isInteractive(), System::nanoTime);
            DemoHost host = DemoHost.start(story, cleanUp, options);
            VfioVgpu vgpu = host.createVgpu(story, "vGPU", options);
            Guest guest = story.tell("Guest", stage -> {
                Guest prepared = new GuestKit(Cache.ofUser(), update -> stage.doing(update.stage()))
                        .prepare(options.kernel, GuestContents.nouveau(DemoHost.guestFirmware(options)));
                stage.say("Linux " + prepared.kernel().release() + ", QEMU "
                        + prepared.qemu().version());
                return prepared;
            });
            story.blankLine();
            MachineSpec spec = MachineSpec.of("vm", guest)
                    .withDevices(List.of(new VfioUserDevice("vgpu0", vgpu.socket(), 4)))
                    .withTerminal();
            Path logs = Cache.ofUser().folder().resolve("logs");
            VirtualMachine machine = cleanUp.add(VirtualMachine.start(spec, logs, line -> {}));
            return switch (machine.exit().join().kind()) {
                case POWERED_OFF, STOPPED -> ExitCode.OK;
                case PANICKED, FAILED -> ExitCode.FAILED;
            };
        }
    }
}
