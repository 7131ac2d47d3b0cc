// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.firmware;

import io.lamella.hw.fsp.FspMessages;
import io.lamella.hw.struct.Struct;
import io.lamella.pci.DmaFaultException;
import io.lamella.pci.DmaSpace;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The program that the FSP starts on the GSP, with the hash, key and signature that go with it. A synthetic one says how long it is, so that the
 * FSP can check its hash; of a real one nothing is known but where it begins.
 */
public final class FmcImage {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String MARKER = "Lamella synthetic GSP-FMC ";
    private static final int LENGTH_OFFSET = 64;
    private static final int START_BYTES = LENGTH_OFFSET + 4;
    private static final int IMAGE_BYTES = 4096;

    /** No longer than this is read to check it. */
    private static final int MAX_BYTES = 1 << 20;

    private static final int UNCOMPRESSED_POINT = 4;
    private static final int TYPE_PROGBITS = 1;
    private static final int TYPE_STRTAB = 3;
    private static final int FLAG_STRINGS = 0x20;

    /** Allocated, of the processor's and the system's own kinds, not conforming. */
    private static final int FLAGS_PART = 0xfff0_0102;

    private FmcImage() {}

    /** The program. */
    static byte[] image(String release) {
        byte[] image = new byte[IMAGE_BYTES];
        byte[] marker = (MARKER + release).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(marker, 0, image, 0, marker.length);
        MemorySegment.ofArray(image).set(WORD, LENGTH_OFFSET, IMAGE_BYTES);
        return image;
    }

    /** Its hash. */
    static byte[] hash(byte[] image) {
        try {
            return MessageDigest.getInstance("SHA-384").digest(image);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-384, which every Java has.", e);
        }
    }

    /** In the form of a key, that of no one. */
    static byte[] key() {
        byte[] key = new byte[FspMessages.BLACKWELL_KEY_BYTES];
        Arrays.fill(key, (byte) 0x4c);
        key[0] = UNCOMPRESSED_POINT;
        return key;
    }

    /** In the form of a signature. */
    static byte[] signature() {
        byte[] signature = new byte[FspMessages.BLACKWELL_SIGNATURE_BYTES];
        Arrays.fill(signature, (byte) 0x53);
        return signature;
    }

    /** The container that nouveau reads: an ELF whose five sections are the names, hash, signature, key and program. */
    static byte[] container(String release) {
        byte[] image = image(release);
        String[] names = {"", ".shstrtab", "hash", "signature", "publickey", "image"};
        byte[][] contents = {{}, {}, hash(image), signature(), key(), image};
        ByteArrayOutputStream strings = new ByteArrayOutputStream();
        int[] nameOffsets = new int[names.length];
        for (int i = 0; i < names.length; i++) {
            nameOffsets[i] = strings.size();
            strings.writeBytes((names[i] + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        contents[1] = strings.toByteArray();
        Struct header = FspMessages.ELF_HEADER;
        Struct section = FspMessages.ELF_SECTION;
        int at = header.sizeBytes() + names.length * section.sizeBytes();
        int size = at
                + Arrays.stream(contents).mapToInt(part -> roundUp(part.length)).sum();
        MemorySegment file = MemorySegment.ofArray(new byte[size]);
        header.bytes("ident").set(file, 0, new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1});
        header.u32("version").set(file, 0, 1);
        header.u32("sectionHeaderOffset").set(file, 0, header.sizeBytes());
        header.u16("headerSize").set(file, 0, header.sizeBytes());
        header.u16("sectionHeaderSize").set(file, 0, section.sizeBytes());
        header.u16("sectionHeaderCount").set(file, 0, names.length);
        header.u16("nameSectionIndex").set(file, 0, 1);
        for (int i = 1; i < names.length; i++) {
            long base = header.sizeBytes() + (long) i * section.sizeBytes();
            section.u32("name").set(file, base, nameOffsets[i]);
            section.u32("type").set(file, base, i == 1 ? TYPE_STRTAB : TYPE_PROGBITS);
            section.u32("flags").set(file, base, i == 1 ? FLAG_STRINGS : FLAGS_PART);
            section.u32("offset").set(file, base, at);
            section.u32("size").set(file, base, contents[i].length);
            section.u32("alignment").set(file, base, 4);
            MemorySegment.copy(contents[i], 0, file, ValueLayout.JAVA_BYTE, at, contents[i].length);
            at += roundUp(contents[i].length);
        }
        return file.toArray(ValueLayout.JAVA_BYTE);
    }

    private static int roundUp(int value) {
        return (value + 3) & ~3;
    }

    /**
     * Whether a program in the driver's memory is the one that a hash is of, as far as that can be known.
     *
     * @throws DmaFaultException if it cannot be read
     */
    public static boolean hashMatches(DmaSpace dma, long address, byte[] hash) {
        MemorySegment start = MemorySegment.ofArray(new byte[START_BYTES]);
        dma.read(address, start);
        byte[] marker = MARKER.getBytes(StandardCharsets.US_ASCII);
        if (!Arrays.equals(start.asSlice(0, marker.length).toArray(ValueLayout.JAVA_BYTE), marker)) {
            return true;
        }
        int length = start.get(WORD, LENGTH_OFFSET);
        if (length < START_BYTES || length > MAX_BYTES) {
            return false;
        }
        MemorySegment image = MemorySegment.ofArray(new byte[length]);
        dma.read(address, image);
        return Arrays.equals(hash(image.toArray(ValueLayout.JAVA_BYTE)), hash);
    }
}
