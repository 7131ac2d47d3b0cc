// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A call on an eventfd that waits because the eventfd's other holder wants it to. */
@Timeout(30)
class StuckSignalTest {
    private static final MemorySegment MOST = number(-2L);
    private static final MemorySegment ONE = number(1);

    private static MemorySegment number(long value) {
        MemorySegment segment = Arena.global().allocate(8, 8);
        segment.set(JAVA_LONG, 0, value);
        return segment;
    }

    /** An eventfd filled up, and a thread in the write of a signal, as if the filling had come right after the thread's look at it. */
    private static Thread stuckIn(EventFd event) throws InterruptedException {
        event.fd().setNonBlocking(false);
        assertThat(Libc.write(event.fd().number(), MOST, 8)).isEqualTo(8);
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            int number = event.fd().enter();
            try {
                Libc.write(number, ONE, 8);
            } finally {
                event.fd().exit();
            }
        });
        while (!event.isInUse()) {
            Thread.sleep(1);
        }
        Thread.sleep(20);
        assertThat(thread.isAlive()).as("waits").isTrue();
        return thread;
    }

    @Test
    void aStuckSignallerIsFreedAtTheSecondLook() throws InterruptedException {
        try (EventFd event = EventFd.create()) {
            Thread thread = stuckIn(event);
            assertThat(event.freeStuck()).as("it may have come just now").isFalse();
            assertThat(event.freeStuck()).isTrue();
            thread.join(5000);
            assertThat(thread.isAlive()).isFalse();
            assertThat(event.freeStuck()).isFalse();
        }
    }

    @Test
    void aStuckSignallerIsFreedAfterTheEventfdWasClosedAndThenItsNumberIsFree() throws InterruptedException {
        int before = OpenFiles.count();
        EventFd event = EventFd.create();
        Thread thread = stuckIn(event);
        event.close();
        assertThat(event.isInUse()).isTrue();
        assertThat(OpenFiles.count()).as("its number is not for others yet").isEqualTo(before + 1);
        while (event.isInUse()) {
            event.freeStuck();
            Thread.sleep(1);
        }
        thread.join(5000);
        assertThat(OpenFiles.count()).isEqualTo(before);
        assertThat(event.freeStuck())
                .as("touches no number that is others' now")
                .isFalse();
    }

    /** On a busy machine a signaller may have to wait for its processor, in the middle of the call and longer than two looks are apart. */
    @Test
    void aSlowCallerIsNotTakenForAStuckOne() throws InterruptedException {
        try (EventFd event = EventFd.create()) {
            int ignored = event.fd().enter();
            try {
                for (int i = 0; i < 3; i++) {
                    assertThat(event.isInUse()).isTrue();
                    assertThat(event.freeStuck()).isFalse();
                }
            } finally {
                event.fd().exit();
            }
            assertThat(event.signal()).isTrue();
            assertThat(event.drain()).as("nobody took the signal").isTrue();
        }
    }

    @Test
    void aBusySignallerIsNotTakenForAStuckOne() throws InterruptedException {
        try (EventFd event = EventFd.create()) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread thread = Thread.ofPlatform().daemon().start(() -> {
                while (!stop.get()) {
                    event.signal();
                }
            });
            // Far enough apart that a call has ended in between, as the watcher's looks are.
            for (int i = 0; i < 10; i++) {
                Thread.sleep(20);
                assertThat(event.freeStuck()).isFalse();
            }
            stop.set(true);
            thread.join(5000);
        }
    }

    @Test
    void drainingNeverWaitsWhateverOthersRead() throws InterruptedException {
        try (EventFd event = EventFd.create()) {
            event.fd().setNonBlocking(false);
            Thread[] rivals = new Thread[2];
            for (int i = 0; i < rivals.length; i++) {
                rivals[i] = Thread.ofPlatform().daemon().start(() -> {
                    for (int round = 0; round < 20_000; round++) {
                        event.signal();
                        event.drain();
                    }
                });
            }
            for (Thread rival : rivals) {
                rival.join(20_000);
                assertThat(rival.isAlive())
                        .as("waits for a signal that nobody sends")
                        .isFalse();
            }
        }
    }
}
