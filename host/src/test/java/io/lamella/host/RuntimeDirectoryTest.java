// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.lamella.linux.SocketAccess;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vgpu.VgpuSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeDirectoryTest {
    @TempDir
    Path folder;

    private Map<String, String> xdg() {
        return Map.of("XDG_RUNTIME_DIR", folder.toString());
    }

    @Test
    void nobodyElseMayEnterAndNothingIsLeft() throws IOException {
        Path path;
        try (RuntimeDirectory directory = RuntimeDirectory.open(null, xdg(), SocketAccess.OWNER)) {
            path = directory.path();
            assertThat(path.getParent()).isEqualTo(folder.resolve("lamella"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
                    .isEqualTo("rwx------");
            Files.createFile(path.resolve("a.sock"));
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void twoHostsDoNotMeet() throws IOException {
        try (RuntimeDirectory one = RuntimeDirectory.open(null, xdg(), SocketAccess.OWNER);
                RuntimeDirectory two = RuntimeDirectory.open(null, xdg(), SocketAccess.OWNER)) {
            assertThat(one.path()).isNotEqualTo(two.path());
        }
    }

    @Test
    void whatAKilledHostLeftIsRemoved() throws IOException {
        RuntimeDirectory.open(null, xdg(), SocketAccess.OWNER).close();
        Path abandoned = Files.createDirectory(folder.resolve("lamella/host-2147483646-1"));
        Files.createFile(abandoned.resolve("b.sock"));
        Path precious = Files.createDirectory(folder.resolve("lamella/host-2147483645-1"));
        Files.createFile(precious.resolve("notes.txt"));
        RuntimeDirectory.open(null, xdg(), SocketAccess.OWNER).close();
        assertThat(abandoned).doesNotExist();
        assertThat(precious.resolve("notes.txt")).exists();
    }

    @Test
    void aDirectoryOfOnesOwnStaysIfItWasThere() throws IOException {
        Path mine = Files.createDirectory(
                folder.resolve("mine"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        RuntimeDirectory.open(mine, Map.of(), SocketAccess.OWNER).close();
        assertThat(mine).isDirectory();
        Path made = folder.resolve("made");
        RuntimeDirectory.open(made, Map.of(), SocketAccess.OWNER).close();
        assertThat(made).doesNotExist();
    }

    @Test
    void aPlaceThatOthersMayReadWillDoAndOneThatTheyMayWriteWillNot() throws IOException {
        Path base = Files.createDirectory(folder.resolve("lamella"));
        Map<String, String> environment = Map.of("XDG_RUNTIME_DIR", folder.toString());
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (RuntimeDirectory own = RuntimeDirectory.open(null, environment, SocketAccess.OWNER)) {
            assertThat(own.path().getParent()).isEqualTo(base);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own.path())))
                    .isEqualTo("rwx------");
        }
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxrwxr-x"));
        try (RuntimeDirectory own = RuntimeDirectory.open(null, environment, SocketAccess.OWNER)) {
            assertThat(own.path().startsWith(base)).isFalse();
        }
    }

    @Test
    void aGroupMayEnterAndUseTheSocketsIfItIsSaid() throws IOException {
        String group =
                Files.readAttributes(folder, PosixFileAttributes.class).group().getName();
        SocketAccess access = new SocketAccess(true, group);
        Path sockets = folder.resolve("shared");
        try (LamellaHost host = LamellaHost.builder()
                .frameBufferBytes(8L << 30)
                .runtimeDirectory(sockets)
                .socketAccess(access)
                .start()) {
            VfioVgpu vgpu = host.create(VgpuSpec.of("L40-1Q"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sockets)))
                    .isEqualTo("rwxr-x---");
            PosixFileAttributes socket = Files.readAttributes(vgpu.socket(), PosixFileAttributes.class);
            assertThat(PosixFilePermissions.toString(socket.permissions())).isEqualTo("rw-rw----");
            assertThat(socket.group().getName()).isEqualTo(group);
        }
        assertThat(sockets).doesNotExist();
    }

    @Test
    void aDirectoryThatIsThereFollowsTheAccess() throws IOException {
        Path there = Files.createDirectory(
                folder.resolve("there"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        SocketAccess shared = new SocketAccess(true, null);
        for (int i = 0; i < 2; i++) {
            RuntimeDirectory.open(there, Map.of(), shared).close();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
                    .isEqualTo("rwxr-x---");
        }
        Files.setPosixFilePermissions(there, PosixFilePermissions.fromString("rwxr-x--x"));
        assertThatIOException()
                .isThrownBy(() -> RuntimeDirectory.open(there, Map.of(), shared))
                .withMessageContaining("open to others");
        assertThatIOException()
                .isThrownBy(() -> RuntimeDirectory.open(null, xdg(), shared))
                .withMessageContaining("say which");
        Path made = folder.resolve("made");
        assertThatIOException()
                .isThrownBy(() -> RuntimeDirectory.open(made, Map.of(), new SocketAccess(true, "no-such-group")))
                .withMessageContaining("cannot be given to the group no-such-group");
    }

    @Test
    void oneThatIsOpenToOthersIsRefused() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
        assertThatIOException()
                .isThrownBy(() -> RuntimeDirectory.open(open, Map.of(), SocketAccess.OWNER))
                .withMessageContaining("open to others (rwxr-x---)")
                .withMessageContaining("chmod 700");
        Path file = Files.createFile(folder.resolve("file"));
        assertThatIOException()
                .isThrownBy(() -> RuntimeDirectory.open(file, Map.of(), SocketAccess.OWNER))
                .withMessageContaining("is a file or a link");
        Path link = Files.createSymbolicLink(folder.resolve("link"), open);
        assertThatIOException()
                .isThrownBy(() -> RuntimeDirectory.open(link, Map.of(), SocketAccess.OWNER))
                .withMessageContaining("is a file or a link");
    }
}
