// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.qemu;

import io.lamella.vm.Commands;
import io.lamella.vm.VmException;
import io.lamella.vm.archive.Apt;
import io.lamella.vm.archive.DebianArchive;
import io.lamella.vm.archive.PackageTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds a QEMU of at least 10.1 with vfio-user-pci on PATH, or unpacks Debian's into the cache. */
public final class QemuProvider {
    private static final String PROGRAM = "qemu-system-x86_64";
    private static final String PACKAGES = "qemu";
    private static final Duration PROBE_TIMEOUT = Duration.ofMinutes(1);
    private static final Pattern VERSION = Pattern.compile("version (\\d{1,3})\\.(\\d{1,3})(\\.\\d{1,3})?");

    /** In the closure for the sake of maintainer scripts only, which never run here. */
    private static final Set<String> NOT_NEEDED =
            Set.of("adduser", "base-passwd", "debconf", "login.defs", "passwd", "libpam-modules", "libpam-modules-bin");

    private final DebianArchive archive;

    public QemuProvider(DebianArchive archive) {
        this.archive = archive;
    }

    /** Provides one; PATH comes first. */
    public Qemu provide() throws IOException {
        Optional<Path> installed = Commands.find(PROGRAM);
        if (installed.isPresent()) {
            Optional<Qemu> usable = probe(
                    List.of(installed.get().toString()),
                    Map.of(),
                    installed.get().toString());
            if (usable.isPresent()) {
                return usable.get();
            }
        }
        return fromArchive();
    }

    /**
     * What there is without fetching anything.
     *
     * @param usable the one that {@link #provide} would take now, if there is one
     * @param tooOld what PATH has although it cannot be used, such as "/usr/bin/qemu-system-x86_64"; empty when there is none
     */
    public record Installed(Optional<Qemu> usable, String tooOld) {}

    /** Looks on PATH and in the cache. */
    public Installed installed() throws IOException {
        Optional<Path> onPath = Commands.find(PROGRAM);
        if (onPath.isPresent()) {
            String program = onPath.get().toString();
            Optional<Qemu> usable = probe(List.of(program), Map.of(), program);
            if (usable.isPresent()) {
                return new Installed(usable, "");
            }
        }
        String tooOld = onPath.map(Path::toString).orElse("");
        Optional<PackageTree> cached = archive.cached(PACKAGES);
        return new Installed(cached.isPresent() ? Optional.of(in(cached.get())) : Optional.empty(), tooOld);
    }

    /** Debian's newest, from the cache or the mirror, whatever is on PATH. */
    public Qemu fromArchive() throws IOException {
        PackageTree tree = archive.provide(
                PACKAGES,
                apt -> apt.closure(Apt.BACKPORTS, List.of("qemu-system-x86")).stream()
                        .filter(pin -> !NOT_NEEDED.contains(pin.name()))
                        .toList());
        return in(tree);
    }

    private static Qemu in(PackageTree tree) throws IOException {
        Path loader = first(tree, "usr/lib64/ld-linux-x86-64.so.2", "lib64/ld-linux-x86-64.so.2");
        Path program = first(tree, "usr/bin/" + PROGRAM);
        List<String> libraries = new ArrayList<>();
        for (String folder : List.of("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib", "lib")) {
            if (Files.isDirectory(tree.path(folder))) {
                libraries.add(tree.path(folder).toString());
            }
        }
        // Run by its own loader with its own libraries, so the host's C library does not matter.
        List<String> command = new ArrayList<>(
                List.of(loader.toString(), "--library-path", String.join(":", libraries), program.toString()));
        for (String data : List.of("usr/share/qemu", "usr/share/seabios")) {
            command.addAll(List.of("-L", tree.path(data).toString()));
        }
        Map<String, String> environment = Map.of(
                "QEMU_MODULE_DIR", tree.path("usr/lib/x86_64-linux-gnu/qemu").toString());
        return probe(List.copyOf(command), environment, tree.key())
                .orElseThrow(() -> new VmException("The QEMU that Debian has today (" + tree.key()
                        + ") does not run here or has no vfio-user-pci. Put another QEMU of at least 10.1 on PATH."));
    }

    private static Path first(PackageTree tree, String... places) throws VmException {
        for (String place : places) {
            if (Files.isRegularFile(tree.path(place))) {
                return tree.path(place);
            }
        }
        throw new VmException("The unpacked QEMU in " + tree.root() + " lacks " + places[0]
                + ". Delete that folder to fetch it again.");
    }

    private static Optional<Qemu> probe(List<String> command, Map<String, String> environment, String origin)
            throws IOException {
        Matcher version = VERSION.matcher(text(command, environment, "--version"));
        if (!version.find()) {
            return Optional.empty();
        }
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        boolean newEnough = major > 10 || (major == 10 && minor >= 1);
        if (!newEnough || !text(command, environment, "-device", "help").contains("\"vfio-user-pci\"")) {
            return Optional.empty();
        }
        String number = version.group().substring("version ".length());
        return Optional.of(new Qemu(command, environment, number, origin));
    }

    private static String text(List<String> command, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> full = new ArrayList<>(command);
        full.addAll(List.of(arguments));
        return Commands.run(Path.of("/"), environment, PROBE_TIMEOUT, full).text();
    }
}
