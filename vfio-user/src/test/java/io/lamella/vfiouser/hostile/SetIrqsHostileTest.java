// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.linux.Errno;
import io.lamella.linux.EventFd;
import io.lamella.linux.OpenFiles;
import io.lamella.linux.SharedMemory;
import io.lamella.linux.UnixSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DEVICE_SET_IRQS. */
class SetIrqsHostileTest extends HostileTest {
    private static final int NONE = 1;
    private static final int BOOL = 2;
    private static final int EVENTFD = 4;
    private static final int MASK = 8;
    private static final int UNMASK = 16;
    private static final int TRIGGER = 32;
    private static final int MSIX = 2;

    private static int[] numbers(List<EventFd> events) {
        return events.stream().mapToInt(event -> event.fd().number()).toArray();
    }

    private static List<EventFd> events(int count) {
        List<EventFd> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(EventFd.create());
        }
        return events;
    }

    private static void assertDone(HostileClient.Received answer) {
        assertThat(answer.isError()).isFalse();
        assertThat(answer.body().limit()).isZero();
    }

    @Test
    void assignsTriggersAndTakesAway() {
        List<EventFd> events = events(4);
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertDone(client.call(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 3, 4), numbers(events)));
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 4, 1)));
            assertThat(events.get(1).await(1000)).isTrue();
            assertThat(events.get(0).drain()).isFalse();
            assertDone(
                    client.call(WireMessage.setIrqs(BOOL | TRIGGER, MSIX, 3, 4).u8(1, 0, 0, 1)));
            assertThat(events.get(0).await(1000)).isTrue();
            assertThat(events.get(3).await(1000)).isTrue();
            assertThat(events.get(1).drain()).isFalse();
            // De-assign two of them, then all.
            assertDone(client.call(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 3, 2)));
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 3, 4)));
            assertThat(events.get(0).drain()).isFalse();
            assertThat(events.get(2).await(1000)).isTrue();
            int open = OpenFiles.count();
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 0, 0)));
            assertThat(OpenFiles.count()).as("the server's two descriptors").isEqualTo(open - 2);
            client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 3, 4));
            assertThat(events.get(2).drain()).isFalse();
        } finally {
            events.forEach(EventFd::close);
        }
    }

    @Test
    void replacingAnEventfdClosesTheOneBefore() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd first = EventFd.create();
                EventFd second = EventFd.create()) {
            assertDone(client.call(
                    WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1),
                    first.fd().number()));
            int open = OpenFiles.count();
            for (int i = 0; i < 100; i++) {
                assertDone(client.call(
                        WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1),
                        second.fd().number()));
            }
            assertThat(OpenFiles.count()).isEqualTo(open);
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 0, 1)));
            assertThat(second.await(1000)).isTrue();
            assertThat(first.drain()).isFalse();
        }
    }

    @Test
    void enablesAsQemuDoes() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            assertDone(client.call(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1)));
            assertDone(client.call(
                    WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 5, 1),
                    event.fd().number()));
            client.call(WireMessage.regionWrite64(0, 0x138, 5));
            client.call(WireMessage.regionWrite32(0, 0x100, 5));
            assertThat(event.await(1000)).isTrue();
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 0, 0)));
            assertDone(client.call(WireMessage.setIrqs(NONE | UNMASK, 0, 0, 1)));
            assertDone(client.call(
                    WireMessage.setIrqs(EVENTFD | TRIGGER, 3, 0, 1), event.fd().number()));
            assertDone(client.call(
                    WireMessage.setIrqs(EVENTFD | TRIGGER, 0, 0, 1), event.fd().number()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                NONE,
                TRIGGER,
                NONE | BOOL | TRIGGER,
                NONE | EVENTFD | TRIGGER,
                BOOL | EVENTFD | TRIGGER,
                NONE | MASK | UNMASK,
                NONE | MASK | TRIGGER,
                NONE | UNMASK | TRIGGER,
                NONE | BOOL | EVENTFD | MASK | UNMASK | TRIGGER,
                NONE | TRIGGER | 64,
                -1
            })
    void refusesFlagsThatAreNotOneOfEach(int flags) {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(WireMessage.setIrqs(flags, MSIX, 0, 1).zeroes(1)))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @Test
    void refusesRangesOutsideOfTheIndex() {
        int[][] ranges = {
            {0, 17},
            {16, 1},
            {15, 2},
            {1, -1},
            {-1, 1},
            {-1, 2},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {17, 0},
            {5, -5}
        };
        try (HostileClient client = HostileClient.negotiated(socket())) {
            for (int[] range : ranges) {
                for (int flags : new int[] {NONE | TRIGGER, NONE | MASK, EVENTFD | TRIGGER, BOOL | TRIGGER}) {
                    if (range[1] == 0 && flags == (NONE | TRIGGER)) {
                        continue;
                    }
                    assertThat(client.refused(WireMessage.setIrqs(flags, MSIX, range[0], range[1])
                                    .zeroes(32)))
                            .as("%d from %d, flags %d", range[1], range[0], flags)
                            .isEqualTo(Errno.EINVAL.number());
                }
            }
            assertThat(client.refused(WireMessage.setIrqs(NONE | TRIGGER, 1, 0, 1)))
                    .as("MSI has none")
                    .isEqualTo(Errno.EINVAL.number());
            for (int index : new int[] {5, 255, Integer.MIN_VALUE, -1}) {
                assertThat(client.refused(WireMessage.setIrqs(NONE | TRIGGER, index, 0, 0)))
                        .isEqualTo(Errno.EINVAL.number());
            }
            assertWorks(client);
        }
    }

    @Test
    void refusesAWrongNumberOfDescriptors() {
        List<EventFd> events = events(16);
        try (HostileClient client = HostileClient.negotiated(socket())) {
            int open = OpenFiles.count();
            int[] all = numbers(events);
            assertThat(client.refused(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 3), all[0], all[1]))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1), all[0], all[1]))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 0), all))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 0, 1), all[0]))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(
                            WireMessage.setIrqs(BOOL | TRIGGER, MSIX, 0, 1).u8(1), all[0]))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(OpenFiles.count()).as("refused descriptors are closed").isEqualTo(open);
            assertWorks(client);
        } finally {
            events.forEach(EventFd::close);
        }
    }

    @Test
    void takesSixteenAtOnceAsRustVmmSendsThem() {
        List<EventFd> events = events(16);
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertDone(client.call(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 16), numbers(events)));
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 15, 1)));
            assertThat(events.get(15).await(1000)).isTrue();
        } finally {
            events.forEach(EventFd::close);
        }
    }

    @Test
    void refusesWhatIsNoEventfd() {
        UnixSocket.Pair pair = UnixSocket.pair();
        try (HostileClient client = HostileClient.negotiated(socket());
                SharedMemory memory = SharedMemory.create(MEMORY, 4096)) {
            int open = OpenFiles.count();
            for (int fd : new int[] {memory.fd().number(), pair.first().fd().number()}) {
                assertThat(client.refused(WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1), fd))
                        .isEqualTo(Errno.EINVAL.number());
            }
            assertThat(OpenFiles.count()).isEqualTo(open);
        } finally {
            pair.first().close();
            pair.second().close();
        }
    }

    @Test
    void oneBadDescriptorLeavesTheOthersAsTheyWere() {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd before = EventFd.create();
                EventFd after = EventFd.create();
                SharedMemory memory = SharedMemory.create(MEMORY, 4096)) {
            assertDone(client.call(
                    WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1),
                    before.fd().number()));
            assertThat(client.refused(
                            WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 2),
                            after.fd().number(),
                            memory.fd().number()))
                    .isEqualTo(Errno.EINVAL.number());
            assertDone(client.call(WireMessage.setIrqs(NONE | TRIGGER, MSIX, 0, 1)));
            assertThat(before.await(1000)).isTrue();
            assertThat(after.drain()).isFalse();
        }
    }

    @Test
    void refusesBoolWithTooLittleData() {
        try (HostileClient client = HostileClient.negotiated(socket())) {
            assertThat(client.refused(
                            WireMessage.setIrqs(BOOL | TRIGGER, MSIX, 0, 16).zeroes(15)))
                    .isEqualTo(Errno.EINVAL.number());
            assertThat(client.refused(WireMessage.setIrqs(BOOL | TRIGGER, MSIX, 0, 1)))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 8, 12, 16, 19})
    void refusesAShortOne(int bytes) {
        try (HostileClient client = HostileClient.negotiated(socket());
                EventFd event = EventFd.create()) {
            assertThat(client.refused(
                            WireMessage.setIrqs(EVENTFD | TRIGGER, MSIX, 0, 1).bodyBytes(bytes),
                            event.fd().number()))
                    .isEqualTo(Errno.EINVAL.number());
            assertWorks(client);
        }
    }
}
