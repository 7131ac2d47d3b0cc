// SPDX-License-Identifier: Apache-2.0
package io.lamella.vm.build;

import io.lamella.vm.ChildProcesses;
import io.lamella.vm.Commands;
import io.lamella.vm.VmException;
import io.lamella.vm.archive.PackageTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A folder of unpacked packages in which commands run as if it were the system. Only a private mount namespace is needed, which root has
 * and which an ordinary user gets with a user namespace.
 */
final class BuildRoot {
    private static final Duration TRY = Duration.ofSeconds(30);

    /** Its own namespaces; what runs in them ends with it. */
    private static final List<String> AS_ROOT = List.of("unshare", "--mount", "--pid", "--fork", "--kill-child");

    private static final List<String> AS_USER =
            List.of("unshare", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child");

    private final PackageTree tree;
    private final Path work;
    private final Path source;
    private final List<String> prefix;

    private BuildRoot(PackageTree tree, Path work, Path source, List<String> prefix) {
        this.tree = tree;
        this.work = work;
        this.source = source;
        this.prefix = prefix;
    }

    /**
     * Finds a way to run commands.
     *
     * @param tree the packages
     * @param work the folder that is /home inside, and the only one that should be written to
     * @param source the folder that is /boot inside
     * @throws VmException when this host lets nobody do so, with what would help
     */
    static BuildRoot open(PackageTree tree, Path work, Path source) throws IOException {
        Files.write(work.resolve("in-root.sh"), Resources.read("in-root.sh"));
        String words = "";
        for (List<String> way : List.of(AS_ROOT, AS_USER)) {
            BuildRoot root = new BuildRoot(tree, work, source, way);
            Commands.Output output = Commands.run(work, Map.of(), TRY, root.command(List.of("true")));
            if (output.exitCode() == 0) {
                return root;
            }
            words = output.lastWords();
        }
        throw new VmException(
                "The kernel is built in a folder of Debian packages as if that were the system, which takes"
                        + " a mount namespace, and this host lets you have none. Run it as root, or let users have namespaces"
                        + " (sysctl kernel.unprivileged_userns_clone=1; on Ubuntu"
                        + " kernel.apparmor_restrict_unprivileged_userns=0; in a container --privileged). unshare said: "
                        + words);
    }

    private List<String> command(List<String> inside) {
        List<String> command = new ArrayList<>();
        // The compilers end with the thread that started them, however the JVM came to its end.
        Commands.find("setpriv")
                .ifPresent(setpriv -> command.addAll(List.of(setpriv.toString(), "--pdeathsig", "KILL")));
        command.addAll(prefix);
        command.addAll(List.of(
                "sh",
                work.resolve("in-root.sh").toString(),
                tree.root().toString(),
                work.toString(),
                source.toString()));
        command.addAll(inside);
        return command;
    }

    /** Starts a command whose output, errors included, goes to a file. */
    Process start(List<String> inside, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(inside))
                .directory(work.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()));
        return ChildProcesses.adopt(builder.start());
    }
}
