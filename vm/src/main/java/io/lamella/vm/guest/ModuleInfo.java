// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import io.lamella.vm.VmException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the {@code .modinfo} section of a kernel module: an ELF64 file with "key=value" strings. */
final class ModuleInfo {
    private static final int MAX_SECTIONS = 65_535;

    private ModuleInfo() {}

    /** The modules that this one needs directly, with dashes as underscores. */
    static List<String> dependencies(String name, byte[] module) throws VmException {
        for (String entry : entries(name, module)) {
            if (entry.startsWith("depends=")) {
                List<String> names = new ArrayList<>();
                for (String dependency : entry.substring("depends=".length()).split(",", -1)) {
                    if (!dependency.isBlank()) {
                        names.add(ModuleTree.canonical(dependency.strip()));
                    }
                }
                return names;
            }
        }
        return List.of();
    }

    /** The algorithms of the kernel's crypto interface that this one wants to have first ({@code softdep=pre: crypto-crc32c}). */
    static List<String> algorithms(String name, byte[] module) throws VmException {
        List<String> algorithms = new ArrayList<>();
        for (String entry : entries(name, module)) {
            if (entry.startsWith("softdep=")) {
                algorithms.addAll(algorithmsOf(entry.substring("softdep=".length())));
            }
        }
        return algorithms;
    }

    /** The algorithms in the text of a soft dependency, {@code pre: crypto-crc32c}. */
    static List<String> algorithmsOf(String softDependency) {
        List<String> algorithms = new ArrayList<>();
        for (String word : softDependency.strip().split("\\s+", -1)) {
            if (word.startsWith("crypto-")) {
                algorithms.add(word.substring("crypto-".length()));
            }
        }
        return algorithms;
    }

    static List<String> entries(String name, byte[] module) throws VmException {
        ByteBuffer elf = ByteBuffer.wrap(module).order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (elf.getInt(0) != 0x464c457f || elf.get(4) != 2) {
                throw new VmException("The kernel module " + name + " is no 64-bit ELF file.");
            }
            long table = elf.getLong(0x28);
            int entrySize = Short.toUnsignedInt(elf.getShort(0x3a));
            int count = Short.toUnsignedInt(elf.getShort(0x3c));
            int namesIndex = Short.toUnsignedInt(elf.getShort(0x3e));
            if (entrySize < 64 || count > MAX_SECTIONS || namesIndex >= count) {
                throw new VmException("The kernel module " + name + " has no usable section table.");
            }
            int names = Math.toIntExact(table + (long) namesIndex * entrySize);
            long namesOffset = elf.getLong(names + 0x18);
            for (int i = 0; i < count; i++) {
                int header = Math.toIntExact(table + (long) i * entrySize);
                int nameOffset = Math.toIntExact(namesOffset + Integer.toUnsignedLong(elf.getInt(header)));
                if (text(elf, nameOffset, elf.limit()).equals(".modinfo")) {
                    int start = Math.toIntExact(elf.getLong(header + 0x18));
                    int end = Math.toIntExact(Math.addExact(start, elf.getLong(header + 0x20)));
                    return strings(elf, start, end);
                }
            }
            return List.of();
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new VmException("The kernel module " + name + " is damaged: its sections lie outside the file.", e);
        }
    }

    private static List<String> strings(ByteBuffer elf, int start, int end) {
        List<String> all = new ArrayList<>();
        int at = start;
        while (at < end) {
            String text = text(elf, at, end);
            if (!text.isEmpty()) {
                all.add(text);
            }
            at += text.getBytes(StandardCharsets.ISO_8859_1).length + 1;
        }
        return all;
    }

    private static String text(ByteBuffer elf, int start, int end) {
        int stop = start;
        while (stop < end && elf.get(stop) != 0) {
            stop++;
        }
        byte[] bytes = new byte[stop - start];
        elf.get(start, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
