// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.AddressSpace;
import io.lamella.core.AddressSpace.Access;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuMemory;
import io.lamella.core.HostMemory;
import io.lamella.hw.method.CopyMethod;
import io.lamella.hw.method.HostMethod;
import io.lamella.hw.method.PushBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Host memory, address spaces and channels of the core on the software GPU. */
class CoreChannelTest {
    private static final long MIB = 1 << 20;
    private static final long PUSH = 0x1_0000;
    private static final long SOURCE = 0x4000_0000L;
    private static final long TARGET = 0x80_0000_0000L;
    private static final int SUBCHANNEL = 4;
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** A session with an address space, a push buffer and a channel. */
    private static final class Client implements AutoCloseable {
        final CoreSession session;
        final AddressSpace space;
        final HostMemory push;
        final Channel channel;
        private int word;
        private int payload;

        Client(SoftwareGpuRig rig, GpuCore core, int entries) {
            session = rig.attach(core);
            space = session.createAddressSpace("space");
            push = session.allocateHostMemory("push", 65_536);
            space.bind(PUSH, push, 0, push.sizeBytes(), Access.READ_WRITE);
            EngineInfo engine = core.description().engines().stream()
                    .filter(each -> each.engineClass() != 0)
                    .findFirst()
                    .orElseThrow();
            channel = session.openChannel("channel", engine, space, entries);
        }

        void method(int offset, int... data) {
            word(PushBuffer.incrementing(SUBCHANNEL, offset, data.length));
            for (int value : data) {
                word(value);
            }
        }

        private void word(int value) {
            push.memory().set(ValueLayout.JAVA_INT, 4L * word++, value);
        }

        void copy(long from, long to, long sizeBytes) {
            method(HostMethod.SET_OBJECT.offset(), channel.engine().engineClass());
            method(
                    CopyMethod.OFFSET_IN_UPPER.offset(),
                    (int) (from >>> 32),
                    (int) from,
                    (int) (to >>> 32),
                    (int) to,
                    4096,
                    4096,
                    4096,
                    (int) (sizeBytes / 4096));
            method(CopyMethod.LAUNCH_DMA.offset(), 0x386);
        }

        /** Submits what was written, and a semaphore at the end of the push buffer. Returns its payload. */
        int submit() {
            int begin = finish(++payload);
            channel.submit(PUSH + begin, 4 * word - begin);
            start = 4 * word;
            return payload;
        }

        private int start;

        private int finish(int value) {
            long address = PUSH + push.sizeBytes() - 16;
            method(HostMethod.SEM_ADDR_LO.offset(), (int) address, (int) (address >>> 32), value, 0, 1 | 1 << 20);
            method(HostMethod.NON_STALL_INTERRUPT.offset(), 0);
            return start;
        }

        int done() {
            return push.memory().get(ValueLayout.JAVA_INT, push.sizeBytes() - 16);
        }

        void await(int value) throws InterruptedException {
            long end = System.nanoTime() + WAIT_NANOS;
            while (done() != value) {
                assertThat(System.nanoTime()).as("semaphore at " + done()).isLessThan(end);
                Thread.sleep(1);
            }
        }

        @Override
        public void close() {
            session.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"570.144", "535.113.01"})
    void copiesEveryWay(String release) throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("CoreChannelTest.copiesEveryWay seed " + seed);
        Random random = new Random(seed);
        long size = 4 * MIB + 64 * 1024 + 12_288;
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open(release);
                Client client = new Client(rig, core, 64)) {
            HostMemory from = client.session.allocateHostMemory("from", size);
            HostMemory to = client.session.allocateHostMemory("to", size);
            FbRange fb = client.session.allocateFb(
                    new FbRequest("fb", size, FbRequest.Alignment.LARGE_PAGE, FbRequest.Position.TOP_DOWN));
            byte[] content = new byte[(int) size];
            random.nextBytes(content);
            from.memory().copyFrom(MemorySegment.ofArray(content));
            client.space.bind(SOURCE, from, 0, size, Access.READ_ONLY);
            client.space.bind(SOURCE + 64 * MIB, to, 0, size, Access.READ_WRITE);
            // Pages of 2 MiB, of 64 KiB and of 4 KiB; and the same memory once more, at an address that allows only the
            // last.
            client.space.bind(TARGET, fb, 0, size, Access.READ_WRITE);
            client.space.bind(TARGET + 64 * MIB + 4096, fb, 0, size, Access.READ_WRITE);
            client.copy(SOURCE, TARGET, size);
            client.copy(TARGET + 64 * MIB + 4096, SOURCE + 64 * MIB, size);
            client.await(client.submit());
            assertThat(to.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            byte[] inFb = new byte[(int) size];
            rig.gpu.frameBuffer().whole().copyTo(fb.offset(), MemorySegment.ofArray(inFb));
            assertThat(inFb).isEqualTo(content);
            assertThat(rig.events.poll(5, TimeUnit.SECONDS))
                    .isEqualTo(new CoreEvent.NonStall(client.channel.engine().nonStallVector()));
            assertThat(client.channel.pendingEntries()).isZero();
            assertThat(client.channel.error()).isEmpty();
        }
    }

    @Test
    void givesAllOfItBack() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open("570.144");
                CoreSession keeper = rig.attach(core)) {
            FbUsage before = keeper.fbUsage();
            for (int round = 0; round < 3; round++) {
                Client client = new Client(rig, core, 4096);
                FbRange fb = client.session.allocateFb(FbRequest.pages("fb", 3 * MIB));
                for (int i = 0; i < 40; i++) {
                    client.space.bind((1L + i) << 33, fb, 0, 3 * MIB, Access.READ_WRITE);
                }
                fb.close();
                client.space.unbind(PUSH, 65_536);
                client.close();
                assertThat(client.channel.isHeld()).isFalse();
                // One chunk of tables stays.
                assertThat(keeper.fbUsage().freeBytes()).isEqualTo(before.freeBytes() - 2 * MIB);
            }
        }
    }

    @Test
    void saysWhyAChannelStopped() throws InterruptedException {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open("570.144");
                Client client = new Client(rig, core, 8);
                CoreSession other = rig.attach(core)) {
            HostMemory memory = client.session.allocateHostMemory("memory", 4096);
            client.space.bind(SOURCE, memory, 0, 4096, Access.READ_WRITE);
            memory.close();
            client.copy(SOURCE, PUSH, 4096);
            int unused = client.submit();
            assertThat(unused).isOne();
            CoreEvent event;
            do {
                event = rig.events.poll(10, TimeUnit.SECONDS);
            } while (event instanceof CoreEvent.OsError);
            CoreEvent.ChannelError error = (CoreEvent.ChannelError) event;
            assertThat(error.channelId()).isEqualTo(client.channel.channelId());
            assertThat(client.channel.error()).contains(error);
            assertThatThrownBy(() -> client.channel.submit(PUSH, 4))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT))
                    .hasMessageContaining("stopped with error 31")
                    .hasMessageContaining("0x40000000");
            client.channel.close();
            Channel next = client.session.openChannel("next", client.channel.engine(), client.space, 8);
            assertThat(next.error()).isEmpty();
            assertThat(other.held()).isEmpty();
        }
    }

    @Test
    void refusesWhatCannotBe() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open("570.144");
                Client client = new Client(rig, core, 2);
                CoreSession other = rig.attach(core)) {
            AddressSpace space = client.space;
            HostMemory memory = client.session.allocateHostMemory("memory", 3 * 4096 - 1);
            assertThat(memory.sizeBytes()).isEqualTo(3 * 4096);
            space.bind(SOURCE, memory, 0, 3 * 4096, Access.READ_WRITE);
            for (long[] bad : new long[][] {
                {0, 0, 4096},
                {SOURCE, 0, 4096},
                {SOURCE - 4096, 0, 8192},
                {SOURCE + 8192, 0, 4096},
                {TARGET + 1, 0, 4096},
                {TARGET, 1, 4096},
                {TARGET, -4096, 4096},
                {TARGET, 4096, 3 * 4096},
                {TARGET, 0, 0},
                {TARGET, 0, Long.MAX_VALUE & -4096},
                {TARGET, Long.MAX_VALUE & -4096, 4096},
                {space.sizeBytes(), 0, 4096},
                {Long.MIN_VALUE, 0, 4096},
            }) {
                fails(CoreError.INVALID, () -> space.bind(bad[0], memory, bad[1], bad[2], Access.READ_WRITE));
            }
            GpuMemory foreign = other.allocateHostMemory("foreign", 4096);
            fails(CoreError.NOT_FOUND, () -> space.bind(TARGET, foreign, 0, 4096, Access.READ_WRITE));
            for (long[] bad : new long[][] {
                {SOURCE, 4096}, {SOURCE + 4096, 8192}, {TARGET, 4096}, {SOURCE - 4096, 8192}, {SOURCE, -4096}, {0, 4096}
            }) {
                fails(CoreError.INVALID, () -> space.unbind(bad[0], bad[1]));
            }
            space.bind(space.sizeBytes() - 4096, memory, 0, 4096, Access.READ_WRITE);
            space.unbind(SOURCE - 4096, 8 * 4096);
            Channel channel = client.channel;
            for (long[] bad : new long[][] {
                {PUSH, 0}, {PUSH, 6}, {PUSH + 2, 4}, {PUSH, -4}, {PUSH, 4 << 20}, {0, 4}, {1L << 40, 4}, {-4, 4}
            }) {
                fails(CoreError.INVALID, () -> channel.submit(bad[0], (int) bad[1]));
            }
            for (int entries : new int[] {0, 1, 3, 16_384, -2}) {
                fails(CoreError.INVALID, () -> client.session.openChannel("bad", channel.engine(), space, entries));
            }
            EngineInfo graphics = core.description().engines().stream()
                    .filter(engine -> engine.engineClass() == 0)
                    .findFirst()
                    .orElse(new EngineInfo("none", 1, 1, 1, 0));
            assertThatThrownBy(() -> client.session.openChannel("bad", graphics, space, 8))
                    .isInstanceOf(CoreException.class);
            fails(CoreError.NOT_FOUND, () -> other.openChannel("bad", channel.engine(), space, 8));
            fails(CoreError.INVALID, () -> client.session.allocateHostMemory("bad", 0));
            space.close();
            fails(CoreError.CLOSED, () -> channel.submit(PUSH, 4));
            fails(CoreError.CLOSED, () -> space.bind(TARGET, memory, 0, 4096, Access.READ_WRITE));
            memory.close();
            assertThatThrownBy(() -> memory.memory().get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void endsWhenTheGpuIsGone() {
        try (SoftwareGpuRig rig = new SoftwareGpuRig();
                GpuCore core = rig.open("570.144");
                Client client = new Client(rig, core, 8)) {
            FbRange fb = client.session.allocateFb(FbRequest.pages("fb", MIB));
            BarMapping mapping = client.session.map(fb);
            client.push.memory().set(ValueLayout.JAVA_INT, 128, 42);
            rig.function.pullOut();
            fails(CoreError.GONE, () -> client.space.bind(TARGET, fb, 0, MIB, Access.READ_WRITE));
            fails(CoreError.GONE, () -> client.channel.submit(PUSH, 4));
            fails(CoreError.GONE, () -> client.space.unbind(PUSH, 65_536));
            fails(CoreError.GONE, () -> client.session.allocateHostMemory("late", 4096));
            fails(CoreError.GONE, () -> mapping.readInt(0));
            fails(CoreError.GONE, client.channel::pendingEntries);
            assertThat(client.push.memory().get(ValueLayout.JAVA_INT, 128)).isEqualTo(42);
            client.push.close();
            assertThatThrownBy(() -> client.push.memory().get(ValueLayout.JAVA_INT, 128))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    private static void fails(CoreError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(error));
    }
}
