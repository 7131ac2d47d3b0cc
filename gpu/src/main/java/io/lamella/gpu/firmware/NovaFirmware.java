// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import io.lamella.hw.Chip;
import io.lamella.hw.gsp.BootStructs;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * The firmware files of a chip as nova-core wants them: the same content as nouveau's, in containers of its own and under names without
 * the release. nova-core of Linux 7.3 speaks release 570.144.
 */
public final class NovaFirmware {
    /** The release of the GSP's interface that nova-core speaks. */
    public static final String RELEASE = "570.144";

    // What the GSP's bootloader and the booters have inside is of no matter to the software GPU; sizes and places are.
    private static final int BOOTLOADER_BYTES = 0x1000;
    private static final int BOOTLOADER_DATA = 0x800;
    private static final int BOOTLOADER_MANIFEST = 0xc00;
    private static final int BOOTER_CODE_BYTES = 0x100;
    private static final int BOOTER_DATA_BYTES = 0x200;
    private static final int SIGNATURE_IN_DATA = 0x10;
    private static final int BOOTER_UCODE_ID = 3;

    private NovaFirmware() {}

    /**
     * Files of a chip by name, such as {@code nvidia/ad102/gsp/gsp.tlv}: with the booters where the driver starts them on SEC2, with the FSP's
     * first image where the FSP starts the GSP.
     */
    public static SequencedMap<String, byte[]> files(Chip chip) {
        String directory = "nvidia/" + chip.name().toLowerCase(Locale.ROOT) + "/gsp/";
        byte[] image = SyntheticFirmware.image(RELEASE);
        SequencedMap<String, byte[]> files = new TreeMap<>();
        files.put(directory + "gsp.bin", image);
        files.put(
                directory + "gsp.tlv",
                new TlvFile(RELEASE)
                        .number("SIZE", image.length)
                        .text("FILE", "gsp.bin")
                        .bytes("SIGN", new byte[0x1000])
                        .file());
        files.put(directory + "gsp_bootloader.tlv", bootloader());
        switch (chip.architecture()) {
            case ADA -> {
                files.put(directory + "booter_load.tlv", booter("booter_load"));
                files.put(directory + "booter_unload.tlv", booter("booter_unload"));
            }
            case BLACKWELL_GB20X -> files.put(directory + "fmc.tlv", fmc());
        }
        return Collections.unmodifiableSequencedMap(files);
    }

    private static byte[] bootloader() {
        return new TlvFile(RELEASE)
                .number("CDOF", 0)
                .number("DAOF", BOOTLOADER_DATA)
                .number("MFOF", BOOTLOADER_MANIFEST)
                .number("APPV", 1)
                .bytes("BLOB", filler("bootloader", BOOTLOADER_BYTES))
                .file();
    }

    private static byte[] booter(String name) {
        return new TlvFile(RELEASE)
                .number("DAOF", BOOTER_CODE_BYTES)
                .number("DASZ", BOOTER_DATA_BYTES)
                .number("CDOF", 0)
                .number("CDSZ", BOOTER_CODE_BYTES)
                .number("PLOC", BOOTER_CODE_BYTES + SIGNATURE_IN_DATA)
                .number("FUSE", 0)
                .number("ENID", BootStructs.ENGINE_ID_SEC2)
                .number("UCID", BOOTER_UCODE_ID)
                .number("A0CO", 0)
                .number("A0CS", BOOTER_CODE_BYTES)
                .number("NSIG", 1)
                .bytes("SIGN", new byte[BootStructs.SIGNATURE_BYTES])
                .bytes("BLOB", filler(name, BOOTER_CODE_BYTES + BOOTER_DATA_BYTES))
                .file();
    }

    private static byte[] fmc() {
        byte[] image = FmcImage.image(RELEASE);
        return new TlvFile(RELEASE)
                .bytes("BLOB", image)
                .bytes("HASH", FmcImage.hash(image))
                .bytes("PKEY", FmcImage.key())
                .bytes("SIGN", FmcImage.signature())
                .file();
    }

    private static byte[] filler(String name, int sizeBytes) {
        return Arrays.copyOf(("Lamella: " + name + " " + RELEASE).getBytes(StandardCharsets.US_ASCII), sizeBytes);
    }
}
