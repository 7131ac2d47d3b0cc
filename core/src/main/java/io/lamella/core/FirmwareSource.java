// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Where firmware files come from. Names are those of linux-firmware, such as {@code nvidia/ad102/gsp/gsp-570.144.bin}. */
@FunctionalInterface
public interface FirmwareSource {
    /**
     * The file's bytes, or empty where there is no such file.
     *
     * @throws IOException if it is there and cannot be read
     */
    Optional<byte[]> read(String name) throws IOException;

    /** Files below a directory, such as {@code /lib/firmware}. */
    static FirmwareSource directory(Path root) {
        return name -> {
            Path file = root.resolve(name).normalize();
            if (!file.startsWith(root.normalize())) {
                return Optional.empty();
            }
            try {
                return Optional.of(Files.readAllBytes(file));
            } catch (NoSuchFileException absent) {
                return Optional.empty();
            }
        };
    }
}
