// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GpuGoneException;
import io.lamella.core.TestClock;
import io.lamella.core.device.Bytes;
import io.lamella.hw.gsp.GspQueue;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandQueueTest {
    private static final int FUNCTION = 76;
    private static final int EVENT = 0x1006;

    private final ScriptedGsp gsp = new ScriptedGsp();
    private final List<GspMessage> events = new ArrayList<>();
    private Runnable doorbell = () -> {};
    private Runnable liveness = () -> {};
    private final CommandQueue queue = new CommandQueue(
            gsp.shared, 0x12_3450_0000L, new TestClock(), () -> doorbell.run(), () -> liveness.run(), events::add);

    private void echo() {
        doorbell = () -> {
            int before = gsp.received.size();
            gsp.takeAll();
            for (ScriptedGsp.Received command : gsp.received.subList(before, gsp.received.size())) {
                gsp.send(
                        command.function(),
                        command.sequence(),
                        command.payload().toArray(JAVA_BYTE));
            }
        };
    }

    private static byte[] pattern(int length) {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) (i * 31 + i / 251);
        }
        return content;
    }

    private static CoreError errorOf(Runnable call) {
        try {
            call.run();
        } catch (CoreException failure) {
            return failure.error();
        }
        throw new AssertionError("It should have failed.");
    }

    @Test
    void describesTheRegionToTheFirmware() {
        assertThat(gsp.shared.get(Bytes.LONG, 0x80 * 8L)).isEqualTo(0x12_3450_0000L + 0x80000);
        int[] header = new int[9];
        for (int i = 0; i < header.length; i++) {
            header[i] = gsp.shared.get(Bytes.INT, 0x1000 + i * 4L);
        }
        assertThat(header).containsExactly(0, 0x40000, 0x1000, 0x3f, 0, 1, 0x20, 0x1000, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4016, 4017, 8111, 0xffb0})
    void carriesPayloadsThereAndBack(int length) {
        echo();
        byte[] sent = pattern(length);
        for (int i = 0; i < 70; i++) {
            GspMessage reply = queue.call("answer", FUNCTION, MemorySegment.ofArray(sent), length, 1000);
            assertThat(reply.payload().memory().toArray(JAVA_BYTE)).isEqualTo(sent);
        }
        assertThat(gsp.received).hasSize(70).allMatch(r -> r.function() == FUNCTION);
        assertThat(gsp.received.getLast().transportSequence()).isEqualTo(69);
    }

    @Test
    void wrapsAroundTheRing() {
        gsp.startAt(61);
        echo();
        byte[] sent = pattern(3 * 4096);
        GspMessage reply = queue.call("answer", FUNCTION, MemorySegment.ofArray(sent), sent.length, 1000);
        assertThat(reply.payload().memory().toArray(JAVA_BYTE)).isEqualTo(sent);
    }

    @Test
    void splitsAndJoinsWhatIsTooLongForOneElement() {
        echo();
        byte[] sent = pattern(3 * GspQueue.MAX_PAYLOAD_BYTES - 1000);
        GspMessage reply = queue.call("answer", FUNCTION, MemorySegment.ofArray(sent), sent.length, 1000);
        assertThat(gsp.received).extracting(ScriptedGsp.Received::function).containsExactly(FUNCTION, 71, 71);
        assertThat(reply.payload().memory().toArray(JAVA_BYTE)).isEqualTo(sent);
    }

    @Test
    void passesOnEventsThatComeBeforeTheReply() {
        doorbell = () -> {
            gsp.takeAll();
            gsp.send(EVENT, 0, pattern(40));
            gsp.send(FUNCTION, gsp.received.getLast().sequence(), new byte[4]);
        };
        queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[4]), 4, 1000);
        assertThat(events).extracting(GspMessage::function).containsExactly(EVENT);
        gsp.send(EVENT, 0, new byte[0]);
        queue.drain(1000);
        assertThat(events).hasSize(2);
    }

    @Test
    void saysWhoDidNotAnswer() {
        assertThatThrownBy(() -> queue.call("answer control X", FUNCTION, MemorySegment.ofArray(new byte[8]), 8, 250))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.TIMED_OUT))
                .hasMessage("The GSP did not answer control X within 250 ms.");
    }

    @Test
    void doesNotTakeALateReplyForTheNextOne() {
        doorbell = gsp::takeAll;
        assertThat(errorOf(() -> queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[4]), 4, 10)))
                .isEqualTo(CoreError.TIMED_OUT);
        int late = gsp.received.getLast().sequence();
        doorbell = () -> {
            gsp.takeAll();
            gsp.send(FUNCTION, late, new byte[] {1, 1, 1, 1});
            gsp.send(FUNCTION, gsp.received.getLast().sequence(), new byte[] {2, 2, 2, 2});
        };
        GspMessage reply = queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[4]), 4, 1000);
        assertThat(reply.payload().u32(0)).isEqualTo(0x02020202);
    }

    @Test
    void waitsForRoomAndGivesUp() {
        // 62 pages are usable: 3 elements of 16 pages and one of 14 fill them.
        for (int i = 0; i < 3; i++) {
            queue.post(FUNCTION, MemorySegment.ofArray(new byte[GspQueue.MAX_PAYLOAD_BYTES]), 10);
        }
        queue.post(FUNCTION, MemorySegment.ofArray(new byte[14 * 4096 - 80]), 10);
        assertThat(errorOf(() -> queue.post(FUNCTION, MemorySegment.ofArray(new byte[0]), 10)))
                .isEqualTo(CoreError.TIMED_OUT);
        gsp.takeAll();
        queue.post(FUNCTION, MemorySegment.ofArray(new byte[0]), 10);
    }

    @Test
    void endsWaitingWhenTheGpuIsGone() {
        liveness = () -> {
            throw new GpuGoneException("The GPU is gone.");
        };
        assertThatThrownBy(() -> queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[4]), 4, 1_000_000))
                .isInstanceOf(GpuGoneException.class);
    }

    @Test
    void refusesEveryKindOfNonsense() {
        List<Consumer<byte[]>> damages = List.of(
                e -> e[100] ^= 1, // content
                e -> e[52] = 'X', // signature
                e -> e[51] = 4, // version
                e -> setInt(e, 56, 31), // length below the header
                e -> setInt(e, 56, -1), // length beyond all bounds
                e -> setInt(e, 56, 0x10000), // one page too long
                e -> setInt(e, 56, 0x5000)); // longer than what is there
        for (int i = 0; i < damages.size(); i++) {
            int which = i;
            doorbell = () -> {
                gsp.takeAll();
                byte[] element = gsp.element(FUNCTION, gsp.received.getLast().sequence(), pattern(64));
                damages.get(which).accept(element);
                gsp.sendRaw(element);
            };
            assertThat(errorOf(() -> queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[64]), 64, 20)))
                    .as("damage " + i)
                    .isIn(CoreError.DEVICE_FAULT, CoreError.TIMED_OUT);
            if (which == damages.size() - 1) {
                return;
            }
            echo();
            queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[64]), 64, 1000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {63, 64, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void refusesPointersOutsideOfTheRing(int pointer) {
        doorbell = () -> gsp.setWritePointer(pointer);
        assertThatThrownBy(() -> queue.call("answer", FUNCTION, MemorySegment.ofArray(new byte[4]), 4, 100))
                .isInstanceOf(CoreException.class)
                .hasMessageContaining("queue pointer");
    }

    @Test
    void survivesNoise() {
        long seed = System.nanoTime();
        System.out.println("CommandQueueTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            ScriptedGsp peer = new ScriptedGsp();
            CommandQueue noisy = new CommandQueue(
                    peer.shared,
                    0,
                    new TestClock(),
                    () -> {
                        peer.takeAll();
                        byte[] element = peer.element(FUNCTION, 1, pattern(random.nextInt(200)));
                        for (int damage = random.nextInt(4); damage > 0; damage--) {
                            element[random.nextInt(element.length)] = (byte) random.nextInt();
                        }
                        peer.sendRaw(element);
                        if (random.nextInt(4) == 0) {
                            peer.setWritePointer(random.nextInt());
                        }
                    },
                    () -> {},
                    events::add);
            try {
                noisy.call("answer", FUNCTION, MemorySegment.ofArray(new byte[16]), 16, 5);
            } catch (CoreException expected) {
                assertThat(expected.error()).isIn(CoreError.DEVICE_FAULT, CoreError.TIMED_OUT);
            }
        }
    }

    private static void setInt(byte[] target, int offset, int value) {
        MemorySegment.ofArray(target).set(Bytes.INT, offset, value);
    }
}
