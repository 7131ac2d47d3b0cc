// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every number and layout with the system's headers. Skipped, saying so, only where there is no gcc. */
class ConstantsTest {
    private static final Map<String, String> LAYOUTS = Map.ofEntries(
            Map.entry("STATX_SIZEOF", "sizeof(struct statx)"),
            Map.entry("STATX_UID", "offsetof(struct statx, stx_uid)"),
            Map.entry("STATX_MODE", "offsetof(struct statx, stx_mode)"),
            Map.entry("STATX_INO", "offsetof(struct statx, stx_ino)"),
            Map.entry("STATX_SIZE", "offsetof(struct statx, stx_size)"),
            Map.entry("STATX_BLOCKS", "offsetof(struct statx, stx_blocks)"),
            Map.entry("STATX_DEV_MAJOR", "offsetof(struct statx, stx_dev_major)"),
            Map.entry("STATX_DEV_MINOR", "offsetof(struct statx, stx_dev_minor)"),
            Map.entry("MSGHDR_SIZEOF", "sizeof(struct msghdr)"),
            Map.entry("MSGHDR_IOV", "offsetof(struct msghdr, msg_iov)"),
            Map.entry("MSGHDR_IOVLEN", "offsetof(struct msghdr, msg_iovlen)"),
            Map.entry("MSGHDR_CONTROL", "offsetof(struct msghdr, msg_control)"),
            Map.entry("MSGHDR_CONTROLLEN", "offsetof(struct msghdr, msg_controllen)"),
            Map.entry("MSGHDR_FLAGS", "offsetof(struct msghdr, msg_flags)"),
            Map.entry("IOVEC_SIZEOF", "sizeof(struct iovec)"),
            Map.entry("IOVEC_LEN", "offsetof(struct iovec, iov_len)"),
            Map.entry("CMSGHDR_SIZEOF", "sizeof(struct cmsghdr)"),
            Map.entry("CMSGHDR_LEVEL", "offsetof(struct cmsghdr, cmsg_level)"),
            Map.entry("CMSGHDR_TYPE", "offsetof(struct cmsghdr, cmsg_type)"),
            Map.entry("SOCKADDR_UN_SIZEOF", "sizeof(struct sockaddr_un)"),
            Map.entry("SOCKADDR_UN_PATH", "offsetof(struct sockaddr_un, sun_path)"),
            Map.entry("UCRED_SIZEOF", "sizeof(struct ucred)"),
            Map.entry("UCRED_UID", "offsetof(struct ucred, uid)"),
            Map.entry("UCRED_GID", "offsetof(struct ucred, gid)"),
            Map.entry("TIMEVAL_SIZEOF", "sizeof(struct timeval)"),
            Map.entry("TIMEVAL_USEC", "offsetof(struct timeval, tv_usec)"),
            Map.entry("POLLFD_SIZEOF", "sizeof(struct pollfd)"),
            Map.entry("POLLFD_EVENTS", "offsetof(struct pollfd, events)"),
            Map.entry("POLLFD_REVENTS", "offsetof(struct pollfd, revents)"),
            Map.entry("STATFS_SIZEOF", "sizeof(struct statfs)"),
            // Numbers of 32 bits, some with the highest one set.
            Map.entry("RAMFS_MAGIC", "(int)RAMFS_MAGIC"),
            Map.entry("HUGETLBFS_MAGIC", "(int)HUGETLBFS_MAGIC"),
            Map.entry("BTRFS_SUPER_MAGIC", "(int)BTRFS_SUPER_MAGIC"),
            Map.entry("F2FS_SUPER_MAGIC", "(int)F2FS_SUPER_MAGIC"),
            // Known to newer headers only.
            Map.entry("MFD_NOEXEC_SEAL", "8"),
            Map.entry("MAX_MESSAGE_FDS", "253"));

    @TempDir
    Path folder;

    @Test
    void constantsAreThoseOfTheSystem() throws Exception {
        assumeTrue(runs("gcc", "--version"), "There is no gcc here to compile the headers with.");
        StringBuilder program = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdio.h>\n");
        for (String header : new String[] {
            "errno.h",
            "fcntl.h",
            "sys/mman.h",
            "sys/socket.h",
            "sys/un.h",
            "sys/stat.h",
            "sys/eventfd.h",
            "sys/time.h",
            "poll.h",
            "linux/falloc.h",
            "linux/kvm.h",
            "sched.h",
            "sys/uio.h",
            "sys/vfs.h",
            "linux/magic.h"
        }) {
            program.append("#include <").append(header).append(">\n");
        }
        program.append("int main(void) {\n");
        Map<String, Long> expected = new TreeMap<>();
        for (Field field : Constants.class.getDeclaredFields()) {
            if (field.getType() == int.class) {
                String name = field.getName();
                expected.put(name, (long) field.getInt(null));
                program.append("printf(\"%s %lld\\n\", \"")
                        .append(name)
                        .append("\", (long long)(")
                        .append(LAYOUTS.getOrDefault(name, name))
                        .append("));\n");
            }
        }
        for (Errno errno : Errno.values()) {
            expected.put(errno.name(), (long) errno.number());
            program.append("printf(\"%s %d\\n\", \"")
                    .append(errno.name())
                    .append("\", ")
                    .append(errno.name())
                    .append(");\n");
        }
        program.append("return 0; }\n");
        Path source = folder.resolve("constants.c");
        Files.writeString(source, program);
        Path binary = folder.resolve("constants");
        assertThat(runs("gcc", "-o", binary.toString(), source.toString()))
                .as("the program compiles")
                .isTrue();
        Process process = new ProcessBuilder(binary.toString()).start();
        Map<String, Long> actual = new TreeMap<>();
        for (String line : new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            actual.put(line.substring(0, line.indexOf(' ')), Long.valueOf(line.substring(line.indexOf(' ') + 1)));
        }
        assertThat(actual).isEqualTo(expected);
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .inheritIO()
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (java.io.IOException e) {
            return false;
        }
    }
}
