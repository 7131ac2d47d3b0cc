// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChannelWordsTest {
    @Test
    void methodsAreWhereTheClassHeadersHaveThem() {
        assertThat(offsets(HostMethod.values()))
                .containsAllEntriesOf(Map.of(
                        "SET_OBJECT",
                        0x0,
                        "SEMAPHORED",
                        0x1c,
                        "NON_STALL_INTERRUPT",
                        0x20,
                        "MEM_OP_D",
                        0x34,
                        "SEM_ADDR_LO",
                        0x5c,
                        "SEM_EXECUTE",
                        0x6c,
                        "WFI",
                        0x78,
                        "YIELD",
                        0x80));
        assertThat(offsets(CopyMethod.values()))
                .containsAllEntriesOf(Map.of(
                        "LAUNCH_DMA",
                        0x300,
                        "OFFSET_IN_UPPER",
                        0x400,
                        "LINE_COUNT",
                        0x41c,
                        "SET_REMAP_COMPONENTS",
                        0x708,
                        "SET_DST_ORIGIN",
                        0x720,
                        "SET_SRC_BLOCK_SIZE",
                        0x728,
                        "SET_SEMAPHORE_PAYLOAD",
                        0x248));
    }

    @Test
    void methodsAreInRisingOrderOnBothSidesOfTheBoundary() {
        assertThat(Arrays.stream(HostMethod.values()).map(HostMethod::offset))
                .isSorted()
                .allMatch(offset -> offset % 4 == 0 && offset < HostMethod.FIRST_ENGINE_OFFSET);
        assertThat(Arrays.stream(CopyMethod.values()).map(CopyMethod::offset))
                .isSorted()
                .doesNotHaveDuplicates()
                .allMatch(offset -> offset % 4 == 0 && offset >= HostMethod.FIRST_ENGINE_OFFSET);
    }

    @Test
    void headersReadBackAsWritten() {
        int header = PushBuffer.incrementing(4, CopyMethod.OFFSET_IN_UPPER.offset(), 8);
        assertThat(header).isEqualTo(0x20088100);
        assertThat(PushBuffer.op(header)).isEqualTo(PushBuffer.Op.INCREMENTING);
        assertThat(PushBuffer.methodOffset(header)).isEqualTo(0x400);
        assertThat(PushBuffer.subchannel(header)).isEqualTo(4);
        assertThat(PushBuffer.dataWords(header)).isEqualTo(8);

        int launch = PushBuffer.immediate(4, CopyMethod.LAUNCH_DMA.offset(), 0x386);
        assertThat(PushBuffer.op(launch)).isEqualTo(PushBuffer.Op.IMMEDIATE);
        assertThat(PushBuffer.immediateData(launch)).isEqualTo(0x386);
        assertThat(PushBuffer.dataWords(launch)).isZero();
        assertThat(PushBuffer.op(PushBuffer.nonIncrementing(0, 8, 1))).isEqualTo(PushBuffer.Op.NON_INCREMENTING);
        assertThat(PushBuffer.op(PushBuffer.incrementOnce(0, 8, 1))).isEqualTo(PushBuffer.Op.INCREMENT_ONCE);
    }

    @Test
    void zeroIsNothingAndReservedFormsAreInvalid() {
        assertThat(PushBuffer.op(0)).isEqualTo(PushBuffer.Op.INCREMENTING_OLD);
        assertThat(PushBuffer.dataWords(0)).isZero();
        assertThat(PushBuffer.op(0xc0000000)).isEqualTo(PushBuffer.Op.INVALID);
        assertThat(PushBuffer.op(0x40010000)).isEqualTo(PushBuffer.Op.INVALID);
        assertThat(PushBuffer.op(0xe0000000)).isEqualTo(PushBuffer.Op.END_SEGMENT);
        assertThat(PushBuffer.op(0x00010000)).isEqualTo(PushBuffer.Op.SUBDEVICE_MASK);
    }

    @Test
    void olderHeadersHaveOtherPlaces() {
        int header = 3 << 18 | 5 << 13 | 0x304;
        assertThat(PushBuffer.methodOffset(header)).isEqualTo(0x304);
        assertThat(PushBuffer.subchannel(header)).isEqualTo(5);
        assertThat(PushBuffer.dataWords(header)).isEqualTo(3);
    }

    @Test
    void ringEntriesReadBackAsWritten() {
        long entry = GpFifo.entry(0x12_3456_7894L, 0x1f_ffff);
        assertThat(GpFifo.address(entry)).isEqualTo(0x12_3456_7894L);
        assertThat(GpFifo.lengthWords(entry)).isEqualTo(0x1f_ffff);
        assertThat(GpFifo.waits(entry)).isFalse();
        assertThat(GpFifo.isSubroutine(entry)).isFalse();
        assertThat(GpFifo.waits(entry | Long.MIN_VALUE)).isTrue();
        assertThat(GpFifo.isSubroutine(entry | 1L << 41)).isTrue();
        assertThat(GpFifo.isNop(0)).isTrue();
        assertThat(GpFifo.isNop(1L << 32)).isFalse();
    }

    @Test
    void nouveausCopyLaunchMeansWhatItsDriverWants() {
        CopyMethod.LaunchDma launch = new CopyMethod.LaunchDma(0x386);
        assertThat(launch.transferType()).isEqualTo(CopyMethod.LaunchDma.TRANSFER_NON_PIPELINED);
        assertThat(launch.flushes()).isTrue();
        assertThat(launch.isSourcePitch() && launch.isDestinationPitch() && launch.isMultiLine())
                .isTrue();
        assertThat(launch.isSourcePhysical() || launch.isDestinationPhysical() || launch.remaps())
                .isFalse();
    }

    @Test
    void everyReductionHasItsNumber() {
        Set<Reduction> known =
                java.util.stream.IntStream.range(0, 8).mapToObj(Reduction::of).collect(Collectors.toSet());
        assertThat(known).hasSize(8).doesNotContain(Reduction.INVALID);
        assertThat(Reduction.of(8)).isEqualTo(Reduction.INVALID);
    }

    private static Map<String, Integer> offsets(ClassMethod[] methods) {
        return Arrays.stream(methods).collect(Collectors.toMap(ClassMethod::name, ClassMethod::offset));
    }
}
