// SPDX-License-Identifier: Apache-2.0
package io.lamella.vfiouser.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lamella.linux.Errno;
import io.lamella.pci.DmaAccess;
import io.lamella.pci.DmaMap;
import io.lamella.pci.DmaRegion;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract of the example device, without a wire. */
class ExampleDeviceTest {
    private static final long IOVA = 0x1_0000_0000L;

    private final Arena arena = Arena.ofShared();
    private final DmaMap dma = new DmaMap();
    private final List<Integer> signalled = new ArrayList<>();
    private final ExampleDevice device = connected(new ExampleDevice());

    @AfterEach
    void close() {
        device.disconnect();
        device.close();
        arena.close();
    }

    private ExampleDevice connected(ExampleDevice made) {
        made.connect(dma, new InterruptSink() {
            @Override
            public void signal(InterruptKind kind, int vector) {
                assertThat(kind).isEqualTo(InterruptKind.MSI_X);
                signalled.add(vector);
            }

            @Override
            public void setPin(boolean asserted) {
                throw new AssertionError("Nothing raises the pin.");
            }
        });
        return made;
    }

    private static int command(ExampleDevice device, int command, long iova, long length, long iterations) {
        device.writeBar(0, 0x108, 8, iova);
        device.writeBar(0, 0x110, 8, length);
        device.writeBar(0, 0x118, 8, iterations);
        device.writeBar(0, 0x100, 4, command);
        return (int) device.readBar(0, 0x130, 4);
    }

    private static long seedOf(long iterations) {
        return iterations * 0x9e3779b97f4a7c15L;
    }

    private MemorySegment map(long iova, long size, DmaAccess access) {
        MemorySegment memory = arena.allocate(size, 4096);
        dma.map(DmaRegion.of(iova, memory, access));
        return memory;
    }

    @Test
    void identifiesItself() {
        assertThat(device.readConfig(0, 4)).isEqualTo(0xa0c4_1234L);
        assertThat(device.readConfig(8, 4)).isEqualTo(0x0b40_0000L);
        assertThat(device.readConfig(0x2c, 4)).isEqualTo(0x0001_1234L);
        assertThat(device.readConfig(0x3d, 1)).isEqualTo(1);
        assertThat(device.readConfig(0x34, 1)).isEqualTo(0x40);
        assertThat(device.readConfig(0x40, 1)).isEqualTo(0x11);
        assertThat(device.readConfig(0x42, 2)).isEqualTo(15);
        assertThat(device.readConfig(0x44, 4)).isEqualTo(4);
        assertThat(device.readConfig(0x48, 4)).isEqualTo(0x804);
        assertThat(device.readConfig(4096, 4)).isEqualTo(0xffff_ffffL);
        assertThat(device.readConfig(4094, 4)).isEqualTo(0xffff_0000L);
    }

    @Test
    void sizesItsBars() {
        for (int bar = 0; bar < 6; bar++) {
            device.writeConfig(0x10 + 4 * bar, 4, 0xffff_ffffL);
            long size = device.barLayout(bar).sizeBytes();
            assertThat(device.readConfig(0x10 + 4 * bar, 4))
                    .as("BAR %d", bar)
                    .isEqualTo(size == 0 ? 0 : -size & 0xffff_ffffL);
        }
    }

    @Test
    void storesWhatIsWritten() {
        for (int bar : new int[] {0, 2, 4}) {
            device.writeBar(bar, 3, 8, 0x1122_3344_5566_7788L);
            assertThat(device.readBar(bar, 3, 8)).isEqualTo(0x1122_3344_5566_7788L);
            assertThat(device.readBar(bar, 5, 2)).isEqualTo(0x5566);
            long end = device.barLayout(bar).sizeBytes();
            device.writeBar(bar, end - 2, 4, 0x1234_5678);
            assertThat(device.readBar(bar, end - 2, 4)).isEqualTo(0xffff_5678L);
            assertThat(device.readBar(bar, end, 4)).isEqualTo(0xffff_ffffL);
            MemorySegment bytes = MemorySegment.ofArray(new byte[16]);
            device.readBar(bar, end - 2, bytes);
            assertThat(bytes.toArray(ValueLayout.JAVA_BYTE))
                    .startsWith(0x78, 0x56, -1, -1)
                    .endsWith(-1);
        }
        assertThat(device.readBar(1, 0, 4)).isEqualTo(0xffff_ffffL);
    }

    @Test
    void copiesAcrossAdjacentRegions() {
        MemorySegment low = map(IOVA, 8192, DmaAccess.READ_WRITE);
        MemorySegment high = map(IOVA + 8192, 4096, DmaAccess.READ_WRITE);
        byte[] pattern = new byte[12288];
        new Random(1).nextBytes(pattern);
        MemorySegment.copy(pattern, 0, low, ValueLayout.JAVA_BYTE, 0, 8192);
        MemorySegment.copy(pattern, 8192, high, ValueLayout.JAVA_BYTE, 0, 4096);
        long sum = 0;
        MemorySegment words = MemorySegment.ofArray(pattern);
        for (int i = 0; i < 8000; i += 8) {
            sum += words.get(ValueLayout.JAVA_LONG_UNALIGNED, 4000 + i);
        }

        assertThat(command(device, 1, IOVA + 4000, 8000, 3)).isZero();

        assertThat(device.readBar(0, 0x128, 8)).isEqualTo(sum);
        low.fill((byte) 0);
        high.fill((byte) 0);
        assertThat(command(device, 2, IOVA + 4000, 8000, 1)).isZero();
        assertThat(low.asSlice(4000).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(java.util.Arrays.copyOfRange(pattern, 4000, 8192));
        assertThat(low.get(ValueLayout.JAVA_BYTE, 3999)).isZero();
    }

    @Test
    void refusesWhatIsNotMappedOrNotAllowed() {
        map(IOVA, 4096, DmaAccess.READ);
        dma.map(new DmaRegion(IOVA + 4096, 4096, DmaAccess.READ_WRITE, null, -1, 0));
        assertThat(command(device, 1, IOVA, 4096, 1)).isZero();
        assertThat(command(device, 2, IOVA, 4096, 1)).isEqualTo(Errno.EFAULT.number());
        assertThat(command(device, 1, IOVA, 4097, 1)).isEqualTo(Errno.EFAULT.number());
        assertThat(command(device, 1, IOVA - 1, 2, 1)).isEqualTo(Errno.EFAULT.number());
        assertThat(command(device, 1, -4096, 8192, 1)).isEqualTo(Errno.EFAULT.number());
        assertThat(command(device, 6, IOVA, 16384, 1000)).isEqualTo(Errno.EFAULT.number());
    }

    @Test
    void refusesLengthsOutsideOfItsBuffer() {
        map(IOVA, 4096, DmaAccess.READ_WRITE);
        for (int command : new int[] {1, 2, 3, 4, 6, 7}) {
            for (long length : new long[] {0, (64 << 20) + 1, -1, Long.MIN_VALUE}) {
                assertThat(command(device, command, IOVA, length, 1)).isEqualTo(Errno.EINVAL.number());
            }
        }
        for (int command : new int[] {0, 8, -1}) {
            assertThat(command(device, command, IOVA, 8, 1)).isEqualTo(Errno.EINVAL.number());
        }
        assertThat(command(device, 6, IOVA, 3, 1)).isEqualTo(Errno.EINVAL.number());
    }

    @Test
    void fillsAndSums() {
        assertThat(command(device, 7, 0, 4096, 5)).isZero();
        long seed = seedOf(5);
        long sum = 0;
        for (int i = 0; i < 4096; i += 8) {
            sum += seed + i;
        }
        assertThat(device.readBar(0, 0x128, 8)).isEqualTo(sum);
        MemorySegment memory = map(IOVA, 4096, DmaAccess.READ_WRITE);
        assertThat(command(device, 2, IOVA, 4096, 1)).isZero();
        assertThat(memory.get(ValueLayout.JAVA_LONG, 80)).isEqualTo(seed + 80);
    }

    @Test
    void gathersWithItsGenerator() {
        MemorySegment memory = map(IOVA, 65536, DmaAccess.READ);
        Random random = new Random(2);
        for (int i = 0; i < 65536; i += 4) {
            memory.set(ValueLayout.JAVA_INT, i, random.nextInt());
        }
        long x = 88172645463325252L;
        long sum = 0;
        for (int i = 0; i < 1000; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
            sum += Integer.toUnsignedLong(memory.get(ValueLayout.JAVA_INT, Long.remainderUnsigned(x, 16384) * 4));
        }
        assertThat(command(device, 6, IOVA, 65536, 1000)).isZero();
        assertThat(device.readBar(0, 0x128, 8)).isEqualTo(sum);
    }

    @Test
    void signalsTheVectorThatIsAskedFor() {
        for (int vector : new int[] {0, 15}) {
            device.writeBar(0, 0x138, 8, vector);
            device.writeBar(0, 0x100, 4, 5);
            assertThat(device.readBar(0, 0x130, 4)).isZero();
        }
        device.writeBar(0, 0x138, 8, 16);
        device.writeBar(0, 0x100, 4, 5);
        assertThat(device.readBar(0, 0x130, 4)).isEqualTo(Errno.EINVAL.number());
        assertThat(signalled).containsExactly(0, 15);
    }

    @Test
    void onlyAFourByteWriteRunsACommand() {
        device.writeBar(0, 0x100, 8, 5);
        device.writeBar(0, 0x100, 2, 5);
        device.writeBar(0, 0xfe, 4, 5 << 16);
        device.writeBar(0, 0x100, MemorySegment.ofArray(new byte[] {5, 0, 0, 0, 0, 0, 0, 0}));
        assertThat(signalled).isEmpty();
    }

    @Test
    void endsACommandThatTakesTooLong() {
        map(IOVA, 4096, DmaAccess.READ_WRITE);
        device.disconnect();
        try (ExampleDevice hasty = connected(new ExampleDevice(1_000_000))) {
            assertThat(command(hasty, 1, IOVA, 1, -1)).isEqualTo(Errno.ETIMEDOUT.number());
            assertThat(command(hasty, 6, IOVA, 4096, -1)).isEqualTo(Errno.ETIMEDOUT.number());
            hasty.disconnect();
        }
    }

    @Test
    void messageDmaRunsBesideTheServingThread() throws InterruptedException {
        MemorySegment memory = map(IOVA, 4096, DmaAccess.READ_WRITE);
        memory.set(ValueLayout.JAVA_LONG, 8, 42);
        assertThat(command(device, 3, IOVA, 4096, 2)).isIn(0, Errno.EBUSY.number());
        for (int i = 0; i < 1000 && device.readBar(0, 0x130, 4) == Errno.EBUSY.number(); i++) {
            Thread.sleep(5);
        }
        assertThat(device.readBar(0, 0x130, 4)).isZero();
        assertThat(device.readBar(0, 0x128, 8)).isEqualTo(42);
    }

    @Test
    void resetZeroesItsRegistersAndNothingElse() {
        device.writeBar(0, 0, 4, 7);
        device.writeBar(2, 0, 4, 7);
        device.writeConfig(4, 2, 6);
        device.writeConfig(0x69, 1, 0x80);
        assertThat(device.readBar(0, 0, 4)).isZero();
        assertThat(device.readBar(2, 0, 4)).isEqualTo(7);
        assertThat(device.readConfig(4, 2)).isZero();
        device.writeBar(0, 0x100, 4, 5);
        assertThat(signalled).containsExactly(0);
    }

    @Test
    void connectsOnce() {
        assertThatThrownBy(() -> device.connect(dma, InterruptSink.NONE)).isInstanceOf(IllegalStateException.class);
    }
}
