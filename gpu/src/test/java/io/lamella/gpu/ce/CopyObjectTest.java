// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.gpu.host.ChannelFixture;
import io.lamella.gpu.host.FaultReport;
import io.lamella.gpu.mmu.MemoryView.Access;
import io.lamella.gpu.mmu.MmuFault;
import io.lamella.hw.method.CopyMethod;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CopyObjectTest {
    private static final int PITCH_BOTH = 1 << 7 | 1 << 8;
    private static final int MULTI_LINE = 1 << 9;
    private static final int REMAP = 1 << 10;
    private static final int NON_PIPELINED = 2;
    private static final int AREA = ChannelFixture.AREA_BYTES;

    private final ChannelFixture fixture = new ChannelFixture();
    private boolean bound;

    private void push(Object... methodsAndData) {
        int[] pairs = new int[methodsAndData.length];
        for (int i = 0; i < pairs.length; i += 2) {
            pairs[i] = ((CopyMethod) methodsAndData[i]).offset();
            pairs[i + 1] = ((Number) methodsAndData[i + 1]).intValue();
        }
        if (!bound) {
            bound = true;
            fixture.push(ChannelFixture.methods(4, 0, CopyMethod.CLASS_ID));
        }
        fixture.push(ChannelFixture.methods(4, pairs));
    }

    private void pushCopy(long from, long to, int pitchIn, int pitchOut, int length, int lines, int launch) {
        push(
                CopyMethod.OFFSET_IN_UPPER,
                from >>> 32,
                CopyMethod.OFFSET_IN_LOWER,
                from,
                CopyMethod.OFFSET_OUT_UPPER,
                to >>> 32,
                CopyMethod.OFFSET_OUT_LOWER,
                to,
                CopyMethod.PITCH_IN,
                pitchIn,
                CopyMethod.PITCH_OUT,
                pitchOut,
                CopyMethod.LINE_LENGTH_IN,
                length,
                CopyMethod.LINE_COUNT,
                lines,
                CopyMethod.LAUNCH_DMA,
                launch);
    }

    private byte[] memory(long address, int length) throws MmuFault {
        byte[] bytes = new byte[length];
        fixture.space.read(address, MemorySegment.ofArray(bytes), Access.READ);
        return bytes;
    }

    private void fill(long address, byte[] bytes) throws MmuFault {
        fixture.space.write(address, MemorySegment.ofArray(bytes), Access.WRITE);
    }

    private byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String refusal() {
        assertThat(fixture.run()).isEqualTo("FAULTED");
        FaultReport report = Objects.requireNonNull(fixture.fault());
        assertThat(report.xid()).isIn(31, 40);
        return report.sentence();
    }

    @Test
    void copiesOfManySizesAndAlignmentsBetweenAllKindsOfMemory() throws MmuFault {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long[] bases = {ChannelFixture.VIDEO, ChannelFixture.SYSTEM};
        byte[][] model = {random(random, AREA), random(random, AREA)};
        fill(bases[0], model[0]);
        fill(bases[1], model[1]);
        for (int round = 0; round < 60; round++) {
            int from = random.nextInt(2);
            int to = random.nextInt(2);
            int length = 1 + random.nextInt(2 << random.nextInt(16));
            int lines = 1 + random.nextInt(8);
            int pitchIn = random.nextBoolean() ? length : length + random.nextInt(300);
            int pitchOut = random.nextBoolean() ? length : length + random.nextInt(300);
            // In halves, so that source and destination never overlap.
            int half = AREA / 2;
            int fromAt = random.nextInt(half - lines * pitchIn);
            int toAt = half + random.nextInt(half - lines * pitchOut);
            for (int line = 0; line < lines; line++) {
                System.arraycopy(model[from], fromAt + line * pitchIn, model[to], toAt + line * pitchOut, length);
            }
            int launch = NON_PIPELINED | PITCH_BOTH | MULTI_LINE;
            pushCopy(bases[from] + fromAt, bases[to] + toAt, pitchIn, pitchOut, length, lines, launch);
            assertThat(fixture.run()).as("seed %d: %s", seed, fixture.fault()).isEqualTo("IDLE");
        }
        assertThat(memory(bases[0], AREA)).as("seed %d", seed).isEqualTo(model[0]);
        assertThat(memory(bases[1], AREA)).as("seed %d", seed).isEqualTo(model[1]);
    }

    @Test
    void nouveausMoveOfAWholeBuffer() throws MmuFault {
        byte[] content = random(new Random(1), AREA);
        fill(ChannelFixture.SYSTEM, content);
        pushCopy(ChannelFixture.SYSTEM, ChannelFixture.VIDEO, 4096, 4096, 4096, AREA / 4096, 0x386);
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(memory(ChannelFixture.VIDEO, AREA)).isEqualTo(content);
        pushCopy(ChannelFixture.VIDEO, ChannelFixture.LARGE, 4096, 4096, 4096, 512, 0x386);
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(memory(ChannelFixture.LARGE, 2 << 20)).isEqualTo(java.util.Arrays.copyOf(content, 2 << 20));
    }

    @Test
    void aFillWithAConstant() throws MmuFault {
        byte[] expected = random(new Random(2), 8192);
        fill(ChannelFixture.VIDEO, expected);
        push(CopyMethod.SET_REMAP_CONST_A, 0x11223344, CopyMethod.SET_REMAP_COMPONENTS, 4 | 3 << 16);
        // The source's address leads nowhere and is not used.
        pushCopy(1, ChannelFixture.VIDEO + 4096 - 8, 0, 0, 4, 1, NON_PIPELINED | PITCH_BOTH | REMAP);
        assertThat(fixture.run()).as("%s", fixture.fault()).isEqualTo("IDLE");
        for (int i = 0; i < 16; i++) {
            expected[4096 - 8 + i] = (byte) (0x11223344 >>> (8 * (i & 3)));
        }
        assertThat(memory(ChannelFixture.VIDEO, 8192)).isEqualTo(expected);
    }

    @Test
    void constantsComponentsAndHoles() throws MmuFault {
        byte[] content = random(new Random(2), 8192);
        fill(ChannelFixture.VIDEO, content);
        byte[] from = {1, 2, 3, 4, 5, 6};
        fill(ChannelFixture.SYSTEM, from);
        // Source of 3, destination of 4 components of a byte: z, constant A, kept, x.
        int rule = 2 | 4 << 4 | 6 << 8 | 0 << 12 | 2 << 20 | 3 << 24;
        int[] pairs = {
            CopyMethod.SET_REMAP_CONST_A.offset(), 0xee, CopyMethod.SET_REMAP_COMPONENTS.offset(), rule,
        };
        fixture.push(ChannelFixture.methods(4, 0, CopyMethod.CLASS_ID));
        fixture.push(ChannelFixture.methods(4, pairs));
        long to = ChannelFixture.VIDEO + 4096 - 3;
        fixture.push(ChannelFixture.methods(
                4,
                CopyMethod.OFFSET_IN_LOWER.offset(),
                (int) ChannelFixture.SYSTEM,
                CopyMethod.OFFSET_OUT_LOWER.offset(),
                (int) to,
                CopyMethod.LINE_LENGTH_IN.offset(),
                2,
                CopyMethod.LAUNCH_DMA.offset(),
                NON_PIPELINED | PITCH_BOTH | REMAP));
        assertThat(fixture.run()).as("%s", fixture.fault()).isEqualTo("IDLE");
        int at = 4096 - 3;
        byte[] expected = content.clone();
        expected[at] = 3;
        expected[at + 1] = (byte) 0xee;
        expected[at + 3] = 1;
        expected[at + 4] = 6;
        expected[at + 5] = (byte) 0xee;
        expected[at + 7] = 4;
        assertThat(memory(ChannelFixture.VIDEO, 8192)).isEqualTo(expected);
    }

    /** Where a byte is, bit by bit from the hardware's description of a GOB. */
    private static int tiled(int x, int y, int width, int gobsHigh) {
        int across = (width + 63) / 64;
        int block = y / (8 * gobsHigh) * across + x / 64;
        int gob = block * gobsHigh + y / 8 % gobsHigh;
        int inGob = (x & 15) | (y & 1) << 4 | (x >> 4 & 1) << 5 | (y >> 1 & 3) << 6 | (x >> 5 & 1) << 8;
        return gob * 512 + inGob;
    }

    @Test
    void blockLinearBothWays() throws MmuFault {
        int width = 200;
        int height = 50;
        int gobsHigh = 4;
        int originX = 37;
        int originY = 9;
        int length = 130;
        int lines = 33;
        Random random = new Random(3);
        byte[] plain = random(random, length * lines);
        byte[] surface = random(random, 32 << 10);
        fill(ChannelFixture.SYSTEM, plain);
        fill(ChannelFixture.VIDEO, surface);
        fixture.push(ChannelFixture.methods(4, 0, CopyMethod.CLASS_ID));
        fixture.push(ChannelFixture.methods(
                4,
                CopyMethod.SET_DST_BLOCK_SIZE.offset(),
                2 << 4 | 1 << 12,
                CopyMethod.SET_DST_WIDTH.offset(),
                width,
                CopyMethod.SET_DST_HEIGHT.offset(),
                height,
                CopyMethod.SET_DST_DEPTH.offset(),
                1,
                CopyMethod.SET_DST_ORIGIN.offset(),
                originY << 16 | originX,
                CopyMethod.OFFSET_IN_LOWER.offset(),
                (int) ChannelFixture.SYSTEM,
                CopyMethod.OFFSET_OUT_LOWER.offset(),
                (int) ChannelFixture.VIDEO,
                CopyMethod.PITCH_IN.offset(),
                length,
                CopyMethod.LINE_LENGTH_IN.offset(),
                length,
                CopyMethod.LINE_COUNT.offset(),
                lines,
                CopyMethod.LAUNCH_DMA.offset(),
                NON_PIPELINED | 1 << 7 | MULTI_LINE));
        assertThat(fixture.run()).as("%s", fixture.fault()).isEqualTo("IDLE");
        for (int y = 0; y < lines; y++) {
            for (int x = 0; x < length; x++) {
                surface[tiled(originX + x, originY + y, width, gobsHigh)] = plain[y * length + x];
            }
        }
        assertThat(memory(ChannelFixture.VIDEO, surface.length)).isEqualTo(surface);
        fixture.push(ChannelFixture.methods(
                4,
                CopyMethod.SET_SRC_BLOCK_SIZE.offset(),
                2 << 4 | 1 << 12,
                CopyMethod.SET_SRC_WIDTH.offset(),
                width,
                CopyMethod.SET_SRC_HEIGHT.offset(),
                height,
                CopyMethod.SRC_ORIGIN_X.offset(),
                originX,
                CopyMethod.SRC_ORIGIN_Y.offset(),
                originY,
                CopyMethod.OFFSET_IN_LOWER.offset(),
                (int) ChannelFixture.VIDEO,
                CopyMethod.OFFSET_OUT_LOWER.offset(),
                (int) ChannelFixture.SYSTEM + 0x10_0000,
                CopyMethod.PITCH_OUT.offset(),
                length,
                CopyMethod.LAUNCH_DMA.offset(),
                NON_PIPELINED | 1 << 8 | MULTI_LINE));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(memory(ChannelFixture.SYSTEM + 0x10_0000, plain.length)).isEqualTo(plain);
    }

    @Test
    void semaphoreAndInterruptAfterTheCopy() throws MmuFault {
        long at = ChannelFixture.SYSTEM + 0x40;
        push(CopyMethod.SET_SEMAPHORE_A, 0, CopyMethod.SET_SEMAPHORE_B, at, CopyMethod.SET_SEMAPHORE_PAYLOAD, 99);
        pushCopy(ChannelFixture.VIDEO, ChannelFixture.VIDEO + 8192, 0, 0, 64, 1, NON_PIPELINED | PITCH_BOTH);
        fixture.run();
        assertThat(fixture.space.readInt(at, Access.READ)).isZero();
        assertThat(fixture.interrupts).isEmpty();
        fixture.push(ChannelFixture.methods(
                4,
                CopyMethod.SET_SEMAPHORE_B.offset(),
                (int) at,
                CopyMethod.SET_SEMAPHORE_PAYLOAD.offset(),
                99,
                CopyMethod.LAUNCH_DMA.offset(),
                NON_PIPELINED | PITCH_BOTH | 2 << 3 | 2 << 5));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(fixture.space.readInt(at, Access.READ)).isEqualTo(99);
        assertThat(fixture.space.readLong(at + 8, Access.READ)).isEqualTo(0x1234_5678_9abcL);
        assertThat(fixture.interrupts).containsExactly(0x21);
        // Without a transfer, and as a reduction: 99 + 99.
        fixture.push(
                ChannelFixture.methods(4, CopyMethod.LAUNCH_DMA.offset(), PITCH_BOTH | 1 << 3 | 5 << 14 | 1 << 19));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(fixture.space.readInt(at, Access.READ)).isEqualTo(198);
    }

    @Test
    void physicalAddressesForThoseThatMay() throws MmuFault {
        byte[] content = random(new Random(4), 4096);
        fill(ChannelFixture.SYSTEM, content);
        // Video memory by its own address: the first page of the area is its last.
        pushCopy(ChannelFixture.SYSTEM, 0x80_0000 + AREA - 4096, 0, 0, 4096, 1, NON_PIPELINED | PITCH_BOTH | 1 << 13);
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(memory(ChannelFixture.VIDEO, 4096)).isEqualTo(content);
        pushCopy(ChannelFixture.SYSTEM, 16 << 20, 0, 0, 4096, 1, NON_PIPELINED | PITCH_BOTH | 1 << 13);
        assertThat(refusal()).contains("0x1000000", "out of the memory");
    }

    @Test
    void physicalAddressesAreRefusedToOthers() {
        ChannelFixture plain = new ChannelFixture(false);
        plain.push(ChannelFixture.methods(
                4, 0, CopyMethod.CLASS_ID, CopyMethod.LAUNCH_DMA.offset(), NON_PIPELINED | PITCH_BOTH | 1 << 12));
        assertThat(plain.run()).isEqualTo("FAULTED");
        assertThat(Objects.requireNonNull(plain.fault()).sentence()).contains("may not use physical");
    }

    @Test
    void renderEnableSkipsCopies() throws MmuFault {
        fill(ChannelFixture.VIDEO, new byte[] {5});
        push(CopyMethod.SET_RENDER_ENABLE_C, 0);
        fixture.push(ChannelFixture.methods(
                4,
                CopyMethod.OFFSET_IN_LOWER.offset(),
                (int) ChannelFixture.VIDEO,
                CopyMethod.OFFSET_OUT_LOWER.offset(),
                (int) ChannelFixture.VIDEO + 64,
                CopyMethod.LINE_LENGTH_IN.offset(),
                1,
                CopyMethod.LAUNCH_DMA.offset(),
                NON_PIPELINED | PITCH_BOTH));
        assertThat(fixture.run()).isEqualTo("IDLE");
        assertThat(memory(ChannelFixture.VIDEO + 64, 1)).containsExactly(0);
        fixture.push(ChannelFixture.methods(
                4,
                CopyMethod.SET_RENDER_ENABLE_C.offset(),
                1,
                CopyMethod.LAUNCH_DMA.offset(),
                NON_PIPELINED | PITCH_BOTH));
        fixture.run();
        assertThat(memory(ChannelFixture.VIDEO + 64, 1)).containsExactly(5);
    }

    @Test
    void aCopyThatLeavesItsMemoryFaultsWhereItLeaves() {
        pushCopy(ChannelFixture.VIDEO + AREA - 4096, ChannelFixture.SYSTEM, 0, 0, 8192, 1, NON_PIPELINED | PITCH_BOTH);
        assertThat(refusal()).contains("0x10400000", "nothing is mapped");
    }

    @Test
    void methodsThatTheClassDoesNotHave() {
        fixture.push(ChannelFixture.methods(4, 0, CopyMethod.CLASS_ID, 0x1234, 1));
        assertThat(refusal()).contains("CE1", "0x1234");
    }

    @Test
    void aLongCopyIsDoneInPieces() {
        // 2^32 - 1 lines of 64 bytes to the same place.
        pushCopy(ChannelFixture.VIDEO, ChannelFixture.SYSTEM, 0, 0, 64, -1, NON_PIPELINED | PITCH_BOTH | MULTI_LINE);
        assertThat(fixture.runFor(3)).isEqualTo("MORE");
    }

    @Test
    void bindingTheClassAgainKeepsItsState() throws MmuFault {
        fill(ChannelFixture.VIDEO, new byte[] {5, 6});
        pushCopy(ChannelFixture.VIDEO, ChannelFixture.VIDEO + 64, 0, 0, 1, 1, NON_PIPELINED | PITCH_BOTH);
        fixture.push(ChannelFixture.methods(4, 0, CopyMethod.CLASS_ID));
        push(
                CopyMethod.OFFSET_OUT_LOWER,
                ChannelFixture.VIDEO + 128,
                CopyMethod.LAUNCH_DMA,
                NON_PIPELINED | PITCH_BOTH);
        assertThat(fixture.run()).as("%s", fixture.fault()).isEqualTo("IDLE");
        assertThat(memory(ChannelFixture.VIDEO + 64, 2)).containsExactly(5, 0);
        assertThat(memory(ChannelFixture.VIDEO + 128, 2)).containsExactly(5, 0);
    }
}
