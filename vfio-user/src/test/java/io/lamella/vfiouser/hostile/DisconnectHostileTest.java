// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.EventFd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.vfiouser.hostile.HostileClient.End;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Clients that leave, and what is left of them. */
class DisconnectHostileTest extends HostileTest {
    @Test
    void leavingAtAnyByteIsHarmless() {
        byte[][] messages = {
            WireMessage.version(0, 0, HostileClient.CAPABILITIES).toBytes(),
            WireMessage.regionWrite(0, 0, new byte[64]).toBytes(),
            WireMessage.dmaMap(3, 0, 0, 4096).toBytes()
        };
        try (SharedMemory memory = SharedMemory.create(MEMORY, 4096)) {
            for (int kind = 0; kind < messages.length; kind++) {
                byte[] message = messages[kind];
                for (int cut = 0; cut < message.length; cut += cut < 20 ? 1 : 7) {
                    try (HostileClient client =
                            kind == 0 ? HostileClient.connect(socket()) : HostileClient.negotiated(socket())) {
                        client.send(
                                Arrays.copyOf(message, cut),
                                kind == 2 && cut > 0 ? new int[] {memory.fd().number()} : new int[0]);
                    }
                }
            }
        }
    }

    @Test
    void leavingWithAnswersUnreadIsHarmless() {
        for (int i = 0; i < 20; i++) {
            try (HostileClient client = HostileClient.negotiated(socket())) {
                for (int j = 0; j < 50; j++) {
                    client.send(WireMessage.regionRead(2, 0, 4096));
                }
            }
        }
    }

    @Test
    void aHalfClosedClientStillGetsItsAnswers() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int i = 0; i < 10; i++) {
                client.send(WireMessage.regionRead(0, 0, 4).id(i));
            }
            client.socket().shutdownWrite();
            for (int i = 0; i < 10; i++) {
                assertThat(client.receive().id()).isEqualTo(i);
            }
            assertThat(client.awaitEnd(5000)).isEqualTo(End.CLOSED);
        }
    }

    @Test
    void aClientThatNeverReadsDelaysNobodyForLong() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.socket().setSendTimeout(300);
            long result = 0;
            for (int i = 0; i < 1000 && result == 0; i++) {
                result = client.trySend(WireMessage.regionRead(2, 0, 1 << 20).toBytes());
            }
            // The server has stopped taking requests, or has hung up. Either way the next client gets its turn once
            // this one is gone.
        }
    }

    @Test
    void mapsAndEventfdsGoWithTheClientAndRegistersStay() {
        int open = OpenFiles.count();
        try (SharedMemory memory = SharedMemory.create(MEMORY, 4096);
                EventFd event = EventFd.create()) {
            try (HostileClient client = HostileClient.negotiated(socket())) {
                client.call(WireMessage.dmaMap(3, 0, 0, 4096), memory.fd().number());
                client.call(WireMessage.setIrqs(4 | 32, 2, 0, 1), event.fd().number());
                client.call(WireMessage.regionWrite32(0, 0x40, 4711));
            }
            await(() -> OpenFiles.mappings(MEMORY) == 1);
            assertThat(OpenFiles.mappings(MEMORY)).isEqualTo(1);
            try (HostileClient client = HostileClient.negotiated(socket())) {
                assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16))
                        .as("registers are the device's")
                        .isEqualTo(4711);
                client.call(WireMessage.regionWrite32(0, 0x100, 5));
                assertThat(event.drain()).as("the vector is silent").isFalse();
                assertThat(client.call(WireMessage.dmaMap(3, 0, 0, 4096)).isError())
                        .as("the map is gone")
                        .isFalse();
            }
        }
        await(() -> OpenFiles.count() == open);
        assertThat(OpenFiles.count()).isEqualTo(open);
    }

    @Test
    void aSecondClientWaitsOrIsTurnedAwayAndIsServedLater() {
        try (HostileClient first = HostileClient.negotiated(socket())) {
            try (HostileClient second = HostileClient.connect(socket())) {
                second.trySend(
                        WireMessage.version(0, 0, HostileClient.CAPABILITIES).toBytes());
                assertThat(second.awaitEnd(200)).isNotEqualTo(End.RESET);
                assertWorks(first);
            }
            assertWorks(first);
        }
        try (HostileClient third = HostileClient.negotiated(socket())) {
            assertWorks(third);
        }
    }

    @Test
    void fiftyClientsInARow() {
        for (int i = 0; i < 50; i++) {
            try (HostileClient client = HostileClient.negotiated(socket())) {
                assertWorks(client);
            }
        }
    }

    @Test
    void stoppingTheServerEndsTheStreamInOrder() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int i = 0; i < 200; i++) {
                client.send(WireMessage.regionWrite32(0, 0x40, i).flags(WireMessage.NO_REPLY));
            }
            served().stop();
            assertThat(client.awaitEnd(5000)).as("unread bytes would kill QEMU").isEqualTo(End.CLOSED);
        }
        assertThat(isGone(socket())).isTrue();
        served().restart();
    }

    @Test
    void theSocketIsItsOwnersAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
    }

    @Test
    void aStaleSocketIsReplacedAndALivingOneIsNot() {
        assertThat(served().canBindAgain()).isFalse();
        served().stop();
        served().restart();
    }
}
