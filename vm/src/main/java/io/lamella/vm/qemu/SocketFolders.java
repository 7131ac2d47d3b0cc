// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Cache;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Private folders for a machine's sockets. Their names carry our process id, so that what a killed JVM left behind is
 * found and removed by the next one.
 */
final class SocketFolders {
    private static final Pattern NAME = Pattern.compile("lamella-vm-(\\d{1,10})-\\d+");

    private SocketFolders() {}

    /** A folder with a short path, for names of Unix sockets are short, that nobody else can enter. */
    static Path create() throws IOException {
        String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "");
        Path home = runtime.startsWith("/") && runtime.length() < 60 && Files.isWritable(Path.of(runtime))
                ? Path.of(runtime)
                : Path.of("/tmp");
        removeLeftovers(home);
        return Files.createTempDirectory(
                home, "lamella-vm-" + ProcessHandle.current().pid() + "-");
    }

    static void removeLeftovers(Path home) throws IOException {
        String me = System.getProperty("user.name", "");
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(home, "lamella-vm-*")) {
            for (Path folder : folders) {
                Matcher matcher = NAME.matcher(String.valueOf(folder.getFileName()));
                if (matcher.matches()
                        && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()
                        && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                        && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS)
                                .getName()
                                .equals(me)) {
                    Cache.deleteTree(folder);
                }
            }
        }
    }
}
