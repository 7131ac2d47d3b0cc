// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.LinuxException;
import io.lamella.linux.OpenFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every hostile test ends with, whatever it did: an ordinary client is served, and once the server is stopped, there are as many
 * descriptors and mappings as before it was started.
 */
@Timeout(60)
abstract class HostileTest {
    /** The name of memory that tests map, so that its mappings can be counted. */
    static final String MEMORY = "hostile-memory";

    @TempDir
    private Path folder;

    private int descriptorsBefore;
    private ServedExample served;

    @BeforeEach
    final void serve() {
        warmUp();
        descriptorsBefore = OpenFiles.count();
        served = new ServedExample(folder.resolve("device"));
    }

    /** Has the JDK open what it opens once and keeps. */
    private void warmUp() {
        new ServedExample(folder.resolve("warm-up")).close();
        OpenFiles.count();
    }

    @AfterEach
    final void theServerLivesAndNothingLeaked() {
        try {
            try (HostileClient client = HostileClient.negotiated(socket())) {
                assertWorks(client);
            }
            // Letting go of the client is the server's own pace.
            await(() -> OpenFiles.mappings(MEMORY) == 0);
            assertThat(OpenFiles.mappings(MEMORY)).as("mappings left").isZero();
        } finally {
            served.close();
        }
        await(() -> OpenFiles.count() <= descriptorsBefore);
        assertThat(OpenFiles.count())
                .as("descriptors left open: %s", OpenFiles.list())
                .isEqualTo(descriptorsBefore);
    }

    final Path socket() {
        return served.socket();
    }

    final ServedExample served() {
        return served;
    }

    /** Asks for what an ordinary client asks for. */
    static void assertWorks(HostileClient client) {
        assertThat(client.call(WireMessage.deviceInfo(16)).u32(8)).isEqualTo(9);
        assertThat(client.call(WireMessage.regionWrite32(0, 0x20, 0x1234_5678)).isError())
                .isFalse();
        HostileClient.Received answer = client.call(WireMessage.regionRead(0, 0x20, 4));
        assertThat(answer.isError()).isFalse();
        assertThat(answer.body().limit()).isEqualTo(20);
        assertThat(answer.u32(16)).isEqualTo(0x1234_5678);
        assertThat(client.call(WireMessage.regionRead(7, 0, 4)).u32(16)).isEqualTo(0xa0c4_1234);
    }

    /** The message gets a bare error or a closed connection. @return whether the connection is open */
    static boolean assertRefusedOrClosed(HostileClient client, WireMessage message, int... fds) {
        message.id(client.freshId());
        long sent = client.trySend(message.toBytes(), fds);
        if (sent < 0) {
            assertThat((int) -sent).isIn(Errno.EPIPE.number(), Errno.ECONNRESET.number());
            return false;
        }
        HostileClient.Received answer = client.tryReceive();
        if (answer == null) {
            return false;
        }
        answer.withoutFds();
        assertThat(answer.isReply()).isTrue();
        assertThat(answer.isError()).as("the answer is an error").isTrue();
        assertThat(answer.error()).isPositive();
        assertThat(answer.body().limit()).isZero();
        return client.awaitEnd(50) == HostileClient.End.OPEN;
    }

    /** Waits until something is so, 5 s at the most. */
    static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Whether nobody listens at the socket. */
    static boolean isGone(Path socket) {
        try {
            HostileClient.connect(socket).close();
            return false;
        } catch (LinuxException e) {
            return true;
        }
    }
}
