// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.fsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.device.Bytes;
import io.lamella.core.testing.RegisterFunction;
import io.lamella.hw.fsp.FspMessages;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Register numbers are written here anew, so that a wrong one does not go unseen. */
class FspTest {
    private static final int EMEMC = 0x8f2ac0;
    private static final int EMEMD = 0x8f2ac4;
    private static final int QUEUE_HEAD = 0x8f2c00;
    private static final int QUEUE_TAIL = 0x8f2c04;
    private static final int MSGQ_HEAD = 0x8f2c80;
    private static final int MSGQ_TAIL = 0x8f2c84;
    private static final int BOOT_COMPLETE = 0xad00bc;

    /** The other end, driven by the accesses. */
    private static final class ScriptedFsp {
        final RegisterFunction registers = new RegisterFunction();
        final ByteBuffer memory = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        final List<byte[]> received = new ArrayList<>();
        private final int[] answer;
        private int place;

        ScriptedFsp(int... answer) {
            this.answer = answer;
            registers.set(0, 0x1b2000a1);
            registers.onWrite(this::written);
            registers.onRead(EMEMD, () -> {
                place += 4;
                return memory.getInt(place - 4);
            });
        }

        private void written(int offset, int value) {
            switch (offset) {
                case EMEMC -> place = value & 0xfffc;
                case EMEMD -> {
                    memory.putInt(place, value);
                    place += 4;
                }
                case QUEUE_HEAD -> {
                    byte[] packet = new byte[registers.get(QUEUE_TAIL) + 4];
                    memory.get(0, packet);
                    received.add(packet);
                    registers.set(QUEUE_TAIL, 0);
                    for (int i = 0; i < answer.length; i++) {
                        memory.putInt(i * 4, answer[i]);
                    }
                    registers.set(MSGQ_TAIL, answer.length * 4 - 4);
                }
                default -> {}
            }
        }

        Fsp fsp() {
            return new Fsp(registers.device());
        }
    }

    private static MemorySegment order() {
        MemorySegment order = MemorySegment.ofArray(new byte[860]);
        order.set(Bytes.INT, 0, 0x035c0002);
        order.set(Bytes.INT, 856, 0x12345678);
        return order;
    }

    @Test
    void sendsTheOrderToBootInOnePacket() {
        ScriptedFsp other = new ScriptedFsp(0xc0000000, 0x1510de7e, 1, 0x14, 0);
        other.fsp().bootGsp(order());
        assertThat(other.received).singleElement().satisfies(packet -> {
            assertThat(packet).hasSize(868);
            ByteBuffer words = ByteBuffer.wrap(packet).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(words.getInt(0)).isEqualTo(0xc0000000);
            assertThat(words.getInt(4)).isEqualTo(0x1410de7e);
            assertThat(words.getInt(8)).isEqualTo(0x035c0002);
            assertThat(words.getInt(864)).isEqualTo(0x12345678);
        });
        assertThat(other.registers.get(MSGQ_TAIL))
                .as("says that it has read the answer")
                .isEqualTo(other.registers.get(MSGQ_HEAD))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 1, true", "0, 0, false", "0xa0, 1, false"})
    void asksWhetherThereAreToBeVirtualGpus(String error, int value, boolean expected) {
        ScriptedFsp other = new ScriptedFsp(0xc0000000, 0x1510de7e, 1, 0x13, Integer.decode(error), value);
        assertThat(other.fsp().isVgpuModeOn()).isEqualTo(expected);
        assertThat(other.received.getFirst())
                .containsExactly(0, 0, 0, 0xc0, 0x7e, 0xde, 0x10, 0x13, 0x0c, 0x02, 0x29, 0);
    }

    @Test
    void saysWhatTheFspRefuses() {
        assertThatThrownBy(() -> new ScriptedFsp(0xc0000000, 0x1510de7e, 1, 0x14, 0x9e)
                        .fsp()
                        .bootGsp(order()))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT))
                .hasMessageContaining("error 0x9e");
    }

    @Test
    void believesNoAnswerThatIsNotOne() {
        for (int[] answer : new int[][] {
            {0x80000000, 0x1510de7e, 1, 0x14, 0},
            {0xc0000000, 0x1410de7e, 1, 0x14, 0},
            {0xc0000000, 0x15000000, 1, 0x14, 0},
            {0xc0000000, 0x1510de7e, 1, 0x13, 0},
            {0xc0000000, 0x1510de7e, 1},
        }) {
            assertThatThrownBy(() -> new ScriptedFsp(answer).fsp().bootGsp(order()))
                    .isInstanceOfSatisfying(
                            CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.DEVICE_FAULT));
        }
        ScriptedFsp huge = new ScriptedFsp(0);
        huge.registers.set(MSGQ_TAIL, 0x7fff_fffc);
        huge.registers.onWrite((offset, value) -> {});
        assertThatThrownBy(() -> huge.fsp().bootGsp(order())).hasMessageContaining("bytes");
    }

    @Test
    void waitsForAnFspThatIsBusyOrSilentOnlySoLong() {
        ScriptedFsp busy = new ScriptedFsp(0);
        busy.registers.set(QUEUE_TAIL, 4);
        assertThatThrownBy(() -> busy.fsp().bootGsp(order()))
                .isInstanceOfSatisfying(
                        CoreException.class, e -> assertThat(e.error()).isEqualTo(CoreError.TIMED_OUT))
                .hasMessageContaining("let its FSP take a message");
        ScriptedFsp silent = new ScriptedFsp(0);
        silent.registers.onWrite((offset, value) -> {});
        assertThatThrownBy(() -> silent.fsp().bootGsp(order())).hasMessageContaining("answer through its FSP");
        assertThatThrownBy(() -> silent.fsp().awaitStartUp(10)).hasMessageContaining("started by its FSP");
        silent.registers.set(BOOT_COMPLETE, 0xff);
        silent.fsp().awaitStartUp(10);
    }

    @Test
    void ordersAreAsLongAsTheirLayout() {
        assertThat(FspMessages.COT.sizeBytes()).isEqualTo(860);
    }
}
