// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon;

import io.lamella.daemon.api.NodeApi;
import io.lamella.daemon.api.NodeRefusals;
import io.lamella.daemon.http.AnswerCounts;
import io.lamella.daemon.http.ApiServer;
import io.lamella.daemon.http.RouteTable;
import io.lamella.daemon.metrics.MetricsRoutes;
import io.lamella.daemon.metrics.NodeMetrics;
import io.lamella.daemon.operation.Operations;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeEvent;
import io.lamella.host.node.NodeView;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** A node with its API, as a service. */
public final class Daemon implements AutoCloseable {
    /** The release. */
    public static final String VERSION = "0.1.0";

    private final Node node;
    private final Operations operations;
    private final ApiServer server;
    private final ServiceManager manager;
    private final Path socket;
    private final RouteTable routes;
    private final Consumer<NodeEvent> onEvent;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;

    private Daemon(DaemonConfiguration configuration) throws IOException {
        manager = new ServiceManager(System.getenv(), ProcessHandle.current().pid());
        socket = configuration.socket().path().toAbsolutePath();
        manager.status("Booting GPUs.");
        Path directory = socket.getParent();
        if (directory != null) {
            makeDirectory(directory);
        }
        node = Node.open(configuration.node());
        operations = new Operations(Operations.Limits.DEFAULT, InstantSource.system(), NodeRefusals::always);
        AnswerCounts answers = new AnswerCounts();
        NodeMetrics metrics = new NodeMetrics(node, operations, VERSION, answers::byStatus);
        onEvent = event -> {
            String about = event.vgpu() != null ? event.vgpu() : event.gpu();
            if (about != null) {
                operations.happened(about, event.sentence());
            }
            metrics.happened(event);
        };
        node.addListener(onEvent);
        routes = NodeApi.routes(node, operations, () -> stopping, VERSION, MetricsRoutes.of(metrics));
        try {
            server = ApiServer.start(
                    routes,
                    List.of(configuration.socket()),
                    configuration.tcp(),
                    configuration.limits(),
                    NodeRefusals::problem,
                    answers);
        } catch (IOException | RuntimeException | Error e) {
            node.close();
            throw e;
        }
        watchdog();
        manager.ready(status());
    }

    /**
     * Boots the GPUs, starts the vGPUs that are to run, and serves the API. From its return on clients can connect.
     *
     * @throws IOException if the API cannot listen
     * @throws io.lamella.host.node.NodeException if the node cannot be opened
     */
    public static Daemon start(DaemonConfiguration configuration) throws IOException {
        return new Daemon(configuration);
    }

    /** The socket's directory: open to all, because the socket itself says who may connect. */
    private static void makeDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
    }

    /** The node behind the API. */
    public Node node() {
        return node;
    }

    /** The Unix socket of the API. */
    public Path socket() {
        return socket;
    }

    /** The TCP ports of the API. */
    public List<InetSocketAddress> ports() {
        return server.ports();
    }

    /** What the API serves. */
    RouteTable routes() {
        return routes;
    }

    private String status() {
        NodeView view = node.view();
        return view.gpuCount() + " GPUs, " + view.vgpuCount() + " vGPUs; the API is at " + socket + ".";
    }

    /** Tells systemd that all is well, as long as the node answers. */
    private void watchdog() {
        long every = manager.watchdogMillis() / 3;
        if (every <= 0) {
            return;
        }
        Thread.ofPlatform().daemon().name("watchdog").start(() -> {
            while (ended.getCount() > 0) {
                // Hangs if the node does, and then systemd hears nothing and restarts the daemon.
                manager.status(status());
                manager.alive();
                try {
                    Thread.sleep(every);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    /** Waits until it is closed. */
    public void await() throws InterruptedException {
        ended.await();
    }

    /** Ends watching, lets what is under way end within limits, sends all VMs away and winds everything down. */
    @Override
    public void close() {
        synchronized (this) {
            if (stopping) {
                return;
            }
            stopping = true;
        }
        manager.stopping();
        node.removeListener(onEvent);
        server.close();
        operations.close();
        node.close();
        ended.countDown();
    }
}
