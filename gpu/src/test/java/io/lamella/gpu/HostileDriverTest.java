// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.read;
import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.pci.PciFunction;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver that writes what no driver should. */
class HostileDriverTest {
    private static final int SEC2 = BootDriver.SEC2;

    private final Bench bench = new Bench();

    @AfterEach
    void close() {
        bench.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void survivesTransfersFromNowhereAndToNowhere(boolean mapped) {
        PciFunction pf = bench.attach(bench.pf, mapped);
        write(pf, SEC2 + 0x624, 0x80);
        int[] bases = {0, -1, (int) (Bench.MEMORY >>> 8), (int) ((Bench.MEMORY + Bench.MEMORY_BYTES - 4) >>> 8)};
        for (int target = 0; target < 8; target++) {
            write(pf, SEC2 + 0x600, target);
            for (int base : bases) {
                write(pf, SEC2 + 0x110, base);
                write(pf, SEC2 + 0x128, base);
                for (int offset : new int[] {0, 0xffffff, 0xff00, 0x7fffffff, -1}) {
                    write(pf, SEC2 + 0x114, offset);
                    write(pf, SEC2 + 0x11c, offset);
                    for (int size = 0; size < 8; size++) {
                        write(pf, SEC2 + 0x118, size << 8 | 0x10);
                        write(pf, SEC2 + 0x118, size << 8 | 0x20);
                    }
                }
            }
        }
        new BootDriver(bench, pf).poll(SEC2 + 0x118, 2, 2);
        assertThat(read(pf, 0)).isEqualTo(0x192000a1);
    }

    @Test
    void boundsTheQueueOfTransfers() {
        PciFunction pf = bench.attach(bench.pf, false);
        write(pf, SEC2 + 0x624, 0x80);
        write(pf, SEC2 + 0x600, 5);
        write(pf, SEC2 + 0x110, (int) (Bench.MEMORY >>> 8));
        for (int i = 0; i < 10_000; i++) {
            write(pf, SEC2 + 0x118, 0x614);
        }
        new BootDriver(bench, pf).poll(SEC2 + 0x118, 3, 2);
    }

    @Test
    void waitsForNothingWhenTheOtherSideLeavesDuringALoad() {
        PciFunction pf = bench.attach(bench.pf, false);
        BootDriver driver = new BootDriver(bench, pf);
        driver.writeMeta();
        write(pf, SEC2 + 0x624, 0x80);
        write(pf, SEC2 + 0x600, 5);
        write(pf, SEC2 + 0x110, (int) (Bench.MEMORY >>> 8));
        for (int i = 0; i < 5; i++) {
            write(pf, SEC2 + 0x118, 0x614);
        }
        write(pf, SEC2 + 0x100, 2);
        pf.disconnect();
        assertThat(read(pf, SEC2 + 0x118) & 3).isEqualTo(2);
        assertThat(read(pf, SEC2 + 0x100)).isEqualTo(0x10);
        assertThat(read(pf, SEC2 + 0x040)).isNotZero();
        bench.attach(pf, true);
        driver.boot();
    }

    @Test
    void readsOnesAndDropsWritesOutsideOfBars() {
        PciFunction pf = bench.attach(bench.pf, true);
        assertThat(pf.readBar(0, 16 << 20, 4)).isEqualTo(0xffffffffL);
        assertThat(pf.readBar(0, -4, 4)).isEqualTo(0xffffffffL);
        assertThat(pf.readBar(0, Long.MAX_VALUE, 8)).isEqualTo(-1);
        assertThat(pf.readBar(2, 0, 4)).isEqualTo(0xffffffffL);
        assertThat(pf.readBar(7, 0, 1)).isEqualTo(0xff);
        assertThat(pf.readBar(-1, 0, 1)).isEqualTo(0xff);
        pf.writeBar(0, Long.MIN_VALUE, 8, -1);
        pf.writeBar(6, 0, 8, -1);
        // The last bytes of BAR0 and the first behind it.
        assertThat(pf.readBar(0, (16 << 20) - 2, 4)).isEqualTo(0xffff0000L);
        // Unaligned: BOOT_0 and the zero after it.
        assertThat(pf.readBar(0, 1, 4)).isEqualTo(0x00192000L);
        assertThat(pf.readBar(0, 2, 8)).isEqualTo(0x1920L);
    }

    @Test
    void answersNothingWithoutMemoryDecodingOrInD3() {
        PciFunction pf = bench.pf;
        assertThat(read(pf, 0)).isEqualTo(-1);
        bench.attach(pf, true);
        assertThat(read(pf, 0)).isEqualTo(0x192000a1);
        pf.writeConfig(0x64, 2, 3);
        assertThat(read(pf, 0)).isEqualTo(-1);
        pf.writeConfig(0x64, 2, 0);
        assertThat(read(pf, 0)).isEqualTo(0x192000a1);
    }

    @Test
    void reachesNoMemoryWithoutBusMastering() {
        PciFunction pf = bench.attach(bench.pf, true);
        pf.writeConfig(4, 2, 2);
        BootDriver driver = new BootDriver(bench, pf);
        driver.writeMeta();
        driver.writeFwsecData(0x15);
        assertThat(driver.runFalcon(BootDriver.GSP, 0, 0)).isNotZero();
    }

    @Test
    void survivesRandomRegisterWrites() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        PciFunction pf = bench.attach(bench.pf, false);
        int[] blocks = {
            0, 0x1000, 0x9000, 0x88000, 0x100000, 0x110000, 0x111000, 0x118000, 0x1fa000, 0x300000, 0x700000, 0x820000,
            0x840000, 0x841000, 0xb81000, 0xb82000, 0xb83000, 0xb90000, 0xbb0000
        };
        for (int i = 0; i < 50_000; i++) {
            int offset = blocks[random.nextInt(blocks.length)] + random.nextInt(0x1000);
            int size = 1 << random.nextInt(4);
            if (random.nextBoolean()) {
                pf.writeBar(0, offset, size, random.nextLong());
            } else {
                pf.readBar(0, offset, size);
            }
        }
        pf.reset();
        Bench.enable(pf);
        BootDriver driver = new BootDriver(bench, pf);
        driver.boot();
    }
}
