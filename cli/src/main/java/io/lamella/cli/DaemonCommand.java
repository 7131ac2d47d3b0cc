// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.daemon.ConfigurationException;
import io.lamella.daemon.Daemon;
import io.lamella.daemon.DaemonConfiguration;
import io.lamella.daemon.DefaultPaths;
import io.lamella.host.node.NodeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lamella daemon}. */
@Command(
        name = "daemon",
        mixinStandardHelpOptions = true,
        description = "Run the host as a service: GPUs, vGPUs and their sockets, behind an API at a Unix socket.",
        footer = {
            "",
            "Without --config it reads /etc/lamella/lamella.yaml if that is there, and else runs one L40.",
            "SIGTERM ends it: VMs are sent away, vGPUs stopped, and what is defined stays defined."
        })
final class DaemonCommand implements Callable<Integer> {
    private static final Path USUAL = Path.of("/etc/lamella/lamella.yaml");

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration, in YAML.")
    private @Nullable Path config;

    @Option(names = "--check", description = "Only read the configuration and say what is wrong with it.")
    private boolean check;

    @Override
    public Integer call() throws IOException, InterruptedException {
        DaemonConfiguration configuration;
        try {
            Path file = config != null ? config : Files.isReadable(USUAL) ? USUAL : null;
            DefaultPaths paths = DefaultPaths.ofUser();
            configuration = file == null ? DaemonConfiguration.defaults(paths) : DaemonConfiguration.load(file, paths);
        } catch (ConfigurationException e) {
            System.err.println("lamella: " + e.getMessage());
            return ExitCode.USAGE;
        }
        if (check) {
            System.err.println(
                    "The configuration is sound: " + configuration.node().gpus().size() + " GPUs, API at "
                            + configuration.socket().path() + ".");
            return ExitCode.OK;
        }
        Daemon daemon;
        try {
            daemon = Daemon.start(configuration);
        } catch (NodeException e) {
            System.err.println("lamella: " + e.sentence());
            e.problems().forEach(problem -> System.err.println("  " + problem));
            return ExitCode.FAILED;
        }
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(daemon::close));
        int gpus = configuration.node().gpus().size();
        System.err.println(
                "Lamella serves " + gpus + (gpus == 1 ? " GPU" : " GPUs") + "; the API is at " + daemon.socket() + ".");
        daemon.ports()
                .forEach(port -> System.err.println(
                        "It is at " + port.getAddress().getHostAddress() + " port " + port.getPort() + " too."));
        daemon.await();
        return ExitCode.OK;
    }
}
