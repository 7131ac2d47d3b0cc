// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vm.VmException;
import io.lamella.vm.guest.Driver;
import io.lamella.vm.guest.GuestContents;
import io.lamella.vm.guest.KernelProvider;
import io.lamella.vm.qemu.Guest;
import io.lamella.vm.qemu.GuestKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which kernel a guest of ours runs, and which driver it loads. */
final class GuestKernel {
    @Option(
            names = "--modules",
            paramLabel = "DIR",
            description =
                    "The modules of a --kernel that is a file: its lib/modules/RELEASE, or a folder with that below"
                            + " it. Left out, its driver is taken to be built in.")
    @Nullable
    Path modules;

    @Option(
            names = "--driver",
            paramLabel = "NAME",
            description =
                    "The driver to load: nouveau (the default), nova (nova_core and nova_drm), or nova_core alone.")
    String driver = "nouveau";

    /** Whether {@code --kernel} names a file and not a version of Debian's; a path is told by its slash, as in a shell, or by being there. */
    static boolean isFile(String kernel) {
        return kernel.contains("/") || Files.isRegularFile(Path.of(kernel));
    }

    /** The modules to load, in their order. @throws VmException if the driver is not known */
    List<String> driverModules() throws VmException {
        String name = driver.replace('-', '_');
        Driver known = Driver.named(name)
                .orElseThrow(() -> new VmException("There is no driver " + driver
                        + " for GPUs with a GSP in Linux; there are nouveau, nova, and nova_core alone."));
        if (name.equals("nova_drm")) {
            throw new VmException("nova_drm comes with nova_core: say --driver nova.");
        }
        return known.word().equals(name) ? known.modules() : List.of(name);
    }

    /** Looks at what can be looked at without fetching anything. @throws VmException if the kernel or its modules are not what they should be */
    void check(String kernel) throws IOException {
        if (isFile(kernel)) {
            KernelProvider.ofFiles(Path.of(kernel), Optional.ofNullable(modules));
        }
    }

    /**
     * Prepares a guest with this kernel.
     *
     * @param kernel a version of Debian's, or a file
     * @param contents what else it has; its modules are those to load
     * @throws VmException if the kernel, its modules or the driver among them cannot be had
     */
    Guest prepare(GuestKit kit, String kernel, GuestContents contents) throws IOException {
        if (isFile(kernel)) {
            return kit.prepare(KernelProvider.ofFiles(Path.of(kernel), Optional.ofNullable(modules)), contents);
        }
        if (modules != null) {
            throw new VmException(
                    "--modules goes with a kernel of your own: give --kernel as a file, such as ./bzImage.");
        }
        return kit.prepare(kernel, contents);
    }
}
