// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.LinuxException;
import io.lamella.vm.check.Finding.Level;
import io.lamella.vm.qemu.Qemu;
import io.lamella.vm.qemu.QemuProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts of every kind, as files below a folder. */
class HostChecksTest {
    @TempDir
    Path root;

    private final Map<String, String> environment = new HashMap<>(Map.of("USER", "ann"));
    private @Nullable Errno kvmFailure;
    private boolean isDaemonThere = true;
    private boolean canShare = true;
    private String knownKvmFailure = "";
    private QemuProvider.Installed qemu =
            new QemuProvider.Installed(Optional.of(new Qemu(List.of("q"), Map.of(), "11.1.3", "/usr/bin/q")), "");

    private final Probes probes = new Probes() {
        @Override
        public void createMachine(Path device) {
            Errno failure = kvmFailure;
            if (failure != null) {
                throw new LinuxException("Cannot open /dev/kvm", failure);
            }
        }

        @Override
        public QemuProvider.Installed qemu() {
            return qemu;
        }

        @Override
        public void shareMemory(long sizeBytes) {
            if (!canShare) {
                throw new LinuxException("Cannot create a memfd", Errno.EPERM);
            }
        }

        @Override
        public void connect(Path socket) throws IOException {
            if (!isDaemonThere) {
                throw new IOException("Connection refused");
            }
        }
    };

    private void put(String name, String content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    @BeforeEach
    void aGoodHost() throws IOException {
        put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vmx sse\nprocessor\t: 1\nflags\t\t: fpu vmx sse\n");
        put("proc/meminfo", "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\nSwapTotal: 0 kB\n");
        put("proc/self/cgroup", "0::/\n");
        put("proc/self/limits", limits("524288"));
        put("proc/sys/vm/overcommit_memory", "0\n");
        put("proc/sys/vm/max_map_count", "65530\n");
        put("sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size [advise] never deny force\n");
        put("dev/kvm", "");
        put("run/lamella/api.sock", "");
    }

    private static String limits(String openFiles) {
        return "Limit                     Soft Limit           Hard Limit           Units     \n"
                + "Max open files            1024                 " + openFiles + "               files     \n"
                + "Max locked memory         8388608              8388608              bytes     \n";
    }

    private Map<String, Finding> findings() {
        return new HostChecks(root, environment, probes, knownKvmFailure)
                .all().stream().collect(Collectors.toMap(Finding::name, finding -> finding));
    }

    private Finding finding(String name) {
        return findings().getOrDefault(name, Finding.fail(name, "missing", ""));
    }

    @Test
    void aGoodHostIsGood() {
        assertThat(findings().values()).hasSize(13).allMatch(finding -> finding.level() == Level.OK);
        assertThat(finding("cpu").sentence()).isEqualTo("2 CPUs with VT-x.");
        assertThat(finding("locked-memory").sentence()).contains("8 MiB");
    }

    @Test
    void everyComplaintSaysWhatToDo() throws Exception {
        put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse\n");
        put("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\nSwapTotal: 0 kB\n");
        put("proc/self/limits", limits("512"));
        put("proc/sys/vm/overcommit_memory", "2\n");
        put("proc/sys/vm/max_map_count", "4096\n");
        kvmFailure = Errno.EACCES;
        isDaemonThere = false;
        canShare = false;
        qemu = new QemuProvider.Installed(Optional.empty(), "/usr/bin/qemu-system-x86_64");
        Map<String, Finding> findings = findings();
        assertThat(findings.values())
                .filteredOn(finding -> finding.level() != Level.OK)
                .hasSize(9)
                .allMatch(finding ->
                        !finding.advice().isEmpty() && finding.sentence().endsWith("."));
        assertThat(findings.values())
                .filteredOn(finding -> finding.level() == Level.FAIL)
                .extracting(Finding::name)
                .containsExactlyInAnyOrder("memory", "shared-memory", "open-files", "daemon");
        assertThat(finding("kvm").advice()).contains("usermod -a -G kvm ann");
        assertThat(finding("qemu").sentence()).contains("/usr/bin/qemu-system-x86_64 is older");
    }

    @Test
    void kvmThatAnswersButDoesNotWorkIsTold() {
        knownKvmFailure = "guests failed under it";
        assertThat(finding("kvm").level()).isEqualTo(Level.WARN);
        assertThat(finding("kvm").sentence()).contains("guests failed under it");
    }

    @Test
    void aHostWithoutKvmOrDaemonStillWorks() throws Exception {
        Files.delete(root.resolve("dev/kvm"));
        Files.delete(root.resolve("run/lamella/api.sock"));
        assertThat(finding("kvm").level()).isEqualTo(Level.WARN);
        assertThat(finding("daemon").level()).isEqualTo(Level.OK);
    }

    @Test
    void whatCannotBeReadIsAWarningAndNoCrash() throws Exception {
        Files.delete(root.resolve("proc/self/limits"));
        put("proc/sys/vm/max_map_count", "many\n");
        assertThat(finding("open-files").level()).isEqualTo(Level.WARN);
        assertThat(finding("map-count").level()).isEqualTo(Level.WARN);
    }

    @Test
    void thisHostIsLookedAtForReal() throws Exception {
        List<Finding> findings = new HostChecks(
                        Path.of("/"), System.getenv(), Probes.real(io.lamella.vm.Cache.at(root.resolve("cache"))), "")
                .all();
        assertThat(findings).hasSize(13).noneMatch(finding -> finding.sentence().contains("could not be found out"));
        // The kernel's own file is read to its end.
        String mapCount =
                Files.readAllLines(Path.of("/proc/sys/vm/max_map_count")).getFirst();
        assertThat(findings).anyMatch(finding -> finding.sentence().contains("may have " + mapCount + " mappings"));
    }
}
