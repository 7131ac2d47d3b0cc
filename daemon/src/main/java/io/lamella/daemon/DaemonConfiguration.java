// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.core.c.CoreChoice;
import io.lamella.daemon.http.ApiServer;
import io.lamella.daemon.http.Documents;
import io.lamella.daemon.http.TcpEndpoint;
import io.lamella.daemon.http.TlsIdentity;
import io.lamella.daemon.http.UnixEndpoint;
import io.lamella.daemon.http.Violation;
import io.lamella.host.GpuUse;
import io.lamella.host.node.GpuConfiguration;
import io.lamella.host.node.GpuMode;
import io.lamella.host.node.NodeConfiguration;
import io.lamella.host.node.SchedulerDefinition;
import io.lamella.linux.SocketAccess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon is to do.
 *
 * @param node its GPUs and directories
 * @param socket where the API listens
 * @param tcp ports beside it
 * @param limits of the API
 */
public record DaemonConfiguration(
        NodeConfiguration node, UnixEndpoint socket, List<TcpEndpoint> tcp, ApiServer.Limits limits) {
    private static final int FILE_LIMIT_BYTES = 1 << 20;

    public DaemonConfiguration {
        tcp = List.copyOf(tcp);
    }

    /** All defaults: one L40. */
    public static DaemonConfiguration defaults(DefaultPaths paths) {
        try {
            return of(
                    "the default",
                    new DaemonFile(null, null, null, null, null, null, null, null, null, null, null),
                    paths);
        } catch (ConfigurationException e) {
            throw new IllegalStateException("The defaults are sound.", e);
        }
    }

    /**
     * Reads a YAML file. What it does not say has its default; a key that there is not is an error.
     *
     * @throws ConfigurationException with all that is wrong
     * @throws IOException if it cannot be read
     */
    public static DaemonConfiguration load(Path file, DefaultPaths paths) throws ConfigurationException, IOException {
        if (Files.size(file) > FILE_LIMIT_BYTES) {
            throw new IOException(file + " is too large for a configuration; 1 MiB is the limit.");
        }
        return parse(file.toString(), Files.readString(file), paths);
    }

    static DaemonConfiguration parse(String name, String yaml, DefaultPaths paths) throws ConfigurationException {
        Documents.Read<DaemonFile> read = Documents.yaml(yaml, DaemonFile.class);
        DaemonFile said = read.document();
        if (said == null) {
            throw new ConfigurationException(name, read.problems());
        }
        return of(name, said, paths);
    }

    private static DaemonConfiguration of(String name, DaemonFile file, DefaultPaths paths)
            throws ConfigurationException {
        List<Violation> problems = new ArrayList<>();
        String core = Objects.requireNonNullElse(file.core(), CoreChoice.JAVA.toString());
        List<GpuConfiguration> gpus = new ArrayList<>();
        for (DaemonFile.Gpu gpu : Objects.requireNonNullElse(
                file.gpus(), List.of(new DaemonFile.Gpu("gpu0", null, null, null, null, null, null, null, null)))) {
            GpuConfiguration plain = GpuConfiguration.of(gpu.name(), Objects.requireNonNullElse(gpu.board(), "L40"));
            gpus.add(new GpuConfiguration(
                    plain.name(),
                    plain.board(),
                    bytes(gpu.frameBuffer()),
                    Objects.requireNonNullElse(gpu.virtualFunctions(), plain.totalVirtualFunctions()),
                    Objects.requireNonNullElse(gpu.enabledVirtualFunctions(), plain.enabledVirtualFunctions()),
                    Objects.requireNonNullElse(gpu.use(), GpuUse.VGPU),
                    Objects.requireNonNullElse(gpu.mode(), GpuMode.EQUAL),
                    Objects.requireNonNullElse(gpu.scheduler(), SchedulerDefinition.DEFAULT),
                    Objects.requireNonNullElse(gpu.core(), core)));
        }
        if (gpus.isEmpty()) {
            problems.add(new Violation("/gpus", "There must be one GPU at least; leave the key out for one L40."));
        }
        NodeConfiguration node = new NodeConfiguration(
                Objects.requireNonNullElseGet(file.name(), DaemonConfiguration::hostName),
                gpus,
                path("/runtimeDirectory", file.runtimeDirectory(), paths.runtimeDirectory(), problems),
                path("/stateDirectory", file.stateDirectory(), paths.stateDirectory(), problems),
                Objects.requireNonNullElse(file.typeFiles(), List.<String>of()).stream()
                        .map(Path::of)
                        .toList(),
                file.firmwareDirectory() == null ? null : Path.of(file.firmwareDirectory()),
                Objects.requireNonNullElse(file.firmwareReleases(), List.of()),
                Objects.requireNonNullElse(file.events(), NodeConfiguration.DEFAULT_EVENT_CAPACITY),
                socketAccess(file.vgpuSockets(), problems));
        DaemonFile.Api api = Objects.requireNonNullElse(file.api(), new DaemonFile.Api(null, null, null, null, null));
        UnixEndpoint socket = new UnixEndpoint(
                path("/api/socket", api.socket(), paths.socket(), problems),
                permissions(Objects.requireNonNullElse(api.mode(), "0660")),
                api.group(),
                true);
        List<TcpEndpoint> tcp = new ArrayList<>();
        List<DaemonFile.Tcp> ports = Objects.requireNonNullElse(api.tcp(), List.of());
        for (int i = 0; i < ports.size(); i++) {
            TcpEndpoint endpoint = tcp("/api/tcp/" + i, ports.get(i), problems);
            if (endpoint != null) {
                tcp.add(endpoint);
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(name, problems);
        }
        return new DaemonConfiguration(
                node,
                socket,
                tcp,
                new ApiServer.Limits(
                        Objects.requireNonNullElse(api.connections(), ApiServer.Limits.DEFAULT.connections()),
                        ApiServer.Limits.DEFAULT.idleMillis()));
    }

    private static SocketAccess socketAccess(DaemonFile.@Nullable VgpuSockets said, List<Violation> problems) {
        if (said == null) {
            return SocketAccess.OWNER;
        }
        try {
            String mode = Objects.requireNonNullElse(said.mode(), "0600");
            return new SocketAccess(mode.endsWith("660"), said.group());
        } catch (IllegalArgumentException e) {
            problems.add(new Violation("/vgpuSockets/group", Objects.requireNonNull(e.getMessage())));
            return SocketAccess.OWNER;
        }
    }

    private static @Nullable TcpEndpoint tcp(String at, DaemonFile.Tcp port, List<Violation> problems) {
        try {
            TlsIdentity tls = null;
            if (port.certificateFile() != null && port.keyFile() != null) {
                tls = TlsIdentity.read(Path.of(port.certificateFile()), Path.of(port.keyFile()));
            } else if (port.certificateFile() != null || port.keyFile() != null) {
                problems.add(new Violation(at, "TLS needs both certificateFile and keyFile."));
                return null;
            }
            String token = port.tokenFile() == null ? null : token(Path.of(port.tokenFile()));
            // The pattern lets nothing but numeric addresses through, so nothing is looked up.
            InetAddress address = InetAddress.getByName(Objects.requireNonNullElse(port.address(), "127.0.0.1"));
            return new TcpEndpoint(address, port.port(), token, tls);
        } catch (UnknownHostException e) {
            problems.add(new Violation(at + "/address", "This is no IP address."));
        } catch (IOException | IllegalArgumentException e) {
            problems.add(new Violation(at, e.getMessage() == null ? e.toString() : e.getMessage()));
        }
        return null;
    }

    private static String token(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("The token's file " + file + " is not there. Make one with: openssl rand -hex 32");
        }
        if (Files.size(file) > 4096) {
            throw new IOException("The token's file " + file + " is too large; one line is expected.");
        }
        if (Files.getPosixFilePermissions(file).contains(java.nio.file.attribute.PosixFilePermission.OTHERS_READ)) {
            throw new IOException("The token's file " + file + " can be read by everybody; run: chmod o-r " + file);
        }
        return Files.readString(file).strip();
    }

    private static Path path(String at, @Nullable String said, Path other, List<Violation> problems) {
        if (said == null) {
            return other;
        }
        Path path = Path.of(said);
        if (!path.isAbsolute()) {
            problems.add(new Violation(at, "This must be a path from the root on, such as /run/lamella."));
        }
        return path;
    }

    private static long bytes(@Nullable String size) {
        if (size == null) {
            return 0;
        }
        long number = Long.parseLong(size.substring(0, size.length() - 3));
        return size.endsWith("GiB") ? number << 30 : number << 20;
    }

    private static String permissions(String octal) {
        StringBuilder text = new StringBuilder();
        for (char digit : octal.substring(octal.length() - 3).toCharArray()) {
            int bits = digit - '0';
            text.append((bits & 4) != 0 ? 'r' : '-')
                    .append((bits & 2) != 0 ? 'w' : '-')
                    .append((bits & 1) != 0 ? 'x' : '-');
        }
        return text.toString();
    }

    private static String hostName() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}") ? name : "node";
        } catch (IOException e) {
            return "node";
        }
    }
}
