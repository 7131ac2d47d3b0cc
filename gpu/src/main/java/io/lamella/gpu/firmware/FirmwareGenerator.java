// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the firmware files below a directory, such as the firmware directory of an initramfs. */
public final class FirmwareGenerator {
    private FirmwareGenerator() {}

    /**
     * Writes everything.
     *
     * @param args the directory, such as {@code lib/firmware}
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("Say the directory to write nvidia/*/gsp/*.bin below, such as lib/firmware.");
            System.exit(2);
        }
        writeAll(Path.of(args[0]));
    }

    /** Writes the files of every release. */
    public static void writeAll(Path directory) throws IOException {
        for (String release : SyntheticFirmware.releases()) {
            write(directory, release);
        }
    }

    /** Writes the files of one release. @throws IllegalArgumentException if there is no such release */
    public static void write(Path directory, String release) throws IOException {
        for (var file : SyntheticFirmware.files(release).entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
    }
}
