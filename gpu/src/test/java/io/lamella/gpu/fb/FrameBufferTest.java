// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.fb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FrameBufferTest {
    private static final long GIB = 1L << 30;

    @Test
    void fortyEightGibibytesCostWhatIsTouchedAndClearingReturnsIt() {
        try (FrameBuffer frameBuffer = new FrameBuffer(new SharedFbStore("lamella-test", 48 * GIB))) {
            assertThat(frameBuffer.sizeBytes()).isEqualTo(48 * GIB);
            assertThat(frameBuffer.touchedBytes()).isZero();
            FbSegment top = frameBuffer.segment(List.of(new FbRange(40 * GIB, 8 * GIB)));
            top.writeLong(8 * GIB - 8, 42);
            assertThat(frameBuffer.whole().readLong(48 * GIB - 8)).isEqualTo(42);
            top.fill(0, 4 << 20, (byte) 1);
            assertThat(frameBuffer.touchedBytes()).isBetween(4L << 20, 5L << 20);
            top.clear(0, 8 * GIB);
            assertThat(frameBuffer.touchedBytes()).isZero();
            assertThat(top.readLong(0)).isZero();
            assertThat(top.readLong(8 * GIB - 8)).isZero();
        }
    }
}
