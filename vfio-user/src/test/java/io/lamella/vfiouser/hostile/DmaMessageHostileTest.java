// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** DMA_READ and DMA_WRITE: the server asks, and the client does not always answer as it should. */
class DmaMessageHostileTest extends HostileTest {
    private static final long IOVA = 0x10_0000;
    private static final int EBUSY = Errno.EBUSY.number();

    /** Starts a command and answers what the server asks for before its reply; returns how many bytes that were. */
    private static long start(HostileClient client, int command, long length) {
        client.call(WireMessage.dmaMap(3, 0, IOVA, 64 << 20));
        client.call(WireMessage.regionWrite64(0, 0x108, IOVA));
        client.call(WireMessage.regionWrite64(0, 0x110, length));
        client.call(WireMessage.regionWrite64(0, 0x118, 1));
        WireMessage message = WireMessage.regionWrite32(0, 0x100, command).id(client.freshId());
        client.send(message);
        // The reply must come although not one DMA message has been answered.
        HostileClient.Received answer = client.receive();
        List<HostileClient.Received> early = new ArrayList<>();
        while (!answer.isReply()) {
            early.add(answer);
            answer = client.receive();
        }
        assertThat(answer.id()).isEqualTo(message.id());
        early.forEach(request -> client.send(answerTo(request)));
        return early.stream().mapToLong(request -> request.u64(8)).sum();
    }

    /** What an honest client answers: memory in which each byte is the low byte of its address divided by 8. */
    private static WireMessage answerTo(HostileClient.Received request) {
        long address = request.u64(0);
        int count = (int) request.u64(8);
        WireMessage answer = WireMessage.of(request.command())
                .id(request.id())
                .flags(WireMessage.REPLY)
                .u64(address, count);
        if (request.command() == WireMessage.DMA_READ) {
            byte[] data = new byte[count];
            for (int i = 0; i < count; i++) {
                data[i] = (byte) ((address + i) >> 3);
            }
            answer.bytes(data);
        }
        return answer;
    }

    /** Polls the status register, and answers DMA messages with {@code answers} meanwhile. */
    private static int serveUntilDone(
            HostileClient client, java.util.function.Consumer<HostileClient.Received> answers) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (System.nanoTime() - deadline < 0) {
            WireMessage poll = WireMessage.regionRead(0, 0x130, 4).id(client.freshId());
            client.send(poll);
            HostileClient.Received next = client.receive();
            while (!next.isReply()) {
                answers.accept(next);
                next = client.receive();
            }
            assertThat(next.id())
                    .as("client commands are served while DMA waits")
                    .isEqualTo(poll.id());
            if (next.u32(16) != EBUSY) {
                return next.u32(16);
            }
        }
        throw new AssertionError("The command did not end within 20 s.");
    }

    @Test
    void readsByMessageAndNeverMoreThan64KiBAtOnce() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 1 << 20);
            long[] largest = {0};
            int status = serveUntilDone(client, request -> {
                assertThat(request.command()).isEqualTo(WireMessage.DMA_READ);
                largest[0] = Math.max(largest[0], request.u64(8));
                client.send(answerTo(request));
            });
            assertThat(status).isZero();
            assertThat(largest[0]).isBetween(1L, 65536L);
            long sum = 0;
            for (long at = 0; at < 1 << 20; at += 8) {
                sum += (((IOVA + at) >> 3) & 0xff) * 0x0101_0101_0101_0101L;
            }
            assertThat(client.call(WireMessage.regionRead(0, 0x128, 8)).u64(16)).isEqualTo(sum);
        }
    }

    /** QEMU loses replies that its send buffer has no room for. */
    @Test
    void noMoreThan128KiBAreAskedForAndNotAnsweredYet() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 1 << 20);
            List<HostileClient.Received> held = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                WireMessage poll = WireMessage.regionRead(0, 0x130, 4).id(client.freshId());
                client.send(poll);
                HostileClient.Received next = client.receive();
                while (!next.isReply()) {
                    held.add(next);
                    next = client.receive();
                }
                assertThat(held.stream().mapToLong(request -> request.u64(8)).sum())
                        .isLessThanOrEqualTo(128 << 10);
            }
            assertThat(held).isNotEmpty();
            held.forEach(request -> client.send(answerTo(request)));
            assertThat(serveUntilDone(client, request -> client.send(answerTo(request))))
                    .isZero();
        }
    }

    @Test
    void writesByMessageAndTakesBothFormsOfTheReply() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            client.call(WireMessage.regionWrite64(0, 0x110, 100_000));
            client.call(WireMessage.regionWrite64(0, 0x118, 9));
            client.call(WireMessage.regionWrite32(0, 0x100, 7));
            long[] written = {start(client, 4, 100_000)};
            int status = serveUntilDone(client, request -> {
                assertThat(request.command()).isEqualTo(WireMessage.DMA_WRITE);
                assertThat(request.body().limit()).isEqualTo((int) (16 + request.u64(8)));
                written[0] += request.u64(8);
                WireMessage answer = answerTo(request);
                // QEMU up to 10.2 answers with a bare header.
                client.send(request.id() % 2 == 0 ? answer : answer.bodyBytes(0));
            });
            assertThat(status).isZero();
            assertThat(written[0]).isEqualTo(100_000);
        }
    }

    @Test
    void asksForNoMoreThanTheClientsLimit() {
        try (HostileClient client = HostileClient.connect(socket())) {
            client.call(WireMessage.version(0, 1, "{\"capabilities\":{\"max_data_xfer_size\":4096}}"));
            start(client, 3, 20_000);
            int status = serveUntilDone(client, request -> {
                assertThat(request.u64(8)).isLessThanOrEqualTo(4096);
                client.send(answerTo(request));
            });
            assertThat(status).isZero();
        }
    }

    @Test
    void anErrorIsAFault() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 4096);
            int status = serveUntilDone(
                    client,
                    request -> client.send(WireMessage.of(request.command())
                            .id(request.id())
                            .flags(WireMessage.REPLY | WireMessage.ERROR)
                            .error(19)));
            // The first request may have been answered while the command was started.
            assertThat(status).isIn(0, Errno.EFAULT.number());
            assertWorks(client);
        }
    }

    @Test
    void repliesThatAreShortLongOrOfAnotherAreNoData() {
        for (int kind = 0; kind < 6; kind++) {
            int chosen = kind;
            try (HostileClient client = HostileClient.negotiated(socket())) {
                start(client, 3, 200_000);
                try {
                    int status = serveUntilDone(client, request -> {
                        WireMessage wrong = switch (chosen) {
                            case 0 -> answerTo(request).bodyBytes(15);
                            case 1 -> answerTo(request).bodyBytes(20);
                            case 2 -> answerTo(request).zeroes(100);
                            case 3 -> answerTo(request).id(request.id() + 1000);
                            case 4 ->
                                WireMessage.of(WireMessage.DMA_READ)
                                        .id(request.id())
                                        .flags(WireMessage.REPLY)
                                        .u64(request.u64(0) + 8, request.u64(8))
                                        .zeroes((int) request.u64(8));
                            default ->
                                WireMessage.of(WireMessage.DMA_WRITE)
                                        .id(request.id())
                                        .flags(WireMessage.REPLY)
                                        .u64(request.u64(0), request.u64(8));
                        };
                        client.send(wrong);
                    });
                    if (chosen != 4) {
                        // Another address than was asked for, with as much data, is the client's own memory all the
                        // same.
                        assertThat(status).as("kind %d", chosen).isIn(Errno.EFAULT.number(), Errno.ETIMEDOUT.number());
                    }
                } catch (io.lamella.linux.LinuxException | IllegalStateException e) {
                    // Hanging up on such a client is as good.
                    assertThat(chosen).isNotNegative();
                }
            }
        }
    }

    @Test
    void aReplyInPiecesIsOneReply() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 65536);
            int status = serveUntilDone(client, request -> {
                byte[] answer = answerTo(request).toBytes();
                for (int at = 0; at < answer.length; at += 10_000) {
                    client.send(java.util.Arrays.copyOfRange(answer, at, Math.min(answer.length, at + 10_000)));
                }
            });
            assertThat(status).isZero();
        }
    }

    @Test
    void commandsMayCrossDmaReplies() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 300_000);
            int status = serveUntilDone(client, request -> {
                for (int i = 0; i < 20; i++) {
                    client.send(WireMessage.regionWrite32(0, 0x40, i).flags(WireMessage.NO_REPLY));
                }
                client.send(answerTo(request));
            });
            assertThat(status).isZero();
            assertThat(client.call(WireMessage.regionRead(0, 0x40, 4)).u32(16)).isEqualTo(19);
        }
    }

    @Test
    void aClientThatNeverAnswersGetsAFaultAndIsServedMeanwhile() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 65536 * 4);
            int status = serveUntilDone(client, request -> {});
            assertThat(status).isIn(Errno.EFAULT.number(), Errno.ETIMEDOUT.number());
            assertWorks(client);
        }
    }

    @Test
    void leavingWakesEveryWaiter() {
        for (int i = 0; i < 10; i++) {
            try (HostileClient client = HostileClient.negotiated(socket())) {
                start(client, 3 + i % 2, 65536 * 8);
            }
            long start = System.nanoTime();
            try (HostileClient next = HostileClient.negotiated(socket())) {
                assertWorks(next);
            }
            assertThat(System.nanoTime() - start).as("the next client's wait").isLessThan(2_000_000_000L);
        }
    }

    @Test
    void resetWhileAMessageIsAwaitedDoesNotWaitForItsAnswer() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            start(client, 3, 65536 * 8);
            WireMessage reset = WireMessage.reset().id(client.freshId());
            client.send(reset);
            HostileClient.Received next = client.receive();
            while (!next.isReply()) {
                next = client.receive();
            }
            assertThat(next.command()).isEqualTo(WireMessage.DEVICE_RESET);
        }
    }
}
