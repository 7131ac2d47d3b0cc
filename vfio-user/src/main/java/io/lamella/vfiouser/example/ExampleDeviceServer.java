// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import io.lamella.vfiouser.server.ServerListener;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vfiouser.server.VfioUserServer;
import java.nio.file.Path;

/** Serves the example device at a socket: {@code lamella example-device SOCKET}. */
public final class ExampleDeviceServer implements AutoCloseable {
    /** Its contract knows no bus mastering, so that a client that measures need not program configuration space. */
    private static final ServerOptions OPTIONS = ServerOptions.DEFAULTS.withoutBusMaster();

    private final ExampleDevice device;
    private final VfioUserServer server;

    private ExampleDeviceServer(ExampleDevice device, VfioUserServer server) {
        this.device = device;
        this.server = server;
    }

    /** Serves a new example device to one client after the other, until {@link #close}. */
    public static ExampleDeviceServer start(Path socket) {
        ExampleDevice device = new ExampleDevice();
        try {
            return new ExampleDeviceServer(device, VfioUserServer.listen(device, socket, OPTIONS, ServerListener.NONE));
        } catch (RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    /** Sends the client away, if there is one, and removes the socket. */
    @Override
    public void close() {
        server.close();
        device.close();
    }

    /** Serves until the process is told to end. */
    public static void main(String[] args) throws InterruptedException {
        if (args.length != 1) {
            System.err.println("usage: example-device SOCKET");
            System.exit(2);
        }
        ExampleDeviceServer served = start(Path.of(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(served::close, "example-device-stop"));
        System.out.println("Serving the example device, 1234:a0c4, at " + args[0] + ". Ctrl-C ends it.");
        Thread.currentThread().join();
    }
}
