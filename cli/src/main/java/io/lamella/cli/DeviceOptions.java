// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.PciAddress;
import io.lamella.core.c.CoreChoice;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import io.lamella.vfiopci.DeviceChoice;
import io.lamella.vfiopci.VfioPciSlot;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** A real device instead of a software GPU. */
final class DeviceOptions {
    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            converter = Converter.class,
            description = "A PCI device that vfio-pci holds, instead of software GPUs: " + DeviceChoice.SYNTAX
                    + ". It is opened and reset dozens of times. Not tried on real hardware; see docs/real-gpu.md.")
    private @Nullable DeviceChoice device;

    @Option(
            names = "--firmware-folder",
            paramLabel = "FOLDER",
            description =
                    "Where the device's firmware is, with the names of linux-firmware (default: ${DEFAULT-VALUE}).")
    private Path firmwareFolder = Path.of("/lib/firmware");

    boolean isGiven() {
        return device != null;
    }

    /** @throws io.lamella.vfiopci.DeviceRefusedException if the device cannot be had */
    ContractReport check(CoreChoice core, String release) {
        DeviceChoice choice = Objects.requireNonNull(device);
        // Once before, so that a device that cannot be had is refused in its own words and not as a broken clause.
        VfioPciSlot.open(choice).close();
        int[] at = choice.numbers();
        return CoreContract.check(new ContractSubject(
                core.provider(),
                () -> VfioPciSlot.open(choice),
                FirmwareSource.directory(firmwareFolder),
                CoreOptions.DEFAULT
                        .withFirmwareReleases(release)
                        .withPciAddress(new PciAddress(at[0], at[1], at[2], at[3]))));
    }

    /** Says what is wrong in the words of whoever reads it. */
    static final class Converter implements ITypeConverter<DeviceChoice> {
        @Override
        public DeviceChoice convert(String text) {
            try {
                return DeviceChoice.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
