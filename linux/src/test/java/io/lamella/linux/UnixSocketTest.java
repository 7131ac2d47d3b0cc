// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    @TempDir
    Path folder;

    private final MemorySegment buffer = Arena.ofAuto().allocate(1 << 20, 8);

    @Test
    void descriptorsTravelWithTheirMessage() {
        int before = OpenFiles.count();
        UnixSocket.Pair pair = UnixSocket.pair();
        try (UnixSocket first = pair.first();
                UnixSocket second = pair.second();
                EventFd event = EventFd.create()) {
            MessageSender sender = new MessageSender(first);
            MessageReceiver receiver = new MessageReceiver(second);
            sender.addFd(event.fd().number());
            sender.addFd(event.fd().number());
            assertThat(sender.send(buffer, 0, 10)).isEqualTo(10);
            assertThat(sender.send(buffer, 0, 10)).isEqualTo(10);
            assertThat(receiver.receive(buffer, 0, 100))
                    .as("a call ends with the message that carries descriptors")
                    .isEqualTo(10);
            assertThat(receiver.receive(buffer, 0, 100)).isEqualTo(10);
            assertThat(receiver.fdCount()).isEqualTo(2);
            try (EventFd same = EventFd.adopt(java.util.Objects.requireNonNull(receiver.takeFd()))) {
                assertThat(same.signal()).isTrue();
            }
            assertThat(event.drain()).isTrue();
            receiver.closeFds();
        }
        assertThat(OpenFiles.count()).isEqualTo(before);
    }

    @Test
    void twoHundredAndFiftyThreeDescriptorsArriveAtOnce() {
        int before = OpenFiles.count();
        UnixSocket.Pair pair = UnixSocket.pair();
        try (UnixSocket first = pair.first();
                UnixSocket second = pair.second()) {
            MessageSender sender = new MessageSender(first);
            for (int i = 0; i < 253; i++) {
                sender.addFd(first.fd().number());
            }
            assertThatThrownBy(() -> sender.addFd(0)).hasMessageContaining("253");
            sender.send(buffer, 0, 1);
            MessageReceiver receiver = new MessageReceiver(second);
            receiver.receive(buffer, 0, 1);
            assertThat(receiver.fdCount()).isEqualTo(253);
            receiver.closeFds();
        }
        assertThat(OpenFiles.count()).isEqualTo(before);
    }

    @Test
    void twoRangesAreSentAsOneEvenWhenTheSocketIsFull() throws Exception {
        UnixSocket.Pair pair = UnixSocket.pair();
        try (UnixSocket first = pair.first();
                UnixSocket second = pair.second()) {
            first.setSendBuffer(8192);
            MemorySegment data = Arena.ofAuto().allocate(1 << 20, 8);
            for (int i = 0; i < data.byteSize(); i++) {
                data.set(JAVA_BYTE, i, (byte) ((i * 31) >> 3));
            }
            CompletableFuture<Long> sent = CompletableFuture.supplyAsync(
                    () -> new MessageSender(first).send(data, 3, 1000, data, 1003, (1 << 20) - 1003));
            MessageReceiver receiver = new MessageReceiver(second);
            long received = 3;
            while (received < data.byteSize()) {
                received += receiver.receive(buffer, received, data.byteSize() - received);
            }
            assertThat(sent.get()).isEqualTo((1L << 20) - 3);
            assertThat(buffer.asSlice(3).mismatch(data.asSlice(3))).isEqualTo(-1);
        }
    }

    @Test
    void timeLimitsAndEndsAreResults() {
        UnixSocket.Pair pair = UnixSocket.pair();
        try (UnixSocket first = pair.first();
                UnixSocket second = pair.second()) {
            second.setReceiveTimeout(10);
            MessageReceiver receiver = new MessageReceiver(second);
            assertThat(receiver.receive(buffer, 0, 1)).isEqualTo(-Errno.EAGAIN.number());
            assertThat(receiver.receiveNow(buffer, 0, 1)).isEqualTo(-Errno.EAGAIN.number());
            first.setSendTimeout(10);
            MessageSender sender = new MessageSender(first);
            long sent = 1;
            while (sent > 0) {
                sent = sender.send(buffer, 0, buffer.byteSize());
            }
            assertThat(sent).isEqualTo(-Errno.EAGAIN.number());
            first.shutdownWrite();
            long received = 1;
            while (received > 0) {
                received = receiver.receive(buffer, 0, buffer.byteSize());
            }
            assertThat(received).isZero();
            second.fd().close();
            assertThat(receiver.receive(buffer, 0, 1)).isEqualTo(-Errno.EBADF.number());
            assertThat(sender.send(buffer, 0, 1)).isEqualTo(-Errno.EPIPE.number());
        }
    }

    @Test
    void aListenerIsPrivateAndKnowsItsClients() throws Exception {
        Path path = folder.resolve("a.sock");
        try (UnixListener listener = UnixListener.bind(path, 1)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
            try (UnixSocket client = UnixSocket.connect(path);
                    UnixSocket accepted = java.util.Objects.requireNonNull(listener.accept())) {
                assertThat(accepted.peer().pid()).isEqualTo((int) Processes.id());
                assertThat(accepted.peer().uid()).isEqualTo(Processes.effectiveUserId());
                assertThat(client.fd().isOpen()).isTrue();
            }
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void aListenerMayBeAGroupsToo() throws Exception {
        Path path = folder.resolve("a.sock");
        String group =
                Files.readAttributes(folder, PosixFileAttributes.class).group().getName();
        try (UnixListener listener = UnixListener.bind(path, 1, new SocketAccess(true, group))) {
            PosixFileAttributes found = Files.readAttributes(listener.path(), PosixFileAttributes.class);
            assertThat(PosixFilePermissions.toString(found.permissions())).isEqualTo("rw-rw----");
            assertThat(found.group().getName()).isEqualTo(group);
        }
        assertThatThrownBy(() -> UnixListener.bind(path, 1, new SocketAccess(true, "no-such-group")))
                .hasMessageContaining("cannot be given to the group no-such-group");
        assertThat(path).doesNotExist();
        assertThatThrownBy(() -> new SocketAccess(false, group)).hasMessageContaining("take mode 0660");
    }

    @Test
    void staleSocketsAreReplacedAndOthersAreNot() throws Exception {
        Path path = folder.resolve("b.sock");
        UnixListener first = UnixListener.bind(path, 1);
        assertThatThrownBy(() -> UnixListener.bind(path, 1))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        e -> assertThat(e.is(Errno.EADDRINUSE)).isTrue());
        Path kept = folder.resolve("kept.sock");
        Files.createLink(kept, path);
        first.close();
        assertThat(path).doesNotExist();
        UnixListener second = UnixListener.bind(kept, 1);
        second.close();
        Path file = folder.resolve("file");
        Files.writeString(file, "mine");
        assertThatThrownBy(() -> UnixListener.bind(file, 1)).isInstanceOf(LinuxException.class);
        assertThat(file).hasContent("mine");
        Path tooLong = folder.resolve("x".repeat(108));
        assertThatThrownBy(() -> UnixListener.bind(tooLong, 1)).hasMessageContaining("107");
    }

    @Test
    void closingAListenerWakesItsThread() throws Exception {
        UnixListener listener = UnixListener.bind(folder.resolve("c.sock"), 1);
        CompletableFuture<Boolean> woken = CompletableFuture.supplyAsync(() -> listener.accept() == null);
        Thread.sleep(50);
        listener.close();
        assertThat(woken.get(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void roundTripsAllocateNothing() {
        UnixSocket.Pair pair = UnixSocket.pair();
        try (UnixSocket first = pair.first();
                UnixSocket second = pair.second();
                EventFd event = EventFd.create()) {
            MessageSender sender = new MessageSender(first);
            MessageReceiver receiver = new MessageReceiver(second);
            PollSet set = new PollSet(2);
            set.setReadable(0, second.fd());
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long perCall = Long.MAX_VALUE;
            for (int round = 0; round < 60 && perCall > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 5000; i++) {
                    sender.send(buffer, 0, 32);
                    set.await(1000);
                    receiver.receive(buffer, 0, 4096);
                    event.signal();
                    event.drain();
                }
                perCall = (threads.getCurrentThreadAllocatedBytes() - before) / 5000;
            }
            assertThat(perCall).as("bytes allocated for each round trip").isZero();
        }
    }

    @Test
    void anEventfdThatIsFullOrIsNoneNeverBlocks() {
        try (EventFd event = EventFd.create()) {
            MemorySegment most = Arena.ofAuto().allocate(8, 8);
            most.set(JAVA_LONG, 0, -2L);
            assertThat(Libc.write(event.fd().number(), most, 8)).isEqualTo(8);
            event.fd().setNonBlocking(false);
            assertThat(event.signal()).isFalse();
            assertThat(event.drain()).isTrue();
            assertThat(event.signal()).isTrue();
            assertThat(event.await(0)).isTrue();
            assertThat(event.await(0)).isFalse();
        }
        int before = OpenFiles.count();
        UnixSocket.Pair pair = UnixSocket.pair();
        assertThatThrownBy(() -> EventFd.adopt(pair.first().fd())).hasMessageContaining("something else");
        pair.second().close();
        assertThat(OpenFiles.count()).isEqualTo(before);
    }

    @Test
    void aDescriptorIsClosedByTheLastCallOnIt() {
        int before = OpenFiles.count();
        EventFd event = EventFd.create();
        Fd fd = event.fd();
        assertThat(fd.tryEnter()).isTrue();
        fd.close();
        fd.close();
        assertThat(OpenFiles.count()).isEqualTo(before + 1);
        assertThat(event.signal()).isFalse();
        fd.exit();
        assertThat(OpenFiles.count()).isEqualTo(before);
    }
}
