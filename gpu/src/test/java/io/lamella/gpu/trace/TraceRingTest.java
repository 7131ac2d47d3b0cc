// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TraceRingTest {
    private final AtomicLong time = new AtomicLong();
    private final FunctionTrace trace = new FunctionTrace(time::incrementAndGet);

    private static MemorySegment pattern(int seed, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        new Random(seed).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    private TraceRing ring() {
        return Objects.requireNonNull(trace.ring());
    }

    @Test
    void withoutAReaderThereIsNoRing() {
        assertThat(trace.ring()).isNull();
        TraceReader one = trace.open(false);
        TraceReader two = trace.open(false);
        assertThat(trace.ring()).isNotNull();
        one.close();
        one.close();
        assertThat(trace.ring()).isNotNull();
        two.close();
        assertThat(trace.ring()).isNull();
    }

    @Test
    void aRecordComesBackAsItWasWithItsPayload() {
        try (TraceReader reader = trace.open(false)) {
            for (int length : new int[] {0, 1, 55, 56, 57, 1000, TraceRing.MAX_PAYLOAD_BYTES}) {
                ring().put(TraceKind.REPLY, 0xabcdef, -1, 2, 3, 4, 5, pattern(length, length));
                assertThat(reader.poll()).isNotNull().satisfies(record -> {
                    assertThat(record.kind()).isEqualTo(TraceKind.REPLY);
                    assertThat(record.detail()).isEqualTo(0xabcdef);
                    assertThat(List.of(record.a(), record.b(), record.c())).containsExactly(-1L, 2L, 3L);
                    assertThat(record.beginNanos()).isEqualTo(4);
                    assertThat(record.durationNanos()).isEqualTo(5);
                    assertThat(record.totalBytes()).isEqualTo(length);
                    assertThat(record.payload().mismatch(pattern(length, length)))
                            .isEqualTo(-1);
                });
                assertThat(reader.poll()).isNull();
            }
            ring().put(TraceKind.EVENT, 0, 0, 0, 0, 0, 0, pattern(1, TraceRing.MAX_PAYLOAD_BYTES + 100));
            assertThat(reader.poll()).isNotNull().satisfies(record -> {
                assertThat(record.payload().byteSize()).isEqualTo(TraceRing.MAX_PAYLOAD_BYTES);
                assertThat(record.totalBytes()).isEqualTo(TraceRing.MAX_PAYLOAD_BYTES + 100);
            });
            assertThat(reader.takeLost()).isZero();
        }
    }

    @Test
    void aReaderThatIsTooSlowLearnsHowMuchItLost() {
        try (TraceReader reader = trace.open(false)) {
            int written = 300_000;
            for (int i = 0; i < written; i++) {
                ring().put(TraceKind.REGISTER_READ, 4, i, ~i, 0, 0);
            }
            long first = -1;
            long read = 0;
            for (TraceRecord record = reader.poll(); record != null; record = reader.poll()) {
                first = first < 0 ? record.a() : first;
                assertThat(record.a()).isEqualTo(first + read);
                read++;
            }
            assertThat(reader.takeLost()).isEqualTo(first).isEqualTo(written - read);
            assertThat(read).isGreaterThan(10_000);
            assertThat(reader.takeLost()).isZero();
        }
    }

    @Test
    void severalWritersAndAReaderNeverMixRecords() throws InterruptedException {
        int writers = 3;
        AtomicBoolean over = new AtomicBoolean();
        try (TraceReader reader = trace.open(false)) {
            List<Thread> threads = new ArrayList<>();
            for (int w = 0; w < writers; w++) {
                int writer = w;
                threads.add(Thread.ofPlatform().start(() -> {
                    byte[] bytes = new byte[600];
                    for (int i = 0; i < 60_000; i++) {
                        int length = i % 7 == 0 ? i % 600 : 0;
                        java.util.Arrays.fill(bytes, (byte) (i ^ writer));
                        ring().put(
                                        TraceKind.EVENT,
                                        writer,
                                        i,
                                        ~i,
                                        length,
                                        0,
                                        0,
                                        MemorySegment.ofArray(bytes).asSlice(0, length));
                    }
                }));
            }
            Thread end = Thread.ofPlatform().start(() -> {
                for (Thread thread : threads) {
                    join(thread);
                }
                over.set(true);
            });
            long[] last = {-1, -1, -1};
            long read = 0;
            while (true) {
                boolean wasOver = over.get();
                TraceRecord record = reader.poll();
                if (record == null) {
                    if (wasOver) {
                        break;
                    }
                    Thread.onSpinWait();
                    continue;
                }
                read++;
                long i = record.a();
                assertThat(record.b()).isEqualTo(~i);
                assertThat(record.c()).isEqualTo(record.payload().byteSize());
                assertThat(i).isGreaterThan(last[record.detail()]);
                last[record.detail()] = i;
                for (long at = 0; at < record.payload().byteSize(); at++) {
                    assertThat(record.payload().get(ValueLayout.JAVA_BYTE, at)).isEqualTo((byte) (i ^ record.detail()));
                }
            }
            end.join();
            assertThat(read).isPositive();
            assertThat(last).contains(59_999);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
