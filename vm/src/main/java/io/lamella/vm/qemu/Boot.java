// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.VmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a machine starts with. */
public sealed interface Boot {
    /**
     * A kernel and Lamella's own small guest, which takes commands from the host.
     *
     * @param kernel the kernel image
     * @param initramfs the initial file system, of {@link io.lamella.vm.guest.Initramfs}
     * @param parameters words added to the kernel's command line
     */
    record OwnGuest(Path kernel, Path initramfs, List<String> parameters) implements Boot {
        public OwnGuest {
            for (String parameter : parameters) {
                if (parameter.isBlank() || parameter.chars().anyMatch(c -> c <= ' ' || c == '"' || c > '~')) {
                    throw new IllegalArgumentException("'" + parameter + "' is not one word of a kernel command line.");
                }
            }
            parameters = List.copyOf(parameters);
        }
    }

    /**
     * The user's kernel, with the user's initial file system and command line as they are.
     *
     * @param kernel the kernel image
     * @param initrd the initial file system, if there is one
     * @param commandLine the kernel's whole command line; may be empty
     */
    record Kernel(Path kernel, Optional<Path> initrd, String commandLine) implements Boot {
        /** @throws VmException when a file is missing or unreadable */
        public static Kernel of(Path kernel, Optional<Path> initrd, String commandLine) throws VmException {
            check(kernel, "kernel");
            if (initrd.isPresent()) {
                check(initrd.get(), "initial file system");
            }
            return new Kernel(kernel.toAbsolutePath(), initrd.map(Path::toAbsolutePath), commandLine);
        }
    }

    /**
     * The machine's firmware, which starts what it finds on the first disk.
     *
     * @param image the firmware image; QEMU's SeaBIOS without one
     */
    record Firmware(Optional<Path> image) implements Boot {
        /** @throws VmException when the image is missing or unreadable */
        public static Firmware of(Optional<Path> image) throws VmException {
            if (image.isPresent()) {
                check(image.get(), "firmware image");
            }
            return new Firmware(image.map(Path::toAbsolutePath));
        }
    }

    private static void check(Path file, String what) throws VmException {
        if (!Files.isRegularFile(file)) {
            throw new VmException("The " + what + " " + file + " is not there, or is no file.");
        }
        if (!Files.isReadable(file)) {
            throw new VmException("The " + what + " " + file
                    + " cannot be read by you. (Some distributions keep kernels readable for root alone: copy it, or run"
                    + " sudo chmod a+r on it.)");
        }
    }
}
