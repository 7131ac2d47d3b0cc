// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eventfds that would make their signaller wait. */
class HostileEventFdTest extends HostileTest {
    @Test
    void aFullEventfdIsSkipped() throws Throwable {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            event.fd().setNonBlocking(false);
            client.call(WireMessage.setIrqs(4 | 32, 2, 0, 1), event.fd().number());
            assertThat(CLibrary.fill(event.fd().number())).isTrue();
            for (int i = 0; i < 10; i++) {
                client.call(WireMessage.regionWrite32(0, 0x100, 5));
                client.call(WireMessage.setIrqs(1 | 32, 2, 0, 1));
            }
            assertWorks(client);
            assertThat(event.drain()).isTrue();
            client.call(WireMessage.regionWrite32(0, 0x100, 5));
            assertThat(event.await(1000)).isTrue();
        }
    }

    /**
     * The client fills the eventfd in between the server's look at it and its write, as often as it can, and never empties it again once the
     * server hangs. The server's thread goes on all the same, and other functions notice nothing.
     */
    @Test
    void aSignallerStuckOnAFilledEventfdIsFreedAndNeverBlocksOthers(@TempDir Path folder) throws Throwable {
        try (ServedExample other = new ServedExample(folder.resolve("other"));
                HostileClient client = HostileClient.negotiated(socket());
                HostileClient neighbour = HostileClient.negotiated(other.socket());
                EventFd event = EventFd.create()) {
            event.fd().setNonBlocking(false);
            client.call(WireMessage.setIrqs(4 | 32, 2, 0, 1), event.fd().number());
            AtomicBoolean stop = new AtomicBoolean();
            Thread attacker = Thread.ofPlatform().daemon().start(() -> attack(event, stop));
            long slowestNanos = 0;
            long end = System.nanoTime() + 2_000_000_000L;
            while (System.nanoTime() - end < 0) {
                for (int i = 0; i < 200; i++) {
                    client.send(WireMessage.setIrqs(1 | 32, 2, 0, 1).flags(WireMessage.NO_REPLY));
                }
                assertWorks(client);
                long begun = System.nanoTime();
                assertWorks(neighbour);
                slowestNanos = Math.max(slowestNanos, System.nanoTime() - begun);
            }
            assertThat(slowestNanos).as("how long the neighbour waited").isLessThan(1_000_000_000L);
            client.call(WireMessage.setIrqs(1 | 32, 2, 0, 0));
            stop.set(true);
            while (attacker.isAlive()) {
                event.drain();
                attacker.join(1);
            }
        }
    }

    private static void attack(EventFd event, AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                // Waits itself while the counter is not 0; whoever signals then has looked at an eventfd with room.
                event.drain();
                CLibrary.fill(event.fd().number());
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    @Test
    void aPipePosingAsAnEventfdIsRefused() throws IOException {
        Process cat = new ProcessBuilder("cat").start();
        try (HostileClient client = HostileClient.negotiated(socket())) {
            int pipe = pipeDescriptor();
            assertThat(client.refused(WireMessage.setIrqs(4 | 32, 2, 0, 1), pipe))
                    .isEqualTo(Errno.EINVAL.number());
            client.call(WireMessage.regionWrite32(0, 0x100, 5));
            assertWorks(client);
        } finally {
            cat.getOutputStream().close();
            cat.getInputStream().close();
            cat.getErrorStream().close();
            cat.destroy();
            Path gone = Path.of("/proc", Long.toString(cat.pid()));
            await(() -> !gone.toFile().exists());
        }
    }

    private static int pipeDescriptor() {
        return io.lamella.linux.OpenFiles.list().entrySet().stream()
                .filter(entry -> entry.getValue().startsWith("pipe:") && entry.getKey() > 2)
                .findFirst()
                .orElseThrow()
                .getKey();
    }
}
