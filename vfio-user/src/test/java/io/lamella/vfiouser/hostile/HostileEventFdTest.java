// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Eventfds that would make their signaller wait. */
class HostileEventFdTest extends HostileTest {
    /** Raises the counter to the most that it can hold, so that adding 1 would wait. */
    private static void fill(EventFd event) throws Throwable {
        MethodHandle write = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("write"),
                        FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
        try (Arena arena = Arena.ofConfined()) {
            assertThat((long) write.invokeExact(event.fd().number(), arena.allocateFrom(JAVA_LONG, -2L), 8L))
                    .isEqualTo(8);
        }
    }

    @Test
    void aFullEventfdIsSkipped() throws Throwable {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            event.fd().setNonBlocking(false);
            client.call(WireMessage.setIrqs(4 | 32, 2, 0, 1), event.fd().number());
            fill(event);
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
