// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import io.lamella.vm.archive.Apt;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.PackageTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Debian's static busybox: the guest's whole user space, and on the host what unpacks xz files, which Java cannot.
 *
 * @param program the program
 * @param key a name that changes when the content does
 */
public record Busybox(Path program, String key) {
    /** Gets it from the archive. */
    public static Busybox provide(DebianArchive archive) throws IOException {
        PackageTree tree = archive.provide(
                "busybox",
                apt -> apt.closure(Apt.STABLE, List.of("busybox-static")).stream()
                        .filter(pin -> pin.name().equals("busybox-static"))
                        .toList());
        for (String place : List.of("usr/bin/busybox", "bin/busybox")) {
            if (Files.isExecutable(tree.path(place))) {
                return new Busybox(tree.path(place), tree.key());
            }
        }
        throw new VmException(
                "Debian's busybox-static in " + tree.root() + " has no busybox. Delete that folder to fetch it again.");
    }
}
