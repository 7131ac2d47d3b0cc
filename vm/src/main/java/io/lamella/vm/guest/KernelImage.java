// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an x86 kernel image (bzImage) says of itself in its setup header (Documentation/arch/x86/boot.rst of Linux). */
final class KernelImage {
    /** Longer than any setup code: the header counts its 512-byte sectors in one byte. */
    private static final int SETUP_BYTES = 257 * 512;

    private static final int MAGIC = 0x202;
    private static final int VERSION = 0x20e;
    private static final Pattern RELEASE = Pattern.compile("([0-9][A-Za-z0-9.+~_-]{0,63}) .*");

    private KernelImage() {}

    /**
     * Reads the kernel's release, as uname prints it.
     *
     * @throws VmException when the file is no x86 kernel image, or does not say its release
     */
    static String release(Path image) throws IOException {
        byte[] setup;
        try (InputStream in = Files.newInputStream(image)) {
            setup = in.readNBytes(SETUP_BYTES);
        }
        ByteBuffer header = ByteBuffer.wrap(setup).order(ByteOrder.LITTLE_ENDIAN);
        if (setup.length < VERSION + 2 || header.getInt(MAGIC) != 0x53726448) {
            throw new VmException(image + " is no x86 kernel image that QEMU can load: give a bzImage or vmlinuz, not"
                    + " the vmlinux that it was made from.");
        }
        int pointer = Short.toUnsignedInt(header.getShort(VERSION));
        int start = pointer + 0x200;
        if (pointer != 0 && start < setup.length) {
            int length = Math.min(256, setup.length - start);
            Matcher text = RELEASE.matcher(
                    new String(setup, start, length, StandardCharsets.ISO_8859_1).split("[\0\n]", 2)[0].concat(" "));
            if (text.matches()) {
                return text.group(1);
            }
        }
        throw new VmException("The kernel image " + image + " does not say its release.");
    }
}
