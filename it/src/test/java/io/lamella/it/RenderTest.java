// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbUsage;
import io.lamella.drm.BindOp;
import io.lamella.drm.BufferObject;
import io.lamella.drm.BufferObject.Placement;
import io.lamella.drm.Push;
import io.lamella.drm.PushWriter;
import io.lamella.drm.RenderChannel;
import io.lamella.drm.RenderFile;
import io.lamella.drm.RenderLimits;
import io.lamella.drm.RenderVm;
import io.lamella.drm.SyncObject;
import io.lamella.drm.SyncPoint;
import io.lamella.gpu.BoardIdentity;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The DRM-like peer on the software GPU. */
class RenderTest {
    private static final int MIB = 1 << 20;
    private static final long A = 0x1000_0000L;
    private static final long B = 0x20_0000_0000L;
    private static final Duration SHORT = Duration.ofMillis(50);

    @ParameterizedTest
    @CsvSource({"L40, 570.144", "L40, 535.113.01", "RTX_PRO_6000, 570.144"})
    void copiesEveryWay(String board, String release) throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("RenderTest.copiesEveryWay seed " + seed);
        Random random = new Random(seed);
        try (RenderRig rig = new RenderRig(
                board.equals("L40") ? BoardIdentity.L40 : BoardIdentity.RTX_PRO_6000, release, RenderLimits.DEFAULT)) {
            for (Placement from : Placement.values()) {
                for (Placement to : Placement.values()) {
                    int size = 3 * MIB + 4096 * random.nextInt(100);
                    BufferObject source = rig.bound(from, size, A);
                    BufferObject target = rig.bound(to, size, B);
                    assertThat(RenderRig.bytes(target)).containsOnly(0);
                    byte[] content = new byte[size];
                    random.nextBytes(content);
                    source.write(0, MemorySegment.ofArray(content));
                    int skip = 1 + random.nextInt(5000);
                    int length = size - skip - random.nextInt(5000);
                    rig.writer.copy(A + skip, B + 7, length);
                    rig.run();
                    byte[] expected = new byte[size];
                    System.arraycopy(content, skip, expected, 7, length);
                    assertThat(RenderRig.bytes(target))
                            .as("%s to %s, seed %d", from, to, seed)
                            .isEqualTo(expected);
                    rig.file.vm().bind(List.of(new BindOp.Unmap(A, size), new BindOp.Unmap(B, size)));
                    source.close();
                    target.close();
                }
            }
            assertThat(rig.file.usage().buffers()).isOne();
            assertThat(rig.file.usage().binds()).isOne();
        }
    }

    @Test
    void copiesRectanglesAndFills() throws InterruptedException {
        try (RenderRig rig = new RenderRig()) {
            int size = MIB;
            BufferObject source = rig.bound(Placement.GART, size, A);
            BufferObject target = rig.bound(Placement.VRAM, size, B);
            byte[] content = new byte[size];
            new Random(5).nextBytes(content);
            source.write(0, MemorySegment.ofArray(content));
            rig.writer.fill(B, size, 0x04030201);
            rig.writer.copyLines(A + 100, 1000, B + 64, 2048, 300, 200);
            rig.run();
            byte[] expected = new byte[size];
            for (int i = 0; i < size; i++) {
                expected[i] = (byte) (i % 4 + 1);
            }
            for (int line = 0; line < 200; line++) {
                System.arraycopy(content, 100 + line * 1000, expected, 64 + line * 2048, 300);
            }
            assertThat(RenderRig.bytes(target)).isEqualTo(expected);
            fails(CoreError.INVALID, () -> rig.writer.fill(B, 6, 0));
            fails(CoreError.INVALID, () -> rig.writer.copy(A, B, 0));
        }
    }

    @Test
    void worksInTheOrderOfItsTimelines() throws InterruptedException {
        try (RenderRig rig = new RenderRig()) {
            BufferObject buffer = rig.bound(Placement.VRAM, 4096, A);
            List<EngineInfo> engines = rig.device.engines();
            RenderChannel other = rig.file.openChannel(engines.getLast());
            SyncObject gate = rig.file.createSyncObject(10);
            SyncObject middle = rig.file.createSyncObject(0);
            PushWriter second = RenderRig.writer(rig.file, B);
            Push first = second.bind(engines.getLast()).fill(A, 4096, 1).push();
            // The later one is given first: it waits for the earlier one, which waits for the CPU.
            rig.writer.fill(A, 2048, 2);
            SyncPoint done = rig.exec(new SyncPoint(middle, 5));
            other.exec(List.of(first), List.of(new SyncPoint(gate, 11)), List.of(new SyncPoint(middle, 5)));
            fails(CoreError.TIMED_OUT, () -> rig.timeline.await(done.point(), SHORT));
            assertThat(middle.value()).isZero();
            gate.signal(11);
            rig.timeline.await(done.point(), RenderRig.LONG);
            assertThat(middle.value()).isEqualTo(5);
            byte[] content = RenderRig.bytes(buffer);
            assertThat(content[0]).isEqualTo((byte) 2);
            assertThat(content[2048]).isEqualTo((byte) 1);
            // Points of one timeline that are reached out of order count only when those below have come.
            SyncObject shared = rig.file.createSyncObject(0);
            other.exec(List.of(), List.of(new SyncPoint(gate, 12)), List.of(new SyncPoint(shared, 1)));
            rig.channel.exec(List.of(), List.of(), List.of(new SyncPoint(shared, 2)));
            fails(CoreError.TIMED_OUT, () -> shared.await(2, SHORT));
            gate.signal(12);
            shared.await(2, RenderRig.LONG);
        }
    }

    @Test
    void bindsWhenItsTimeHasCome() throws InterruptedException {
        try (RenderRig rig = new RenderRig()) {
            BufferObject one = rig.file.createBuffer(Placement.VRAM, 4096);
            BufferObject two = rig.file.createBuffer(Placement.VRAM, 4096);
            SyncObject binds = rig.file.createSyncObject(0);
            SyncObject gate = rig.file.createSyncObject(0);
            RenderVm vm = rig.file.vm();
            vm.bindAsync(
                    List.of(BindOp.map(A, one)), List.of(new SyncPoint(gate, 1)), List.of(new SyncPoint(binds, 1)));
            rig.writer.fill(A, 4096, 1);
            SyncPoint filled = rig.exec(new SyncPoint(binds, 1));
            vm.bindAsync(
                    List.of(new BindOp.Unmap(A, 4096), BindOp.map(A, two)),
                    List.of(filled),
                    List.of(new SyncPoint(binds, 2)));
            rig.writer.fill(A, 4096, 2);
            SyncPoint last = rig.exec(new SyncPoint(binds, 2));
            gate.signal(1);
            rig.timeline.await(last.point(), RenderRig.LONG);
            assertThat(RenderRig.bytes(one)[0]).isEqualTo((byte) 1);
            assertThat(RenderRig.bytes(two)[0]).isEqualTo((byte) 2);
            // A change that cannot be made leaves all as it was, and its point comes with the reason.
            vm.bindAsync(
                    List.of(new BindOp.Unmap(A, 4096), BindOp.map(RenderRig.PUSH, one)),
                    List.of(),
                    List.of(new SyncPoint(binds, 3)));
            fails(CoreError.INVALID, () -> binds.await(3, RenderRig.LONG));
            rig.writer.fill(A, 4096, 3);
            rig.run();
            assertThat(RenderRig.bytes(two)[0]).isEqualTo((byte) 3);
            // A buffer that is closed stays as long as it is bound.
            two.close();
            rig.writer.fill(A, 4096, 4);
            rig.run();
            assertThat(rig.file.usage().buffers()).isEqualTo(3);
            vm.bind(new BindOp.Unmap(A, 4096));
            assertThat(rig.file.usage().buffers()).isEqualTo(2);
        }
    }

    @Test
    void anErrorEndsTheChannelAndItsFences() throws InterruptedException {
        try (RenderRig rig = new RenderRig()) {
            BufferObject buffer = rig.bound(Placement.VRAM, 4096, B);
            rig.writer.fill(A, 4096, 1);
            SyncPoint bad = rig.exec();
            rig.writer.fill(B, 4096, 1);
            assertThatThrownBy(() -> rig.timeline.await(bad.point(), RenderRig.LONG))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT))
                    .hasMessageContaining("error 31")
                    .hasMessageContaining("0x10000000");
            fails(CoreError.DEVICE_FAULT, rig::exec);
            // Another channel of the file goes on, and what waits for the failed point hears of it.
            RenderChannel next = rig.file.openChannel(rig.channel.engine());
            SyncObject timeline = rig.file.createSyncObject(0);
            PushWriter writer = RenderRig.writer(rig.file, 2 * RenderRig.PUSH);
            Push push = writer.bind(next.engine()).fill(B, 4096, 7).push();
            next.exec(List.of(push), List.of(bad), List.of(new SyncPoint(timeline, 1)));
            fails(CoreError.DEVICE_FAULT, () -> timeline.await(1, RenderRig.LONG));
            SyncObject fresh = rig.file.createSyncObject(0);
            next.exec(List.of(push), List.of(), List.of(new SyncPoint(fresh, 1)));
            fresh.await(1, RenderRig.LONG);
            assertThat(RenderRig.bytes(buffer)[0]).isEqualTo((byte) 7);
            rig.channel.close();
        }
    }

    @Test
    void takesWorkFromManyThreads() throws InterruptedException {
        int threads = 4;
        int rounds = 200;
        try (RenderRig rig = new RenderRig()) {
            BufferObject buffer = rig.bound(Placement.GART, (long) threads * 4096, A);
            rig.run();
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            List<Thread> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int index = i;
                PushWriter writer = RenderRig.writer(rig.file, B + (long) i * MIB);
                SyncObject timeline = rig.file.createSyncObject(0);
                running.add(Thread.ofPlatform().start(() -> {
                    try {
                        for (int round = 1; round <= rounds; round++) {
                            Push push =
                                    writer.fill(A + index * 4096L, 4096, round).push();
                            rig.channel.exec(List.of(push), List.of(), List.of(new SyncPoint(timeline, round)));
                            if (round % 16 == 0) {
                                timeline.await(round, RenderRig.LONG);
                            }
                        }
                        timeline.await(rounds, RenderRig.LONG);
                    } catch (Throwable failure) {
                        failures.add(failure);
                    }
                }));
            }
            for (Thread thread : running) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            byte[] content = RenderRig.bytes(buffer);
            for (int i = 0; i < threads; i++) {
                assertThat(content[i * 4096]).isEqualTo((byte) rounds);
            }
        }
    }

    @Test
    void fillsTheRingAndGoesOn() throws InterruptedException {
        try (RenderRig rig = new RenderRig()) {
            BufferObject buffer = rig.bound(Placement.VRAM, 4096, A);
            rig.run();
            SyncPoint last = new SyncPoint(rig.timeline, 0);
            for (int i = 0; i < 1500; i++) {
                rig.writer.fill(A, 4096, i);
                last = rig.exec();
            }
            rig.timeline.await(last.point(), RenderRig.LONG);
            assertThat(RenderRig.bytes(buffer)[1]).isEqualTo((byte) (1499 >>> 8));
        }
    }

    @Test
    void keepsToItsLimits() {
        RenderLimits limits = new RenderLimits(3, 2 * MIB, 4L * MIB, 2, 2, 3);
        try (RenderRig rig = new RenderRig(limits)) {
            RenderFile file = rig.file;
            fails(CoreError.NO_SPACE, () -> file.createBuffer(Placement.VRAM, 2 * MIB + 1));
            fails(CoreError.NO_SPACE, () -> file.createBuffer(Placement.GART, 4L * MIB));
            BufferObject one = file.createBuffer(Placement.VRAM, 2 * MIB);
            fails(CoreError.NO_SPACE, () -> file.createBuffer(Placement.VRAM, 1));
            BufferObject two = file.createBuffer(Placement.GART, 4096);
            fails(CoreError.NO_SPACE, () -> file.createBuffer(Placement.GART, 1));
            two.close();
            two.close();
            BufferObject again = file.createBuffer(Placement.GART, 1);
            assertThat(again.sizeBytes()).isEqualTo(4096);
            RenderChannel channel = file.openChannel(rig.channel.engine());
            fails(CoreError.NO_SPACE, () -> file.openChannel(rig.channel.engine()));
            channel.close();
            file.openChannel(rig.channel.engine()).close();
            SyncObject object = file.createSyncObject(0);
            fails(CoreError.NO_SPACE, () -> file.createSyncObject(0));
            object.close();
            file.createSyncObject(3).close();
            file.vm().bind(new BindOp.Map(A, one, 0, 4096, false));
            file.vm().bind(new BindOp.Map(A + 8192, one, 4096, 4096, false));
            fails(CoreError.NO_SPACE, () -> file.vm().bind(new BindOp.Map(B, one, 0, 4096, false)));
            file.vm().bind(new BindOp.Unmap(A, 16_384));
            assertThat(file.usage()).isEqualTo(new RenderFile.Usage("test", 3, 2 * MIB, MIB + 4096, 1, 1, 1));
        }
    }

    @Test
    void refusesWhatCannotBe() {
        try (RenderRig rig = new RenderRig()) {
            RenderFile file = rig.file;
            RenderFile other = rig.device.openFile("other", RenderLimits.DEFAULT);
            for (long size : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
                fails(CoreError.INVALID, () -> file.createBuffer(Placement.VRAM, size));
                fails(CoreError.INVALID, () -> file.createBuffer(Placement.GART, size));
            }
            for (String name : new String[] {"", " ", "a\nb", "x".repeat(65)}) {
                fails(CoreError.INVALID, () -> rig.device.openFile(name, RenderLimits.DEFAULT));
            }
            BufferObject buffer = file.createBuffer(Placement.VRAM, 8192);
            BufferObject foreign = other.createBuffer(Placement.GART, 8192);
            RenderVm vm = file.vm();
            fails(CoreError.NOT_FOUND, () -> vm.bind(BindOp.map(A, foreign)));
            for (long[] bad : new long[][] {
                {0, 0, 4096},
                {A + 1, 0, 4096},
                {A, 1, 4096},
                {A, 0, 4095},
                {A, 4096, 8192},
                {A, -4096, 4096},
                {-4096, 0, 4096},
                {vm.sizeBytes(), 0, 4096},
                {A, 0, Long.MAX_VALUE},
                {RenderRig.PUSH, 0, 4096}
            }) {
                fails(CoreError.INVALID, () -> vm.bind(new BindOp.Map(bad[0], buffer, bad[1], bad[2], false)));
            }
            fails(CoreError.INVALID, () -> vm.bind(List.of()));
            fails(CoreError.INVALID, () -> vm.bind(Collections.nCopies(2000, new BindOp.Unmap(A, 4096))));
            fails(CoreError.INVALID, () -> vm.bind(new BindOp.Unmap(A, 4096)));
            assertThat(file.usage().binds()).isOne();
            for (Push bad : List.of(
                    new Push(A + 2, 4),
                    new Push(A, 0),
                    new Push(A, 6),
                    new Push(-4, 4),
                    new Push(1L << 40, 4),
                    new Push(vm.sizeBytes(), 4),
                    new Push(A, Integer.MAX_VALUE - 3))) {
                fails(CoreError.INVALID, () -> rig.channel.exec(List.of(bad), List.of(), List.of()));
            }
            Push fine = rig.writer.push();
            fails(CoreError.INVALID, () -> rig.channel.exec(Collections.nCopies(257, fine), List.of(), List.of()));
            SyncObject mine = file.createSyncObject(5);
            SyncObject theirs = other.createSyncObject(5);
            fails(CoreError.NOT_FOUND, () -> exec(rig, new SyncPoint(theirs, 1), new SyncPoint(mine, 6)));
            fails(CoreError.NOT_FOUND, () -> exec(rig, new SyncPoint(mine, 1), new SyncPoint(theirs, 6)));
            fails(CoreError.INVALID, () -> exec(rig, new SyncPoint(mine, -1), new SyncPoint(mine, 6)));
            fails(CoreError.INVALID, () -> exec(rig, new SyncPoint(mine, 1), new SyncPoint(mine, 5)));
            fails(
                    CoreError.INVALID,
                    () -> rig.channel.exec(
                            List.of(), List.of(), List.of(new SyncPoint(mine, 7), new SyncPoint(mine, 7))));
            fails(
                    CoreError.INVALID,
                    () -> rig.channel.exec(List.of(), List.of(), Collections.nCopies(65, new SyncPoint(mine, 7))));
            mine.signal(6);
            fails(CoreError.INVALID, () -> mine.signal(6));
            fails(CoreError.TIMED_OUT, () -> mine.await(7, Duration.ofMillis(-1)));
            fails(CoreError.INVALID, () -> file.createSyncObject(-1));
            assertThatThrownBy(() -> buffer.read(8190, MemorySegment.ofArray(new byte[4])))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            buffer.close();
            fails(CoreError.CLOSED, () -> buffer.write(0, MemorySegment.ofArray(new byte[4])));
            fails(CoreError.CLOSED, () -> vm.bind(new BindOp.Map(A, buffer, 0, 4096, false)));
            mine.close();
            fails(CoreError.CLOSED, () -> mine.await(7, SHORT));
            fails(CoreError.CLOSED, () -> exec(rig, new SyncPoint(mine, 1), new SyncPoint(rig.timeline, 6)));
            other.close();
            fails(CoreError.CLOSED, () -> other.createBuffer(Placement.GART, 1));
        }
    }

    private static void exec(RenderRig rig, SyncPoint wait, SyncPoint signal) {
        rig.channel.exec(List.of(), List.of(wait), List.of(signal));
    }

    @Test
    void givesEverythingBackWhenClosedInTheMiddleOfWork() throws InterruptedException {
        try (RenderRig rig = new RenderRig();
                CoreSession keeper = rig.rig.attach(rig.core)) {
            FbUsage before = keeper.fbUsage();
            for (int round = 0; round < 2; round++) {
                RenderFile file = rig.device.openFile("busy", RenderLimits.DEFAULT);
                RenderChannel channel = file.openChannel(rig.channel.engine());
                BufferObject buffer = file.createBuffer(Placement.VRAM, 64 * MIB);
                file.vm().bind(BindOp.map(A, buffer));
                PushWriter writer = RenderRig.writer(file, B);
                writer.bind(channel.engine());
                for (int i = 0; i < 200; i++) {
                    writer.copy(A, A + 32 * MIB, 32 * MIB);
                }
                SyncObject timeline = file.createSyncObject(0);
                SyncObject never = file.createSyncObject(0);
                channel.exec(List.of(writer.push()), List.of(), List.of(new SyncPoint(timeline, 1)));
                channel.exec(List.of(), List.of(new SyncPoint(never, 1)), List.of(new SyncPoint(timeline, 2)));
                AtomicReference<Throwable> heard = new AtomicReference<>();
                CountDownLatch waits = new CountDownLatch(1);
                Thread waiter = Thread.ofPlatform().start(() -> {
                    try {
                        waits.countDown();
                        timeline.await(2, RenderRig.LONG);
                    } catch (Throwable failure) {
                        heard.set(failure);
                    }
                });
                waits.await();
                file.close();
                waiter.join(10_000);
                assertThat(waiter.isAlive()).isFalse();
                assertThat(heard.get())
                        .isInstanceOfSatisfying(
                                CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.CLOSED));
                fails(CoreError.CLOSED, () -> channel.exec(List.of(), List.of(), List.of()));
                assertThat(keeper.fbUsage().freeBytes()).isEqualTo(before.freeBytes());
                assertThat(rig.device.files()).containsExactly(rig.file);
            }
            rig.writer.method(0x100, 0);
            rig.run();
        }
    }

    @Test
    void endsWhenTheGpuIsGone() throws InterruptedException {
        try (RenderRig rig = new RenderRig()) {
            BufferObject buffer = rig.bound(Placement.GART, 64 * MIB, A);
            BufferObject video = rig.bound(Placement.VRAM, MIB, B);
            SyncObject never = rig.file.createSyncObject(0);
            for (int i = 0; i < 100; i++) {
                rig.writer.copy(A, A + 32 * MIB, 32 * MIB);
            }
            SyncPoint working = rig.exec();
            rig.channel.exec(
                    List.of(),
                    List.of(new SyncPoint(never, 1)),
                    List.of(new SyncPoint(rig.timeline, working.point() + 1)));
            List<Throwable> heard = Collections.synchronizedList(new ArrayList<>());
            List<Thread> waiters = new ArrayList<>();
            for (SyncPoint each : List.of(new SyncPoint(rig.timeline, working.point() + 1), new SyncPoint(never, 1))) {
                waiters.add(Thread.ofPlatform().start(() -> {
                    try {
                        each.object().await(each.point(), RenderRig.LONG);
                    } catch (Throwable failure) {
                        heard.add(failure);
                    }
                }));
            }
            rig.rig.function.pullOut();
            for (Thread waiter : waiters) {
                waiter.join(10_000);
            }
            assertThat(heard)
                    .hasSize(2)
                    .allSatisfy(failure ->
                            assertThat(((CoreException) failure).error()).isEqualTo(CoreError.GONE));
            fails(CoreError.GONE, () -> rig.channel.exec(List.of(), List.of(), List.of()));
            fails(CoreError.GONE, () -> rig.file.createBuffer(Placement.GART, 4096));
            fails(CoreError.GONE, () -> rig.file.createBuffer(Placement.VRAM, 4096));
            fails(CoreError.GONE, () -> rig.file.vm().bind(new BindOp.Unmap(A, 64 * MIB)));
            fails(CoreError.GONE, () -> rig.file.openChannel(rig.channel.engine()));
            fails(CoreError.GONE, () -> rig.device.openFile("late", RenderLimits.DEFAULT));
            fails(CoreError.GONE, () -> video.read(0, MemorySegment.ofArray(new byte[4])));
            fails(CoreError.GONE, () -> buffer.read(0, MemorySegment.ofArray(new byte[4])));
            long begun = System.nanoTime();
            rig.device.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        }
    }

    private static void fails(CoreError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(error));
    }
}
