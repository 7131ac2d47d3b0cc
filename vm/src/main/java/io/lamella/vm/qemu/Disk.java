// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.HostMemory;
import io.lamella.vm.VmException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A disk image of a machine; the guest sees a virtio block device.
 *
 * <p>What a raw image holds is the guest's choice, so a guess from its first bytes is a guess that the guest can steer: it could write the
 * header of a qcow2 image whose "backing file" is any file of the host, and read that file after its next start. QEMU therefore warns
 * about guessed raw images. Here raw is used only when it is asked for, and a qcow2 image that was merely recognised may not name other files.
 *
 * @param file the image or block device
 * @param format its layout
 * @param readOnly whether the guest cannot write to it
 */
public record Disk(Path file, DiskFormat format, boolean readOnly) {
    static final int QCOW2_MAGIC = 0x514649fb;
    /** The part of a qcow2 header (docs/interop/qcow2.rst of QEMU) that is looked at. */
    private static final int HEADER_BYTES = 104;

    private static final long INCOMPATIBLE_DATA_FILE = 1L << 2;

    public Disk {
        file = file.toAbsolutePath().normalize();
    }

    /**
     * Reads {@code FILE[,format=qcow2|raw][,readonly][,size=SIZE]} and looks at the file. A comma in a file's name is written twice. With a
     * size, an empty image is made; there must be none yet.
     *
     * @throws VmException when the file cannot be used like that, with what would do
     */
    public static Disk parse(String text) throws IOException {
        // As in QEMU's own option lists, two commas are one comma of the name.
        String[] parts = text.replace(",,", "\0").split(",", -1);
        Path file = Path.of(parts[0].replace('\0', ','));
        DiskFormat wanted = null;
        boolean readOnly = false;
        long newBytes = 0;
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            switch (part) {
                case "readonly", "readonly=on" -> readOnly = true;
                case "readonly=off" -> readOnly = false;
                case "format=qcow2" -> wanted = DiskFormat.QCOW2;
                case "format=raw" -> wanted = DiskFormat.RAW;
                default -> {
                    if (!part.startsWith("size=")) {
                        throw new VmException("'" + part.replace("\0", ",,")
                                + "' is not known for a disk. A disk is FILE[,format=qcow2|raw][,readonly][,size=SIZE]; a"
                                + " comma in the file's name is written twice.");
                    }
                    newBytes = HostMemory.parseSize(part.substring("size=".length()));
                }
            }
        }
        if (newBytes > 0) {
            NewDiskImage.create(file, wanted == null ? DiskFormat.QCOW2 : wanted, newBytes);
        }
        checkAccess(file, readOnly);
        byte[] header = header(file);
        DiskFormat found = isQcow2(header) ? DiskFormat.QCOW2 : DiskFormat.RAW;
        if (wanted == DiskFormat.QCOW2 && found != DiskFormat.QCOW2) {
            throw new VmException("The disk image " + file + " is no qcow2 image" + otherFormat(header)
                    + ". If it is a raw one, say so: --disk " + file + ",format=raw");
        }
        if (wanted == null && found == DiskFormat.RAW) {
            throw new VmException("The format of " + file + " is not known" + otherFormat(header)
                    + ": it has no qcow2 header. If it is a raw image, say so: --disk " + file
                    + ",format=raw   (Raw is never guessed, because a guest can write any header into a raw image."
                    + " Images of other kinds: qemu-img convert -O qcow2.)");
        }
        if (wanted == null && namesOtherFiles(header)) {
            throw new VmException("The qcow2 image " + file + " names another file as its backing or data file. If that"
                    + " is how you made it, say so: --disk " + file
                    + ",format=qcow2   (Without the word it is refused: had this been a raw image, its guest could have"
                    + " written such a header to read files of the host.)");
        }
        return new Disk(file, wanted == null ? found : wanted, readOnly);
    }

    private static void checkAccess(Path file, boolean readOnly) throws VmException {
        if (!Files.exists(file)) {
            throw new VmException("The disk image " + file + " is not there. To make an empty one of 20 GiB:  --disk "
                    + file + ",size=20GiB");
        }
        if (Files.isDirectory(file)) {
            throw new VmException("The disk image " + file + " is a folder. Give a file or a block device.");
        }
        if (!Files.isReadable(file)) {
            throw new VmException("The disk image " + file
                    + " cannot be read by you. Change its owner or mode, or run as its owner.");
        }
        if (!readOnly && !Files.isWritable(file)) {
            throw new VmException("The disk image " + file + " cannot be written by you. Attach it with --disk " + file
                    + ",readonly or change its owner or mode.");
        }
    }

    private static byte[] header(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.copyOf(in.readNBytes(HEADER_BYTES), HEADER_BYTES);
        }
    }

    private static boolean isQcow2(byte[] header) {
        return ByteBuffer.wrap(header).getInt() == QCOW2_MAGIC;
    }

    private static boolean namesOtherFiles(byte[] header) {
        ByteBuffer fields = ByteBuffer.wrap(header);
        boolean hasBackingFile = fields.getLong(8) != 0;
        boolean hasDataFile = fields.getInt(4) >= 3 && (fields.getLong(72) & INCOMPATIBLE_DATA_FILE) != 0;
        return hasBackingFile || hasDataFile;
    }

    private static String otherFormat(byte[] header) {
        String start = new String(header, StandardCharsets.ISO_8859_1);
        if (start.startsWith("KDMV") || start.startsWith("# Disk DescriptorFile")) {
            return " (it looks like VMware's vmdk)";
        }
        if (start.startsWith("vhdxfile") || start.startsWith("conectix")) {
            return " (it looks like Microsoft's vhd or vhdx)";
        }
        if (start.startsWith("<<< ")) {
            return " (it looks like VirtualBox's vdi)";
        }
        return start.startsWith("\u001f\u008b") || start.startsWith("\u00fd7zXZ") ? " (it looks compressed)" : "";
    }
}
