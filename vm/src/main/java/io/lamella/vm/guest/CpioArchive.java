// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A cpio archive in the "newc" format that the kernel unpacks at boot. Entries come out in the order of their names,
 * with time 0 and owner 0, so the same content gives the same bytes.
 */
final class CpioArchive {
    private static final int DIRECTORY = 0040000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int REGULAR = 0100000;
    private static final int SYMBOLIC_LINK = 0120000;

    // The array is written out once and never compared.
    @SuppressWarnings("ArrayRecordComponent")
    private record Entry(int mode, int deviceMajor, int deviceMinor, byte[] content) {}

    private final Map<String, Entry> entries = new TreeMap<>();

    CpioArchive directory(String name) {
        return add(name, new Entry(DIRECTORY | 0755, 0, 0, new byte[0]));
    }

    CpioArchive file(String name, int permissions, byte[] content) {
        return add(name, new Entry(REGULAR | permissions, 0, 0, content));
    }

    CpioArchive link(String name, String target) {
        return add(name, new Entry(SYMBOLIC_LINK | 0777, 0, 0, target.getBytes(StandardCharsets.UTF_8)));
    }

    CpioArchive characterDevice(String name, int permissions, int major, int minor) {
        return add(name, new Entry(CHARACTER_DEVICE | permissions, major, minor, new byte[0]));
    }

    private CpioArchive add(String name, Entry entry) {
        if (name.isEmpty() || name.startsWith("/") || name.endsWith("/") || name.length() > 1024) {
            throw new IllegalArgumentException("not a name inside an archive: '" + name + "'");
        }
        String[] parts = name.split("/", -1);
        StringBuilder parent = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].isEmpty() || parts[i].equals(".") || parts[i].equals("..") || parts[i].indexOf('\0') >= 0) {
                throw new IllegalArgumentException("not a name inside an archive: '" + name + "'");
            }
            if (i < parts.length - 1) {
                parent.append(i == 0 ? "" : "/").append(parts[i]);
                entries.putIfAbsent(parent.toString(), new Entry(DIRECTORY | 0755, 0, 0, new byte[0]));
            }
        }
        entries.put(name, entry);
        return this;
    }

    void writeTo(OutputStream out) throws IOException {
        int inode = 1;
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            write(out, inode, entry.getKey(), entry.getValue());
            inode++;
        }
        write(out, 0, "TRAILER!!!", new Entry(0, 0, 0, new byte[0]));
    }

    private static void write(OutputStream out, int inode, String name, Entry entry) throws IOException {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        int links = (entry.mode & DIRECTORY) != 0 && (entry.mode & REGULAR) == 0 ? 2 : 1;
        int[] fields = {
            inode,
            entry.mode,
            0,
            0,
            links,
            0,
            entry.content.length,
            0,
            0,
            entry.deviceMajor,
            entry.deviceMinor,
            nameBytes.length + 1,
            0
        };
        StringBuilder header = new StringBuilder("070701");
        for (int field : fields) {
            header.append("%08X".formatted(field));
        }
        out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
        out.write(nameBytes);
        out.write(0);
        pad(out, header.length() + nameBytes.length + 1);
        out.write(entry.content);
        pad(out, entry.content.length);
    }

    private static void pad(OutputStream out, int length) throws IOException {
        for (int i = length; i % 4 != 0; i++) {
            out.write(0);
        }
    }
}
