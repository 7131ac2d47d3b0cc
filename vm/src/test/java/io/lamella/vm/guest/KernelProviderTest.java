// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.VmException;
import io.lamella.vm.archive.PackageTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelProviderTest {
    private static final List<String> LISTED = List.of(
            "linux-image-6.12.94+deb13-amd64",
            "linux-image-6.12.107+deb13-amd64",
            "linux-image-6.12.107+deb13-cloud-amd64",
            "linux-image-7.2.12+deb13-amd64",
            "linux-image-7.2.9+deb13-amd64",
            "linux-image-7.10.1+deb13-amd64",
            "linux-image-7.10.1+deb13-amd64-dbg",
            "linux-image-7.10.1+deb13-amd64-unsigned",
            "linux-image-7.10.2+deb13-rt-amd64",
            "linux-image-70.1.1+deb13-amd64",
            "linux-image-amd64");

    @Test
    void theNewestThatFitsIsChosenByNumbersNotByLetters() {
        assertThat(KernelProvider.newest(LISTED, "6.12")).contains("linux-image-6.12.107+deb13-amd64");
        assertThat(KernelProvider.newest(LISTED, "7.x")).contains("linux-image-7.10.1+deb13-amd64");
        assertThat(KernelProvider.newest(LISTED, "7.2")).contains("linux-image-7.2.12+deb13-amd64");
        assertThat(KernelProvider.newest(LISTED, "7.2.9")).contains("linux-image-7.2.9+deb13-amd64");
        assertThat(KernelProvider.newest(LISTED, "7.1")).isEmpty();
        assertThat(KernelProvider.newest(LISTED, "5.x")).isEmpty();
    }

    @Test
    void bothPackagingShapesAreFound(@TempDir Path folder) throws Exception {
        Path old = Files.createDirectory(folder.resolve("old"));
        Files.createDirectories(old.resolve("usr/lib/modules/6.12.1+x/kernel"));
        Files.createDirectories(old.resolve("boot"));
        Files.writeString(old.resolve("boot/vmlinuz-6.12.1+x"), "k");
        Path fresh = Files.createDirectory(folder.resolve("fresh"));
        Files.createDirectories(fresh.resolve("usr/lib/modules/7.3.4+x/kernel"));
        Files.writeString(fresh.resolve("usr/lib/modules/7.3.4+x/vmlinuz"), "k");
        assertThat(KernelProvider.inTree(new PackageTree("k1", old)).image())
                .isEqualTo(old.resolve("boot/vmlinuz-6.12.1+x"));
        Kernel kernel = KernelProvider.inTree(new PackageTree("k2", fresh));
        assertThat(kernel.release()).isEqualTo("7.3.4+x");
        assertThat(kernel.image()).isEqualTo(fresh.resolve("usr/lib/modules/7.3.4+x/vmlinuz"));
        assertThatThrownBy(() -> KernelProvider.inTree(new PackageTree("k3", folder)))
                .isInstanceOf(VmException.class);
    }
}
