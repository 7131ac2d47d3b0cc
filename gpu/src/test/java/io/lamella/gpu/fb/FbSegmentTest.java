// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FbSegmentTest {
    private final HeapFbStore store = new HeapFbStore(1 << 20);
    private final FrameBuffer frameBuffer = new FrameBuffer(store);

    @Test
    void scalarsOfEverySizeAreLittleEndianAndZeroExtended() {
        FbSegment fb = frameBuffer.whole();
        fb.write(0x101, 8, 0x8877665544332211L);
        assertThat(fb.read(0x101, 1)).isEqualTo(0x11);
        assertThat(fb.read(0x107, 2)).isEqualTo(0x8877);
        assertThat(fb.read(0x105, 4)).isEqualTo(0x88776655L);
        assertThat(fb.read(0x101, 8)).isEqualTo(0x8877665544332211L);
        fb.write(0x103, 1, 0xabcd);
        assertThat(fb.readInt(0x101)).isEqualTo(0x44cd2211);
    }

    @Test
    void aSegmentOfPiecesReadsAsOneAndTouchesNothingElse() {
        frameBuffer.whole().fill(0, 1 << 20, (byte) 0xaa);
        FbSegment fb = frameBuffer.segment(
                List.of(new FbRange(0x8000, 0x1000), new FbRange(0x2000, 0x1000), new FbRange(0x20000, 0x2000)));
        assertThat(fb.sizeBytes()).isEqualTo(0x4000);
        fb.write(0xffc, 8, 0x1122334455667788L);
        assertThat(fb.read(0xffc, 8)).isEqualTo(0x1122334455667788L);
        assertThat(frameBuffer.whole().readInt(0x8ffc)).isEqualTo(0x55667788);
        assertThat(frameBuffer.whole().readInt(0x2000)).isEqualTo(0x11223344);
        fb.fill(0, 0x4000, (byte) 0x55);
        for (long at : new long[] {0x7fff, 0x9000, 0x1fff, 0x3000, 0x1ffff, 0x22000}) {
            assertThat(frameBuffer.whole().read(at, 1)).as("byte at 0x%x", at).isEqualTo(0xaa);
        }
        assertThat(fb.physical(0x800, 0x1000)).containsExactly(new FbRange(0x8800, 0x800), new FbRange(0x2000, 0x800));
    }

    @Test
    void noOffsetWhateverItIsLeadsOut() {
        frameBuffer.whole().fill(0, 1 << 20, (byte) 0xaa);
        FbSegment fb = frameBuffer.segment(List.of(new FbRange(0x40000, 0x10000)));
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        long[] edges = {-1, -8, Long.MIN_VALUE, Long.MAX_VALUE, 0x10000, 0x10001, 0xfffc, 0xffff, -0x40000, 0xc0000};
        for (int i = 0; i < 20_000; i++) {
            long offset = i < edges.length ? edges[i] : random.nextLong() >> random.nextInt(64);
            int size = 1 << random.nextInt(4);
            long seen = fb.read(offset, size);
            for (int b = 0; b < size; b++) {
                if (!fb.contains(offset + b, 1)) {
                    assertThat((seen >>> (8 * b)) & 0xff)
                            .as("byte 0x%x, seed %d", offset + b, seed)
                            .isEqualTo(0xff);
                }
            }
            fb.write(offset, size, 0);
        }
        for (long at = 0; at < 1 << 20; at++) {
            if (at < 0x40000 || at >= 0x50000) {
                assertThat(frameBuffer.whole().read(at, 1))
                        .as("byte at 0x%x, seed %d", at, seed)
                        .isEqualTo(0xaa);
            }
        }
    }

    @Test
    void bulkOperationsRefuseWhatLeavesTheSegment() {
        FbSegment fb = frameBuffer.segment(List.of(new FbRange(0x40000, 0x1000)));
        MemorySegment buffer = MemorySegment.ofArray(new byte[0x100]);
        assertThatThrownBy(() -> fb.copyTo(0xf80, buffer))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("0x1000 bytes");
        assertThatThrownBy(() -> fb.copyFrom(-0x80, buffer)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> fb.clear(0, 0x1001)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> fb.fill(1, Long.MAX_VALUE, (byte) 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> frameBuffer.whole().copyTo(0, fb, 0xf01, 0x100))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aRevokedSegmentIsOutsideOfItself() {
        FbSegment fb = frameBuffer.segment(List.of(new FbRange(0, 0x1000)));
        fb.writeInt(0, 5);
        fb.revoke();
        fb.writeInt(0, 7);
        assertThat(fb.readInt(0)).isEqualTo(-1);
        assertThat(frameBuffer.whole().readInt(0)).isEqualTo(5);
        assertThatThrownBy(() -> fb.clear(0, 1)).hasMessageContaining("taken away");
    }

    @Test
    void rangesMustFitAndMayNotOverlap() {
        assertThatThrownBy(() -> frameBuffer.segment(List.of(new FbRange(0xff000, 0x2000))))
                .hasMessageContaining("does not fit");
        assertThatThrownBy(() -> frameBuffer.segment(List.of(new FbRange(0, 0x2000), new FbRange(0x1000, 0x1000))))
                .hasMessageContaining("overlap");
        assertThatThrownBy(() -> frameBuffer.segment(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FbRange(Long.MAX_VALUE, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void clearingZeroesPartPagesAndGivesWholePagesBack() {
        FbSegment fb = frameBuffer.whole();
        fb.fill(0, 0x8000, (byte) 0x77);
        fb.clear(0x1234, 0x3000);
        assertThat(store.releasedBytes()).isEqualTo(0x2000);
        assertThat(fb.read(0x1233, 1)).isEqualTo(0x77);
        assertThat(fb.read(0x1234, 1)).isZero();
        assertThat(fb.read(0x4233, 1)).isZero();
        assertThat(fb.read(0x4234, 1)).isEqualTo(0x77);
    }
}
