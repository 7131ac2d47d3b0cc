// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.firmware;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.FirmwareSource;
import io.lamella.core.device.Bytes;
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
 * @param booterLoad what puts both into protected memory
 * @param booterUnload what takes them out again
 */
public record FirmwareSet(
        String release, GspImage gsp, BootloaderImage bootloader, BooterImage booterLoad, BooterImage booterUnload) {
    /**
     * Loads the first release of which every file is there.
     *
     * @param chip as in the files' names, such as {@code ad102}
     * @param signatureSection of the chip, such as {@code .fwsignature_ad10x}
     * @throws CoreException {@code NOT_FOUND} with the names that were missing, {@code DEVICE_FAULT} for a file that is broken
     */
    public static FirmwareSet load(FirmwareSource source, String chip, String signatureSection, List<String> releases) {
        List<String> missing = new ArrayList<>();
        for (String release : releases) {
            String directory = "nvidia/" + chip + "/gsp/";
            Optional<Bytes> gsp = read(source, directory + "gsp-" + release + ".bin", missing);
            Optional<Bytes> bootloader = read(source, directory + "bootloader-" + release + ".bin", missing);
            Optional<Bytes> load = read(source, directory + "booter_load-" + release + ".bin", missing);
            Optional<Bytes> unload = read(source, directory + "booter_unload-" + release + ".bin", missing);
            if (gsp.isPresent() && bootloader.isPresent() && load.isPresent() && unload.isPresent()) {
                return new FirmwareSet(
                        release,
                        GspImage.parse(gsp.get(), signatureSection),
                        BootloaderImage.parse(
                                bootloader.get(), GspAbi.ofRelease(release).bootloaderDescriptor()),
                        BooterImage.parse(load.get()),
                        BooterImage.parse(unload.get()));
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
