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
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelImageTest {
    @TempDir
    private Path folder;

    /** A setup header as the boot protocol has it, with the version's text at 0x3000 of the file. */
    static byte[] image(String version) {
        byte[] file = new byte[0x4000];
        ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        header.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII));
        header.putShort(0x20e, (short) (0x3000 - 0x200));
        header.put(0x3000, version.getBytes(StandardCharsets.US_ASCII));
        return file;
    }

    private Path write(byte[] bytes) throws Exception {
        return Files.write(folder.resolve("bzImage"), bytes);
    }

    @Test
    void theReleaseIsTheFirstWordOfTheVersion() throws Exception {
        assertThat(KernelImage.release(write(image("7.3.4-lamella-nova (me@here) #1 SMP today\0"))))
                .isEqualTo("7.3.4-lamella-nova");
        assertThat(KernelImage.release(write(image("6.12.107+deb13-amd64\0")))).isEqualTo("6.12.107+deb13-amd64");
    }

    @Test
    void whatIsNoKernelImageIsRefusedWithASentence() throws Exception {
        byte[] pointless = image("7.3.4 x\0");
        ByteBuffer.wrap(pointless).order(ByteOrder.LITTLE_ENDIAN).putShort(0x20e, (short) -1);
        for (byte[] bad : new byte[][] {new byte[0], new byte[0x210], "\177ELF".getBytes(StandardCharsets.US_ASCII)}) {
            Path file = write(bad);
            assertThatThrownBy(() -> KernelImage.release(file))
                    .isInstanceOf(VmException.class)
                    .hasMessageContaining("no x86 kernel image");
        }
        for (byte[] bad : new byte[][] {image("no number\0"), image("\0"), image("6/../../etc x\0"), pointless}) {
            Path file = write(bad);
            assertThatThrownBy(() -> KernelImage.release(file))
                    .isInstanceOf(VmException.class)
                    .hasMessageContaining("does not say its release");
        }
    }

    @Test
    void filesOfTheUserAreChecked() throws Exception {
        Path image = write(image("7.3.0-mine (x@y) #1\0"));
        Path modules = Files.createDirectories(folder.resolve("lib/modules/7.3.0-mine"));
        Path others = Files.createDirectories(folder.resolve("lib/modules/6.12.1"));
        Path built = Files.createDirectories(folder.resolve("build"));
        assertThat(KernelProvider.ofFiles(image, Optional.of(modules)).release())
                .isEqualTo("7.3.0-mine");
        assertThat(KernelProvider.ofFiles(image, Optional.of(built)).modules()).contains(built.toRealPath());
        for (Path root : java.util.List.of(folder, folder.resolve("lib/modules"))) {
            assertThat(KernelProvider.ofFiles(image, Optional.of(root)).modules())
                    .contains(modules.toRealPath());
        }
        Path stranger = Files.createDirectories(folder.resolve("other/lib/modules/6.1.0"))
                .resolve("../../..");
        assertThatThrownBy(() -> KernelProvider.ofFiles(image, Optional.of(stranger)))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("has no modules for 7.3.0-mine; it has 6.1.0.");
        assertThat(KernelProvider.ofFiles(image, Optional.empty()).modules()).isEmpty();
        assertThatThrownBy(() -> KernelProvider.ofFiles(folder.resolve("no"), Optional.of(modules)))
                .isInstanceOf(VmException.class);
        assertThatThrownBy(() -> KernelProvider.ofFiles(image, Optional.of(image)))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("module folder");
        assertThatThrownBy(() -> KernelProvider.ofFiles(image, Optional.of(others)))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("those of 6.12.1");
    }
}
