// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.vm.Cache;
import io.lamella.vm.Progress;
import io.lamella.vm.VmException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebianArchiveTest {
    private static final Selection NEVER = apt -> {
        throw new AssertionError("the cache has the answer; nothing may be chosen again");
    };

    @TempDir
    Path folder;

    private Path choice(String key) throws Exception {
        Files.createDirectories(folder.resolve("packages").resolve(key));
        Files.createDirectories(folder.resolve("choices"));
        return Files.writeString(folder.resolve("choices/tool"), key + "\n");
    }

    @Test
    void aRecentChoiceNeedsNoNetwork() throws Exception {
        choice("tool-0011");
        PackageTree tree =
                new DebianArchive(Cache.at(folder), Progress.none(), Suites.STABLE, false).provide("tool", NEVER);
        assertThat(tree.key()).isEqualTo("tool-0011");
        assertThat(tree.root()).isEqualTo(folder.resolve("packages/tool-0011"));
    }

    @Test
    void anOldChoiceIsKeptOffline() throws Exception {
        Path pointer = choice("tool-0011");
        Files.setLastModifiedTime(pointer, FileTime.from(Instant.now().minus(Duration.ofDays(90))));
        assertThat(new DebianArchive(Cache.at(folder), Progress.none(), Suites.STABLE, true)
                        .provide("tool", NEVER)
                        .key())
                .isEqualTo("tool-0011");
    }

    @Test
    void offlineWithAnEmptyCacheSaysWhatToDo() {
        assertThatThrownBy(() -> new DebianArchive(Cache.at(folder), Progress.none(), Suites.STABLE, true)
                        .provide("tool", NEVER))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("LAMELLA_OFFLINE")
                .hasMessageContaining("tool");
    }

    @Test
    void aForgedPointerLeadsNowhere() throws Exception {
        choice("tool-0011");
        Files.writeString(folder.resolve("choices/tool"), "../../etc\n");
        assertThatThrownBy(() -> new DebianArchive(Cache.at(folder), Progress.none(), Suites.STABLE, true)
                        .provide("tool", NEVER))
                .isInstanceOf(VmException.class);
    }
}
