// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.lamella.linux.LinuxException;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.UnixSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class SocketAcceptorTest {
    @TempDir
    Path folder;

    private final SocketAcceptor acceptor = new SocketAcceptor();
    private final BlockingQueue<UnixSocket> clients = new LinkedBlockingQueue<>();

    private static long acceptorThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("vgpu-sockets"))
                .count();
    }

    private UnixSocket next() throws InterruptedException {
        return Objects.requireNonNull(clients.poll(10, TimeUnit.SECONDS));
    }

    @Test
    void oneThreadServesAllSocketsAndNothingIsLeft() throws InterruptedException {
        int before = OpenFiles.count();
        List<SocketAcceptor.Place> places = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            places.add(acceptor.listen(folder.resolve(i + ".sock"), clients::add));
        }
        assertThat(acceptorThreads()).isEqualTo(1);
        for (SocketAcceptor.Place place : places.reversed()) {
            UnixSocket.connect(place.path()).close();
            next().close();
        }
        places.forEach(SocketAcceptor.Place::close);
        assertThat(folder).isEmptyDirectory();
        while (acceptorThreads() != 0) {
            Thread.onSpinWait();
        }
        assertThat(OpenFiles.count()).isEqualTo(before);
    }

    @Test
    void theNextClientWaitsUntilTheFirstIsGone() throws InterruptedException {
        try (SocketAcceptor.Place place = acceptor.listen(folder.resolve("a.sock"), clients::add);
                UnixSocket first = UnixSocket.connect(place.path());
                UnixSocket served = next();
                UnixSocket second = UnixSocket.connect(place.path())) {
            assertThat(clients.poll(100, TimeUnit.MILLISECONDS)).isNull();
            place.next();
            next().close();
            assertThat(first.fd().isOpen()
                            && served.fd().isOpen()
                            && second.fd().isOpen())
                    .isTrue();
        }
    }

    @Test
    void aSocketInUseIsNotTakenOver() {
        try (SocketAcceptor.Place place = acceptor.listen(folder.resolve("a.sock"), clients::add)) {
            assertThatExceptionOfType(LinuxException.class)
                    .isThrownBy(() -> new SocketAcceptor().listen(place.path(), clients::add))
                    .withMessageContaining("a.sock");
        }
    }
}
