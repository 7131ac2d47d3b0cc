// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.VmException;
import io.lamella.vm.qemu.QemuArguments;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lamella qemu-args}. */
@Command(
        name = "qemu-args",
        mixinStandardHelpOptions = true,
        description = {
            "Print what to add to a QEMU command so that its guest gets vGPUs, or a whole GPU.",
            "",
            "QEMU must be 10.1 or newer. Leave out the command's own -m and memory-backend; the machine is best a q35."
        },
        footer = {"", "With -o json it is a list of arguments."})
final class QemuArgsCommand implements Callable<Integer> {
    @Mixin
    private AttachOptions attach = new AttachOptions();

    @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: text).")
    private OutputFormat format = OutputFormat.text;

    @Override
    public Integer call() throws VmException {
        if (format == OutputFormat.json) {
            Json.print(System.out, QemuArguments.of(attach.devices(), attach.memoryMib()));
        } else {
            System.out.print(QemuArguments.text(attach.devices(), attach.memoryMib()));
        }
        return ExitCode.OK;
    }
}
