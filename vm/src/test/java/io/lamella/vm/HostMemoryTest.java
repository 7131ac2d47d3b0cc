// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path root;

    private HostMemory host(String group) throws Exception {
        Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(
                root.resolve("proc/meminfo"),
                "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\nSwapTotal:       2097152 kB\n");
        Files.writeString(root.resolve("proc/self/cgroup"), "0::/a/b\n");
        Files.createDirectories(root.resolve("sys/fs/cgroup/a/b"));
        Files.writeString(root.resolve("sys/fs/cgroup/a/memory.max"), group);
        Files.writeString(root.resolve("sys/fs/cgroup/a/b/memory.max"), "max\n");
        return HostMemory.read(root);
    }

    @Test
    void limitsAreReadAndNamed() throws Exception {
        assertThat(host("max\n")).isEqualTo(new HostMemory(18 * GIB, 8 * GIB, Long.MAX_VALUE));
        host("max\n").check(18 * GIB);
        assertThatThrownBy(() -> host("max\n").check(19 * GIB))
                .hasMessageContaining("19 GiB does not fit: this host has 18 GiB")
                .hasMessageContaining("at most 7GiB");
        assertThatThrownBy(() -> host("4294967296\n").check(5 * GIB))
                .hasMessageContaining("control group may use 4 GiB")
                .hasMessageContaining("at most 3GiB");
        assertThat(host("max\n").hasRoomFor(9 * GIB)).isFalse();
    }

    @Test
    void sizesAreReadAsPeopleWriteThem() throws Exception {
        assertThat(HostMemory.parseSize("4GiB")).isEqualTo(4 * GIB);
        assertThat(HostMemory.parseSize("4g")).isEqualTo(4 * GIB);
        assertThat(HostMemory.parseSize("2048")).isEqualTo(2 * GIB);
        assertThat(HostMemory.parseSize("1.5 GiB")).isEqualTo(3 * GIB / 2);
        assertThatThrownBy(() -> HostMemory.parseSize("lots")).hasMessageContaining("such as 4GiB");
        assertThatThrownBy(() -> HostMemory.parseSize("999999999999T")).hasMessageContaining("more memory than any");
    }
}
