// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {
    @TempDir
    Path folder;

    @Test
    void theEnvironmentDecidesWhereItIs() throws Exception {
        String own = folder.resolve("own").toString();
        String xdg = folder.resolve("xdg").toString();
        assertThat(Cache.ofEnvironment(Map.of("LAMELLA_CACHE", own, "XDG_CACHE_HOME", xdg), folder)
                        .folder())
                .isEqualTo(folder.resolve("own"));
        assertThat(Cache.ofEnvironment(Map.of("XDG_CACHE_HOME", xdg), folder).folder())
                .isEqualTo(folder.resolve("xdg/lamella"));
        assertThat(Cache.ofEnvironment(Map.of(), folder).folder()).isEqualTo(folder.resolve(".cache/lamella"));
    }

    @Test
    void twoHoldersTakeTurns() throws Exception {
        Cache cache = Cache.at(folder);
        Cache.Lock first = cache.lock(Duration.ofSeconds(5), Progress.none());
        assertThatThrownBy(() -> cache.lock(Duration.ofMillis(150), Progress.none()))
                .isInstanceOf(VmException.class)
                .hasMessageContaining("LAMELLA_CACHE");
        first.close();
        cache.lock(Duration.ofSeconds(5), Progress.none()).close();
    }

    @Test
    void deletingATreeFollowsNoLink() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("keep"), "x");
        Path tree = Files.createDirectories(folder.resolve("tree/deep"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Cache.deleteTree(folder.resolve("tree"));
        assertThat(folder.resolve("tree")).doesNotExist();
        assertThat(outside.resolve("keep")).exists();
    }
}
