// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a guest or a client can bring about must not fill the host's log. */
class LogFloodHostileTest extends HostileTest {
    private static final int FLOOD = 3000;
    /** The burst that is allowed, and one more for each ten seconds that the test may take. */
    private static final int ALLOWED = 10 + 6;

    private final Logger logger = Logger.getLogger("io.lamella.vfiouser");
    private final AtomicInteger lines = new AtomicInteger();
    private final Handler counting = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            lines.incrementAndGet();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void count() {
        logger.addHandler(counting);
        logger.setUseParentHandlers(false);
        // The worst case: somebody is looking for a mistake.
        logger.setLevel(Level.ALL);
    }

    @AfterEach
    void stopCounting() {
        logger.removeHandler(counting);
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
    }

    @Test
    void refusedCommandsDoNotFillTheLog() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int i = 0; i < FLOOD; i++) {
                client.refused(WireMessage.regionRead(6, 1L << 40, 4));
                client.send(WireMessage.regionWrite32(9, 0, i).flags(WireMessage.NO_REPLY));
            }
        }
        assertThat(lines.get()).isBetween(1, ALLOWED);
    }

    @Test
    void repliesToNothingDoNotFillTheLog() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int i = 0; i < FLOOD; i++) {
                client.send(WireMessage.of(WireMessage.DMA_READ).id(i).flags(WireMessage.REPLY));
            }
            assertWorks(client);
        }
        assertThat(lines.get()).isBetween(1, ALLOWED);
    }

    @Test
    void clientsThatComeAndGoDoNotFillTheLog() {
        for (int i = 0; i < 200; i++) {
            try (HostileClient client = HostileClient.connect(socket())) {
                client.trySend(new byte[64]);
                client.awaitEnd(1000);
            }
        }
        assertThat(lines.get()).isBetween(1, ALLOWED);
    }

    @Test
    void anOrdinaryClientIsNotLogged() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertWorks(client);
        }
        assertThat(lines.get()).isZero();
    }
}
