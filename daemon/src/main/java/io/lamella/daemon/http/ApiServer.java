// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.http;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** The HTTP server: Jetty with a route table, at a Unix socket and, if wanted, at TCP ports. */
public final class ApiServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ApiServer.class.getName());
    /** Jetty's, held here so that their levels stay what they are set to. */
    private static final List<java.util.logging.Logger> QUIET = Stream.of("org.eclipse.jetty")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    /** Those that write a line for each thing that a client does wrong, and so would let it fill the log. */
    private static final List<java.util.logging.Logger> SILENT = Stream.of(
                    "org.eclipse.jetty.http", "org.eclipse.jetty.util.HostPort", "org.eclipse.jetty.server.Response")
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private static final int HEADER_BYTES = 8 << 10;
    private static final long STOP_MILLIS = 3_000;

    private final Server server;
    private final List<SocketFile> files = new ArrayList<>();
    private final List<ServerConnector> ports = new ArrayList<>();

    /**
     * What a server holds out against.
     *
     * @param connections at the same time
     * @param idleMillis how long a client may send nothing of a request that it began, or read nothing of an answer
     */
    public record Limits(int connections, long idleMillis) {
        public static final Limits DEFAULT = new Limits(256, 30_000);
    }

    private ApiServer(Server server) {
        this.server = server;
    }

    /**
     * Starts one.
     *
     * @param translator makes a problem of what endpoints throw beside {@link ProblemException}, or null
     * @param answers counts them
     * @throws IOException if it cannot listen; a sentence says where and why
     */
    public static ApiServer start(
            RouteTable routes,
            List<UnixEndpoint> sockets,
            List<TcpEndpoint> tcp,
            Limits limits,
            Function<Throwable, @Nullable ProblemException> translator,
            AnswerCounts answers)
            throws IOException {
        QUIET.forEach(logger -> logger.setLevel(java.util.logging.Level.WARNING));
        SILENT.forEach(logger -> logger.setLevel(java.util.logging.Level.SEVERE));
        QueuedThreadPool threads = new QueuedThreadPool(24, 2, 60_000);
        threads.setName("api");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("api request ", 1).factory()));
        Server server = new Server(threads);
        server.setErrorHandler(new ProblemErrorHandler());
        server.setStopTimeout(STOP_MILLIS);
        ApiServer made = new ApiServer(server);
        Map<String, Access> access = new HashMap<>();
        try {
            for (UnixEndpoint endpoint : sockets) {
                made.addSocket(endpoint, limits);
            }
            for (int i = 0; i < tcp.size(); i++) {
                access.put("tcp" + i, made.addPort("tcp" + i, tcp.get(i), limits));
            }
            ConnectionLimit limit = new ConnectionLimit(limits.connections());
            for (Connector connector : server.getConnectors()) {
                connector.addBean(limit);
            }
            server.setHandler(new ApiHandler(routes, access, translator, answers));
            server.start();
            for (SocketFile file : made.files) {
                file.publish();
            }
            return made;
        } catch (Exception e) {
            made.close();
            throw e instanceof IOException io ? io : new IOException("The API cannot listen: " + e.getMessage(), e);
        }
    }

    private void addSocket(UnixEndpoint endpoint, Limits limits) throws IOException {
        UnixDomainServerConnector connector =
                new UnixDomainServerConnector(server, null, null, null, 1, 1, new HttpConnectionFactory(http(false)));
        connector.setName("unix");
        connector.setIdleTimeout(limits.idleMillis());
        connector.setAcceptQueueSize(128);
        if (endpoint.inherited() && System.inheritedChannel() instanceof java.nio.channels.ServerSocketChannel) {
            connector.setInheritChannel(true);
            connector.setUnixDomainPath(endpoint.path());
        } else {
            SocketFile file = new SocketFile(endpoint);
            files.add(file);
            connector.setUnixDomainPath(file.hidden());
        }
        server.addConnector(connector);
    }

    private Access addPort(String name, TcpEndpoint endpoint, Limits limits) {
        HttpConnectionFactory plain = new HttpConnectionFactory(http(endpoint.tls() != null));
        ServerConnector connector;
        if (endpoint.tls() == null) {
            connector = new ServerConnector(server, 1, 1, plain);
        } else {
            SslContextFactory.Server tls = new SslContextFactory.Server();
            tls.setKeyStore(endpoint.tls().store());
            tls.setKeyStorePassword("");
            tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
            connector = new ServerConnector(
                    server, 1, 1, new ConnectionFactory[] {new SslConnectionFactory(tls, "http/1.1"), plain});
        }
        connector.setName(name);
        connector.setHost(endpoint.address().getHostAddress());
        connector.setPort(endpoint.port());
        connector.setIdleTimeout(limits.idleMillis());
        connector.setReuseAddress(true);
        ports.add(connector);
        server.addConnector(connector);
        return new Access(endpoint.token(), endpoint.address().isLoopbackAddress());
    }

    private static HttpConfiguration http(boolean secure) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        http.setUriCompliance(UriCompliance.DEFAULT);
        if (secure) {
            // The certificate is for whatever name people reach this host by.
            http.addCustomizer(new SecureRequestCustomizer(false));
        }
        return http;
    }

    /** The ports that it listens at, in the order in which they were given. */
    public List<InetSocketAddress> ports() {
        return ports.stream()
                .map(connector -> new InetSocketAddress(connector.getHost(), connector.getLocalPort()))
                .toList();
    }

    /** Stops; requests under way have a moment to end. Never throws. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.log(Level.WARNING, "The API did not stop cleanly.", e);
        }
        for (SocketFile file : files) {
            try {
                file.remove();
            } catch (IOException e) {
                LOG.log(Level.WARNING, "The API's socket could not be removed.", e);
            }
        }
    }
}
