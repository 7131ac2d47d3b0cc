// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.check;

import io.lamella.linux.Errno;
import io.lamella.linux.Kvm;
import io.lamella.linux.LinuxException;
import io.lamella.vm.HostMemory;
import io.lamella.vm.qemu.QemuProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every question, in the order in which a host is set up. */
public final class HostChecks {
    private static final long GIB = 1L << 30;
    /** A host with one VM needs about this many: the JVM's files, a vGPU's sockets and eventfds, QEMU's. */
    private static final long FEW_FILES = 1024;

    private static final long ENOUGH_FILES = 8192;
    private static final long USUAL_MAP_COUNT = 65_530;

    private final Path root;
    private final Map<String, String> environment;
    private final Probes probes;
    private final String knownKvmFailure;

    /**
     * @param root where the host's files are, "/" but in tests
     * @param environment variables of this process
     * @param knownKvmFailure why KVM is not used although it answers, if an earlier run found that out; else empty
     */
    public HostChecks(Path root, Map<String, String> environment, Probes probes, String knownKvmFailure) {
        this.root = root;
        this.environment = environment;
        this.probes = probes;
        this.knownKvmFailure = knownKvmFailure;
    }

    /** Asks them all. A question that cannot be answered is a warning with the reason. */
    public List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        for (Question question : List.of(
                new Question("cpu", this::cpu),
                new Question("kvm", this::kvm),
                new Question("qemu", this::qemu),
                new Question("java", HostChecks::java),
                new Question("memory", this::memory),
                new Question("overcommit", this::overcommit),
                new Question("shared-memory", this::sharedMemory),
                new Question("huge-pages", this::hugePages),
                new Question("open-files", this::openFiles),
                new Question("locked-memory", this::lockedMemory),
                new Question("map-count", this::mapCount),
                new Question("runtime-directory", this::runtimeDirectory),
                new Question("daemon", this::daemon))) {
            try {
                findings.add(question.check.run());
            } catch (IOException | RuntimeException e) {
                findings.add(Finding.warn(
                        question.name,
                        "This could not be found out: " + e.getMessage(),
                        "Run it again as root, or report this as a bug."));
            }
        }
        return findings;
    }

    private record Question(String name, Check check) {}

    /** One check. */
    private interface Check {
        Finding run() throws IOException;
    }

    /** By large reads: files of /proc/sys end after the first read, and Files.readString begins with one byte. */
    private String read(String name) throws IOException {
        return String.join("\n", Files.readAllLines(root.resolve(name))).strip();
    }

    private Finding cpu() throws IOException {
        String info = read("proc/cpuinfo");
        Matcher flags = Pattern.compile("(?m)^flags\\s*:(.*)$").matcher(info);
        long count =
                Pattern.compile("(?m)^processor\\s*:").matcher(info).results().count();
        if (!flags.find()) {
            return Finding.fail(
                    "cpu",
                    "This is no x86-64 processor.",
                    "Guests are x86-64: without QEMU's translator for it nothing runs. Use an x86-64 host.");
        }
        List<String> words = List.of(flags.group(1).strip().split("\\s+", -1));
        String extension = words.contains("vmx") ? "VT-x" : words.contains("svm") ? "AMD-V" : "";
        String cpus = count == 1 ? "1 CPU" : count + " CPUs";
        return extension.isEmpty()
                ? Finding.warn(
                        "cpu",
                        cpus + " without virtualization: VMs run, but in QEMU's translator, about ten times slower.",
                        "Switch VT-x or AMD-V on in the firmware's settings; in a VM, nested virtualization in its host.")
                : Finding.ok("cpu", cpus + " with " + extension + ".");
    }

    private Finding kvm() {
        Path device = root.resolve("dev/kvm");
        if (!Files.exists(device)) {
            return Finding.warn(
                    "kvm",
                    "There is no /dev/kvm: VMs run in QEMU's translator, about ten times slower.",
                    "Run: modprobe kvm_intel (or kvm_amd). In a container, pass /dev/kvm into it.");
        }
        try {
            probes.createMachine(device);
        } catch (LinuxException e) {
            boolean isPermission = e.is(Errno.EACCES) || e.is(Errno.EPERM);
            return Finding.warn(
                    "kvm",
                    e.getMessage() + " VMs run in QEMU's translator, about ten times slower.",
                    isPermission
                            ? "Run: sudo usermod -a -G kvm " + environment.getOrDefault("USER", "$USER")
                                    + "   and log in again."
                            : e.is(Errno.EBUSY)
                                    ? "Another hypervisor, such as VirtualBox, holds the processor: end it."
                                    : "See what dmesg says of kvm.");
        }
        return knownKvmFailure.isEmpty()
                ? Finding.ok("kvm", "A machine with a CPU could be made (interface " + Kvm.API_VERSION + ").")
                : Finding.warn(
                        "kvm",
                        "A machine could be made, but " + knownKvmFailure + ": VMs run in QEMU's translator.",
                        "If this host is itself a VM, its nested virtualization is broken. LAMELLA_ACCEL=kvm tries anyway.");
    }

    private Finding qemu() throws IOException {
        QemuProvider.Installed found = probes.qemu();
        String old = found.tooOld().isEmpty()
                ? ""
                : " " + found.tooOld() + " is older than 10.1 or has no vfio-user-pci, and is not used.";
        return found.usable()
                .map(qemu -> Finding.ok(
                        "qemu", "QEMU " + qemu.version() + " with vfio-user-pci: " + qemu.origin() + "." + old))
                .orElseGet(() -> Finding.warn(
                        "qemu",
                        "There is no QEMU of 10.1 or newer with vfio-user-pci." + old,
                        "lamella demo and lamella vm fetch one from Debian on their first run (90 packages into the cache)."
                                + " For VMs of your own install one (Debian 13: apt-get install -t trixie-backports"
                                + " qemu-system-x86)."));
    }

    private static Finding java() {
        Runtime.Version version = Runtime.version();
        return version.feature() == 25
                ? Finding.ok("java", "Java " + version + ".")
                : Finding.fail(
                        "java", "This is Java " + version + ".", "Lamella is made for Java 25: set JAVA_HOME to it.");
    }

    private Finding memory() throws IOException {
        HostMemory memory = HostMemory.read(root);
        long usable = Math.min(memory.availableBytes(), memory.groupLimitBytes());
        String sentence =
                HostMemory.gibibytes(usable) + " of " + HostMemory.gibibytes(memory.totalBytes()) + " are free"
                        + (memory.groupLimitBytes() < memory.totalBytes()
                                ? "; the control group may use " + HostMemory.gibibytes(memory.groupLimitBytes()) + "."
                                : ".");
        if (usable < GIB) {
            return Finding.fail("memory", sentence, "A host with one small VM needs 2 GiB: end other programs.");
        }
        return usable < 3 * GIB
                ? Finding.warn("memory", sentence, "That is enough for one small VM: end other programs for more.")
                : Finding.ok("memory", sentence);
    }

    private Finding overcommit() throws IOException {
        return read("proc/sys/vm/overcommit_memory").equals("2")
                ? Finding.warn(
                        "overcommit",
                        "The kernel gives no memory away that it does not have (vm.overcommit_memory=2).",
                        "Large guests and GPUs, whose memory is mostly untouched, may be refused. Run: sysctl"
                                + " vm.overcommit_memory=0")
                : Finding.ok("overcommit", "Memory is used when it is touched, not before.");
    }

    private Finding sharedMemory() {
        try {
            probes.shareMemory(2L << 20);
            return Finding.ok("shared-memory", "Sealed memfds work: guests and their GPUs can share memory.");
        } catch (LinuxException e) {
            return Finding.fail(
                    "shared-memory",
                    String.valueOf(e.getMessage()),
                    "Guests share their memory with their GPU through memfds. A container's or sandbox's filter for system"
                            + " calls must allow memfd_create.");
        }
    }

    private Finding hugePages() throws IOException {
        Path setting = root.resolve("sys/kernel/mm/transparent_hugepage/shmem_enabled");
        if (!Files.isReadable(setting)) {
            return Finding.ok("huge-pages", "This kernel has no huge pages for shared memory; small ones do.");
        }
        Matcher chosen = Pattern.compile("\\[(\\w+)]").matcher(Files.readString(setting));
        String value = chosen.find() ? chosen.group(1) : "unknown";
        return value.equals("never") || value.equals("deny")
                ? new Finding(
                        "huge-pages",
                        Finding.Level.OK,
                        "Shared memory has small pages (shmem_enabled is " + value + ").",
                        "Optional, for speed: echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled")
                : Finding.ok("huge-pages", "Shared memory can have huge pages (shmem_enabled is " + value + ").");
    }

    /** The hard limit of this process; the JVM raises its own soft limit to it. */
    private OptionalLong limit(String name) throws IOException {
        Matcher line = Pattern.compile("(?m)^" + Pattern.quote(name) + "\\s+(\\S+)\\s+(\\S+)")
                .matcher(read("proc/self/limits"));
        if (!line.find() || line.group(2).equals("unlimited")) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Long.parseLong(line.group(2)));
    }

    private Finding openFiles() throws IOException {
        OptionalLong limit = limit("Max open files");
        if (limit.isEmpty() || limit.getAsLong() >= ENOUGH_FILES) {
            return Finding.ok(
                    "open-files",
                    "A process may open " + (limit.isEmpty() ? "any number of files." : limit.getAsLong() + " files."));
        }
        String sentence = "A process may open " + limit.getAsLong() + " files.";
        String advice = "Raise it: ulimit -Hn " + ENOUGH_FILES + " as root, LimitNOFILE= in a systemd unit.";
        return limit.getAsLong() < FEW_FILES
                ? Finding.fail("open-files", sentence + " One GPU with its vGPUs needs more.", advice)
                : Finding.warn("open-files", sentence + " Many vGPUs with VMs need more.", advice);
    }

    private Finding lockedMemory() throws IOException {
        OptionalLong limit = limit("Max locked memory");
        return Finding.ok(
                "locked-memory",
                limit.isEmpty()
                        ? "A process may lock any amount of memory."
                        : "A process may lock " + (limit.getAsLong() >> 20)
                                + " MiB of memory; software GPUs need none.");
    }

    private Finding mapCount() throws IOException {
        long count = Long.parseLong(read("proc/sys/vm/max_map_count"));
        return count < USUAL_MAP_COUNT
                ? Finding.warn(
                        "map-count",
                        "A process may have " + count + " mappings.",
                        "Guests with many memory regions need more. Run: sysctl vm.max_map_count=" + USUAL_MAP_COUNT)
                : Finding.ok("map-count", "A process may have " + count + " mappings.");
    }

    private Finding runtimeDirectory() {
        String user = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        Path shared = root.resolve("run/lamella");
        if (user.startsWith("/") && Files.isWritable(root.resolve(user.substring(1)))) {
            return Finding.ok("runtime-directory", "Your sockets go to " + user + "/lamella.");
        }
        if (Files.isWritable(shared) || (!Files.exists(shared) && Files.isWritable(root.resolve("run")))) {
            return Finding.ok("runtime-directory", "Sockets go to /run/lamella.");
        }
        return Finding.warn(
                "runtime-directory",
                "Neither XDG_RUNTIME_DIR nor /run/lamella can be written by you: sockets go to the folder for temporary"
                        + " files.",
                "Log in with a session (loginctl), or set XDG_RUNTIME_DIR to a folder of yours.");
    }

    private Finding daemon() {
        Path socket = root.resolve("run/lamella/api.sock");
        if (!Files.exists(socket)) {
            return Finding.ok(
                    "daemon", "No daemon runs (no /run/lamella/api.sock); lamella demo and lamella vm need none.");
        }
        try {
            probes.connect(socket);
            return Finding.ok("daemon", "The daemon answers at /run/lamella/api.sock.");
        } catch (IOException e) {
            return Files.isWritable(socket)
                    ? Finding.fail(
                            "daemon",
                            "Nobody answers at /run/lamella/api.sock: " + e.getMessage() + ".",
                            "Run: systemctl restart lamella   and see journalctl -u lamella.")
                    : Finding.warn(
                            "daemon",
                            "You may not talk to the daemon at /run/lamella/api.sock.",
                            "Run: sudo usermod -a -G lamella " + environment.getOrDefault("USER", "$USER")
                                    + "   and log in again.");
        }
    }
}
