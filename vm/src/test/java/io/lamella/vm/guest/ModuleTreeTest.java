// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.VmException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleTreeTest {
    @TempDir
    Path folder;

    /** A minimal ELF64 file: header, .modinfo, section names, three section headers. */
    private static byte[] module(String... entries) {
        byte[] info = (String.join("\0", entries) + "\0").getBytes(StandardCharsets.ISO_8859_1);
        byte[] names = "\0.modinfo\0.shstrtab\0".getBytes(StandardCharsets.ISO_8859_1);
        int namesAt = 64 + info.length;
        int tableAt = namesAt + names.length;
        ByteBuffer elf = ByteBuffer.allocate(tableAt + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
        elf.putInt(0, 0x464c457f).put(4, (byte) 2).putLong(0x28, tableAt);
        elf.putShort(0x3a, (short) 64).putShort(0x3c, (short) 3).putShort(0x3e, (short) 2);
        elf.put(64, info).put(namesAt, names);
        elf.putInt(tableAt + 64, 1).putLong(tableAt + 64 + 0x18, 64).putLong(tableAt + 64 + 0x20, info.length);
        elf.putInt(tableAt + 128, 10)
                .putLong(tableAt + 128 + 0x18, namesAt)
                .putLong(tableAt + 128 + 0x20, names.length);
        return elf.array();
    }

    private void put(String path, byte[] content) throws Exception {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private List<String> names(String... roots) throws Exception {
        return new ModuleTree(folder, Files::readAllBytes)
                .closure(List.of(roots)).stream().map(KernelModule::name).toList();
    }

    @Test
    void dependenciesComeFromTheModulesThemselves() throws Exception {
        put("kernel/gpu/nouveau.ko", module("license=GPL", "depends=drm,i2c-algo-bit,ttm", "name=nouveau"));
        put("kernel/gpu/drm.ko.xz", module("depends="));
        put("kernel/gpu/ttm.ko", module("depends=drm,intree_thing"));
        put("kernel/i2c/i2c-algo-bit.ko", module("description=x"));
        Files.writeString(folder.resolve("modules.builtin"), "kernel/lib/intree-thing.ko\n");
        assertThat(names("nouveau")).containsExactly("drm", "i2c_algo_bit", "ttm", "nouveau");
        KernelModule nouveau = new ModuleTree(folder, Files::readAllBytes)
                .closure(List.of("nouveau"))
                .getLast();
        assertThat(nouveau.dependencies()).containsExactly("drm", "i2c_algo_bit", "ttm");
    }

    @Test
    void anInstalledKernelsListWins() throws Exception {
        put("kernel/a/one.ko.xz", new byte[0]);
        put("kernel/b/two-x.ko.xz", new byte[0]);
        put("kernel/b/three.ko.xz", new byte[0]);
        Files.writeString(folder.resolve("modules.dep"), """
                kernel/a/one.ko.xz: kernel/b/two-x.ko.xz kernel/b/three.ko.xz
                kernel/b/two-x.ko.xz: kernel/b/three.ko.xz
                kernel/b/three.ko.xz:
                """);
        assertThat(names("one")).containsExactly("three", "two_x", "one");
    }

    @Test
    void aCycleEnds() throws Exception {
        put("kernel/a.ko", module("depends=b"));
        put("kernel/b.ko", module("depends=a"));
        assertThat(names("a")).containsExactly("b", "a");
    }

    @Test
    void aMissingModuleIsNamed() throws Exception {
        put("kernel/a.ko", module("depends=gone"));
        assertThatThrownBy(() -> names("a")).isInstanceOf(VmException.class).hasMessageContaining("no module gone");
    }

    @Test
    void damagedModulesAreRefused() {
        byte[] good = module("depends=x");
        byte[] outside = good.clone();
        ByteBuffer.wrap(outside).order(ByteOrder.LITTLE_ENDIAN).putLong(0x28, Long.MAX_VALUE - 5);
        byte[] shortFile = java.util.Arrays.copyOf(good, 70);
        for (byte[] bad : List.of(new byte[0], new byte[64], outside, shortFile)) {
            assertThatThrownBy(() -> ModuleInfo.dependencies("m", bad)).isInstanceOf(VmException.class);
        }
    }

    @Test
    void algorithmsThatAreAskedForByNameComeAlong() throws Exception {
        put("kernel/fs/ext4.ko", module("depends=", "softdep=pre: crypto-crc32c"));
        put("kernel/crypto/crc32c_generic.ko", module("depends="));
        assertThat(names("ext4")).containsExactly("crc32c_generic", "ext4");
        Files.writeString(folder.resolve("modules.dep"), "kernel/fs/ext4.ko:\n");
        assertThat(names("ext4")).containsExactly("ext4");
        Files.writeString(folder.resolve("modules.softdep"), "softdep ext4 pre: crypto-crc32c\n");
        assertThat(names("ext4")).containsExactly("crc32c_generic", "ext4");
    }
}
