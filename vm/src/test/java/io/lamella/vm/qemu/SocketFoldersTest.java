// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketFoldersTest {
    @Test
    void onlyFoldersOfDeadProcessesAreRemoved(@TempDir Path home) throws Exception {
        // Process ids are at most 2^22 on Linux, so this one never lives.
        Path dead = Files.createDirectory(home.resolve("lamella-vm-99999999-123"));
        Files.writeString(dead.resolve("qmp"), "x");
        Path alive = Files.createDirectory(
                home.resolve("lamella-vm-" + ProcessHandle.current().pid() + "-123"));
        Path foreign = Files.createDirectory(home.resolve("lamella-vm-x"));
        SocketFolders.removeLeftovers(home);
        assertThat(dead).doesNotExist();
        assertThat(alive).exists();
        assertThat(foreign).exists();
    }
}
