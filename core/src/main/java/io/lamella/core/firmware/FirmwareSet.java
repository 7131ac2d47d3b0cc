// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FirmwareSource;
import io.lamella.core.device.Bytes;
import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.GspAbi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of one firmware release.
 *
 * @param release such as {@code 570.144}
 * @param gsp the resource manager
 * @param bootloader what starts it
 * @param bootFiles what puts both into protected memory
 */
public record FirmwareSet(String release, GspImage gsp, BootloaderImage bootloader, BootFiles bootFiles) {
    /**
     * Loads the first release of which every file is there.
     *
     * @throws CoreException {@code NOT_FOUND} with the names that were missing, {@code DEVICE_FAULT} for a file that is broken
     */
    public static FirmwareSet load(FirmwareSource source, Chip chip, List<String> releases) {
        Architecture architecture = chip.architecture();
        List<String> names = new ArrayList<>(List.of("gsp", "bootloader"));
        names.addAll(BootFiles.names(architecture));
        List<String> missing = new ArrayList<>();
        for (String release : releases) {
            GspAbi abi = GspAbi.ofRelease(release);
            if (!abi.boots(architecture)) {
                missing.add("anything of " + release + " for this chip");
                continue;
            }
            List<Bytes> files = names.stream()
                    .map(name -> "nvidia/" + chip.firmwareName() + "/gsp/" + name + "-" + release + ".bin")
                    .flatMap(name -> read(source, name, missing).stream())
                    .toList();
            if (files.size() == names.size()) {
                return new FirmwareSet(
                        release,
                        GspImage.parse(files.get(0), architecture.signatureSection()),
                        BootloaderImage.parse(files.get(1), abi.bootloaderDescriptor()),
                        BootFiles.parse(architecture, files.subList(2, files.size())));
            }
        }
        throw new CoreException(
                CoreError.NOT_FOUND,
                "No complete set of firmware files for " + chip + " (releases " + String.join(", ", releases)
                        + "); missing: " + String.join(", ", missing) + ".");
    }

    private static Optional<Bytes> read(FirmwareSource source, String name, List<String> missing) {
        try {
            Optional<byte[]> content = source.read(name);
            if (content.isEmpty()) {
                missing.add(name);
            }
            return content.map(bytes -> Bytes.of(name, bytes));
        } catch (IOException failure) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT, "Cannot read " + name + ": " + failure.getMessage() + ".", failure);
        }
    }
}
