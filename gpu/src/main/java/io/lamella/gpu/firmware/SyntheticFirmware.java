// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.hw.gsp.BootStructs;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** The firmware files of the chips that the software GPU can be, by the names under which nouveau asks for them. */
public final class SyntheticFirmware {
    /** Chips that there are files for. */
    private static final List<Chip> CHIPS = List.of(Chip.AD102, Chip.GB202);

    /** Section of a GSP image with what is loaded. */
    public static final String IMAGE_SECTION = ".fwimage";

    private static final String MARKER = "Lamella synthetic GSP-RM ";
    private static final int IMAGE_BYTES = 16 << 10;
    private static final int PAGE_BYTES = 4096;

    private static final int BOOTLOADER_DESCRIPTOR = 0x40;
    private static final int BOOTLOADER_DATA = 0x100;

    // Booter: headers, then the signature, then code and data.
    private static final int HS_HEADER = 0x40;
    private static final int PATCH_LOCATION = 0x80;
    private static final int PATCH_SIGNATURE = 0x84;
    private static final int SIGNATURE_COUNT = 0x88;
    private static final int META = 0x90;
    private static final int LOAD_HEADER = 0xa0;
    private static final int SIGNATURE = 0x100;
    private static final int BOOTER_DATA = 0x300;
    private static final int BOOTER_CODE_BYTES = 0x100;
    private static final int BOOTER_DATA_BYTES = 0x200;
    private static final int SIGNATURE_IN_DATA = 0x10;
    private static final int BOOTER_UCODE_ID = 3;

    private SyntheticFirmware() {}

    /** Releases there are files for, the newest first. */
    public static List<String> releases() {
        return GspAbi.all().stream().map(GspAbi::release).toList();
    }

    /**
     * Files of a release for every chip that it is for: name, such as {@code nvidia/ad102/gsp/gsp-570.144.bin}, to content.
     *
     * @throws IllegalArgumentException if the release is not one of {@link #releases()}
     */
    public static SequencedMap<String, byte[]> files(String release) {
        SequencedMap<String, byte[]> files = new TreeMap<>();
        CHIPS.forEach(chip -> files.putAll(files(chip, release)));
        return Collections.unmodifiableSequencedMap(files);
    }

    /**
     * Files of a release for one chip; none if the release is older than the chip.
     *
     * @throws IllegalArgumentException if the release is not one of {@link #releases()}
     */
    public static SequencedMap<String, byte[]> files(Chip chip, String release) {
        GspAbi abi = GspAbi.ofRelease(release);
        SequencedMap<String, byte[]> files = new TreeMap<>();
        switch (chip.architecture()) {
            case ADA -> {
                files.put(name(chip, "booter_load", release), booter("booter_load", release));
                files.put(name(chip, "booter_unload", release), booter("booter_unload", release));
            }
            case BLACKWELL_GB20X -> {
                if (abi.fmcBootParams().isEmpty()) {
                    return files;
                }
                files.put(name(chip, "fmc", release), FmcImage.container(release));
            }
        }
        files.put(name(chip, "gsp", release), gsp(chip.architecture(), release));
        files.put(name(chip, "bootloader", release), bootloader(abi));
        return Collections.unmodifiableSequencedMap(files);
    }

    /**
     * Release that an image says it is of, if it is a synthetic one.
     *
     * @param image at least its first 64 bytes
     */
    public static Optional<String> releaseOf(MemorySegment image) {
        byte[] start = new byte[(int) Math.min(64, image.byteSize())];
        MemorySegment.copy(image, ValueLayout.JAVA_BYTE, 0, start, 0, start.length);
        String text = new String(start, StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\0');
        return text.startsWith(MARKER) && end > 0
                ? Optional.of(text.substring(MARKER.length(), end))
                : Optional.empty();
    }

    private static String name(Chip chip, String file, String release) {
        return "nvidia/%s/gsp/%s-%s.bin".formatted(chip.firmwareName(), file, release);
    }

    /** What is loaded of the GSP's image, without a container around it. */
    static byte[] image(String release) {
        byte[] image = new byte[IMAGE_BYTES];
        for (int page = 0; page < IMAGE_BYTES; page += PAGE_BYTES) {
            Arrays.fill(image, page, page + PAGE_BYTES, (byte) (page / PAGE_BYTES));
        }
        byte[] marker = Arrays.copyOf((MARKER + release).getBytes(StandardCharsets.US_ASCII), 64);
        System.arraycopy(marker, 0, image, 0, marker.length);
        return image;
    }

    private static byte[] gsp(Architecture architecture, String release) {
        return new ElfImage()
                .data(IMAGE_SECTION, image(release), PAGE_BYTES)
                .data(".fwversion", (release + "\0").getBytes(StandardCharsets.US_ASCII), 1)
                .data(architecture.signatureSection(), new byte[PAGE_BYTES], 256)
                .note(".note.lamella", "Lamella", 1, MARKER + release)
                .bytes();
    }

    private static byte[] bootloader(GspAbi abi) {
        byte[] file = new byte[BOOTLOADER_DATA + PAGE_BYTES];
        MemorySegment segment = MemorySegment.ofArray(file);
        binHeader(segment, BOOTLOADER_DESCRIPTOR, BOOTLOADER_DATA);
        Struct descriptor = abi.bootloaderDescriptor();
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "version", 5);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "appVersion", 1);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "monitorCodeOffset", 0);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "monitorCodeSize", 0x800);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "monitorDataOffset", 0x800);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "monitorDataSize", 0x400);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "manifestOffset", 0xc00);
        set(descriptor, segment, BOOTLOADER_DESCRIPTOR, "manifestSize", 0x400);
        text(segment, BOOTLOADER_DATA, "Lamella: bootloader " + abi.release());
        return file;
    }

    private static byte[] booter(String name, String release) {
        byte[] file = new byte[BOOTER_DATA + BOOTER_CODE_BYTES + BOOTER_DATA_BYTES];
        MemorySegment segment = MemorySegment.ofArray(file);
        binHeader(segment, HS_HEADER, BOOTER_DATA);

        Struct header = BootStructs.HS_HEADER_V2;
        Struct load = BootStructs.HS_LOAD_HEADER_V2;
        Struct meta = BootStructs.HS_META;
        set(header, segment, HS_HEADER, "sigProdOffset", SIGNATURE);
        set(header, segment, HS_HEADER, "sigProdSize", BootStructs.SIGNATURE_BYTES);
        set(header, segment, HS_HEADER, "patchLocLocation", PATCH_LOCATION);
        set(header, segment, HS_HEADER, "patchSigLocation", PATCH_SIGNATURE);
        set(header, segment, HS_HEADER, "metaDataLocation", META);
        set(header, segment, HS_HEADER, "metaDataSize", meta.sizeBytes());
        set(header, segment, HS_HEADER, "numSigLocation", SIGNATURE_COUNT);
        set(header, segment, HS_HEADER, "headerOffset", LOAD_HEADER);
        set(header, segment, HS_HEADER, "headerSize", load.sizeBytes() + BootStructs.HS_APP.sizeBytes());

        word(segment, PATCH_LOCATION, BOOTER_CODE_BYTES + SIGNATURE_IN_DATA);
        word(segment, PATCH_SIGNATURE, 0);
        word(segment, SIGNATURE_COUNT, 1);
        set(meta, segment, META, "fuseVersion", 0);
        set(meta, segment, META, "engineId", BootStructs.ENGINE_ID_SEC2);
        set(meta, segment, META, "ucodeId", BOOTER_UCODE_ID);

        set(load, segment, LOAD_HEADER, "osCodeOffset", 0);
        set(load, segment, LOAD_HEADER, "osCodeSize", BOOTER_CODE_BYTES);
        set(load, segment, LOAD_HEADER, "osDataOffset", BOOTER_CODE_BYTES);
        set(load, segment, LOAD_HEADER, "osDataSize", BOOTER_DATA_BYTES);
        set(load, segment, LOAD_HEADER, "numApps", 1);
        set(load, segment, LOAD_HEADER, "app[0].offset", 0);
        set(load, segment, LOAD_HEADER, "app[0].size", BOOTER_CODE_BYTES);
        text(segment, BOOTER_DATA, "Lamella: " + name + " " + release);
        return file;
    }

    private static void binHeader(MemorySegment file, int headerOffset, int dataOffset) {
        Struct header = BootStructs.BIN_HEADER;
        set(header, file, 0, "magic", BootStructs.BIN_MAGIC);
        set(header, file, 0, "version", 1);
        set(header, file, 0, "size", file.byteSize());
        set(header, file, 0, "headerOffset", headerOffset);
        set(header, file, 0, "dataOffset", dataOffset);
        set(header, file, 0, "dataSize", file.byteSize() - dataOffset);
    }

    private static void set(Struct struct, MemorySegment segment, long base, String field, long value) {
        struct.scalar(field).setValue(segment, base, value);
    }

    private static void word(MemorySegment segment, long offset, int value) {
        segment.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN), offset, value);
    }

    private static void text(MemorySegment segment, long offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }
}
