// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.EventFd;
import io.lamella.linux.MessageSender;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.UnixSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessageInputTest {
    private static final int MAX_BYTES = 8192;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes = arena.allocate(1 << 20, 8);
    private int openBefore;
    private UnixSocket.Pair pair;
    private MessageSender sender;
    private MessageInput input;

    @BeforeEach
    void start() {
        try (EventFd warmUp = EventFd.create()) {
            warmUp.signal();
        }
        openBefore = OpenFiles.count();
        pair = UnixSocket.pair();
        sender = new MessageSender(pair.first());
        input = new MessageInput(pair.second(), MAX_BYTES, arena);
    }

    @AfterEach
    void stop() {
        input.close();
        pair.first().close();
        pair.second().close();
        arena.close();
        assertThat(OpenFiles.count()).isEqualTo(openBefore);
    }

    private void put(long at, int id, int sizeBytes) {
        Wire.header(bytes, at, id, Command.REGION_READ, sizeBytes, Wire.TYPE_COMMAND, 0);
    }

    private MessageInput.Found find() {
        MessageInput.Found found = input.next();
        while (found == MessageInput.Found.INCOMPLETE && input.fillNow() > 0) {
            found = input.next();
        }
        return found;
    }

    @Test
    void severalMessagesInOneReadAndOneInMany() {
        put(0, 1, 16);
        put(16, 2, 48);
        put(64, 3, 100);
        sender.send(bytes, 0, 100);
        assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
        assertThat(input.id()).isEqualTo(1);
        assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
        assertThat(input.sizeBytes()).isEqualTo(48);
        for (int i = 100; i < 164; i++) {
            assertThat(find()).isEqualTo(MessageInput.Found.INCOMPLETE);
            sender.send(bytes, i, 1);
        }
        assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
        assertThat(input.id()).isEqualTo(3);
        assertThat(input.sizeBytes()).isEqualTo(100);
    }

    @Test
    void descriptorsGoWithTheMessageThatBeginsLast() {
        try (EventFd event = EventFd.create()) {
            put(0, 1, 32);
            put(32, 2, 32);
            put(64, 3, 32);
            // The kernel may put the first part and the second one into one read, and never the third.
            sender.send(bytes, 0, 40);
            assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
            sender.send(bytes, 40, 24);
            sender.addFd(event.fd().number());
            sender.addFd(event.fd().number());
            sender.send(bytes, 64, 20);
            assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
            assertThat(input.id()).isEqualTo(2);
            assertThat(input.fdCount()).isZero();
            assertThat(find()).isEqualTo(MessageInput.Found.INCOMPLETE);
            sender.send(bytes, 84, 12);
            assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
            assertThat(input.id()).isEqualTo(3);
            assertThat(input.fdCount()).isEqualTo(2);
            input.takeFd().close();
            assertThat(input.next()).isEqualTo(MessageInput.Found.INCOMPLETE);
            assertThat(input.fdCount()).isZero();
        }
    }

    @Test
    void descriptorsInTheMiddleOfAMessageAreClosed() {
        try (EventFd event = EventFd.create()) {
            put(0, 1, 64);
            sender.send(bytes, 0, 20);
            assertThat(find()).isEqualTo(MessageInput.Found.INCOMPLETE);
            int before = OpenFiles.count();
            sender.addFd(event.fd().number());
            sender.send(bytes, 20, 44);
            assertThat(find()).isEqualTo(MessageInput.Found.MESSAGE);
            assertThat(input.fdCount()).isZero();
            assertThat(OpenFiles.count()).isEqualTo(before);
        }
    }

    @Test
    void sizesThatMakeNoSenseAreMalformed() {
        for (int size : new int[] {0, 15, MAX_BYTES + 1, -1, Integer.MIN_VALUE}) {
            UnixSocket.Pair other = UnixSocket.pair();
            try (UnixSocket first = other.first();
                    UnixSocket second = other.second();
                    MessageInput fresh = new MessageInput(second, MAX_BYTES, arena)) {
                put(0, 1, size);
                new MessageSender(first).send(bytes, 0, 16);
                fresh.fill();
                assertThat(fresh.next()).as("size " + size).isEqualTo(MessageInput.Found.MALFORMED);
            }
        }
        Wire.header(bytes, 0, 1, 1, 16, 2, 0);
        sender.send(bytes, 0, 16);
        assertThat(find()).as("a type that is none").isEqualTo(MessageInput.Found.MALFORMED);
    }

    @Test
    void anyCutOfAnyStreamGivesTheSameMessages() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (EventFd event = EventFd.create()) {
            for (int round = 0; round < 200; round++) {
                List<Integer> sizes = new ArrayList<>();
                List<Integer> starts = new ArrayList<>();
                int total = 0;
                while (total < 60_000 && sizes.size() < 50) {
                    int size = 16 + (random.nextInt(4) == 0 ? random.nextInt(MAX_BYTES - 15) : random.nextInt(64));
                    starts.add(total);
                    put(total, sizes.size(), size);
                    sizes.add(size);
                    total += size;
                }
                int sent = 0;
                int found = 0;
                int withFd = 0;
                while (found < sizes.size()) {
                    if (sent < total) {
                        int piece = Math.min(total - sent, 1 + random.nextInt(random.nextBoolean() ? 40 : 9000));
                        if (starts.contains(sent) && random.nextInt(3) == 0) {
                            // On the first byte of a message that is sent by itself, as real clients do it.
                            piece = Math.min(piece, sizes.get(starts.indexOf(sent)));
                            sender.addFd(event.fd().number());
                            withFd++;
                        }
                        sender.send(bytes, sent, piece);
                        sent += piece;
                    }
                    if (random.nextInt(3) == 0 || sent == total) {
                        while (found < sizes.size() && find() == MessageInput.Found.MESSAGE) {
                            assertThat(input.id()).as("seed " + seed).isEqualTo(found);
                            assertThat(input.sizeBytes()).as("seed " + seed).isEqualTo(sizes.get(found));
                            withFd -= input.fdCount();
                            found++;
                        }
                    }
                }
                assertThat(withFd).as("descriptors lost, seed " + seed).isZero();
                assertThat(input.next()).isEqualTo(MessageInput.Found.INCOMPLETE);
            }
        }
    }
}
