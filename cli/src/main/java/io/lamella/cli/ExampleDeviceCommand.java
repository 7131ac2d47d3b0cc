// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.vfiouser.example.ExampleDeviceServer;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code lamella example-device}. */
@Command(
        name = "example-device",
        mixinStandardHelpOptions = true,
        description = "Serve the vfio-user library's worked example at a socket, until Ctrl-C.",
        footer = {"", "Example:  ./lamella example-device /tmp/example.sock"})
final class ExampleDeviceCommand implements Callable<Integer> {
    @Parameters(paramLabel = "SOCKET", description = "Where to listen: a path of at most 107 bytes.")
    private Path socket = Path.of("");

    @Override
    public Integer call() throws Exception {
        try (CleanUp cleanUp = new CleanUp()) {
            cleanUp.add(ExampleDeviceServer.start(socket));
            System.err.println("Serving the example device, 1234:a0c4, at " + socket + ". Ctrl-C ends it.");
            new CountDownLatch(1).await();
        }
        return ExitCode.OK;
    }
}
