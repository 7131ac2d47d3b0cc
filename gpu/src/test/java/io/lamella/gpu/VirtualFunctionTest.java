// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu;

import static io.lamella.gpu.Bench.read;
import static io.lamella.gpu.Bench.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.lamella.gpu.fb.FbRange;
import io.lamella.gpu.fb.FbSegment;
import io.lamella.gpu.mmu.FunctionMemory;
import io.lamella.gpu.port.FunctionShape;
import io.lamella.gpu.port.VirtualFunctionControl;
import io.lamella.hw.Architecture;
import io.lamella.hw.Chip;
import io.lamella.pci.BarLayout;
import io.lamella.pci.InterruptSink;
import io.lamella.pci.PciFunction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtualFunctionTest {
    private static final int SRIOV = 0xbcc;
    private static final long SEGMENT = 256L << 20;
    private static final FunctionShape SHAPE =
            new FunctionShape(Chip.AD102, 0x26b5, 0x10de, 0x176d, 0xa1, 0x030200, SEGMENT, 256 << 20, 32 << 20, true);

    private final Bench bench = new Bench();
    private final List<String> gone = new ArrayList<>();

    @AfterEach
    void close() {
        bench.close();
    }

    private VirtualFunctionControl control() {
        return bench.gsps.getFirst().host.virtualFunctions();
    }

    private void enableFunctions(int count) {
        bench.pf.writeConfig(SRIOV + 0x10, 2, count);
        bench.pf.writeConfig(SRIOV + 8, 2, 9);
    }

    private void activate(int gfid) {
        var segment = bench.gpu.frameBuffer().segment(List.of(new FbRange((gfid - 1) * SEGMENT, SEGMENT)));
        control()
                .activate(
                        gfid,
                        SHAPE,
                        new FunctionMemory(Architecture.ADA, segment, SHAPE.bar1Bytes(), SHAPE.bar2Bytes()),
                        bench::gsp,
                        () -> gone.add("gone " + gfid));
    }

    @Test
    void readsAsOnesAndTakesNothingWhileEmpty() {
        PciFunction vf = bench.pf.virtualFunction(3);
        assertThat(vf).isSameAs(bench.pf.virtualFunction(3));
        enableFunctions(8);
        assertThat(vf.readConfig(0, 4)).isEqualTo(0xffffffffL);
        assertThat(vf.readBar(0, 0, 8)).isEqualTo(-1);
        assertThat(vf.barLayout(0)).isEqualTo(BarLayout.ABSENT);
        vf.writeBar(0, 0x110c00, 4, 1);
        vf.writeConfig(4, 2, 6);
        vf.reset();
        assertThat(bench.gsps).hasSize(1);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bench.pf.virtualFunction(32));
    }

    @Test
    void becomesACompleteFunctionWithAVgpu() {
        bench.attach(bench.pf, true);
        enableFunctions(2);
        PciFunction vf = bench.pf.virtualFunction(1);
        vf.connect(bench.dma(true), bench.sink());
        activate(2);
        Bench.enable(vf);
        assertThat(vf.readConfig(0, 4)).isEqualTo(0x26b510deL);
        assertThat(vf.readConfig(0x2c, 4)).isEqualTo(0x176d10deL);
        assertThat(vf.readConfig(SRIOV, 4)).as("no SR-IOV of its own").isZero();
        assertThat(vf.barLayout(1)).isEqualTo(new BarLayout(256 << 20, true, true));
        assertThat(read(vf, 4)).isZero();
        assertThat(read(vf, 0x1183a4)).isEqualTo(256);
        assertThat(bench.gsps.get(1).host.gfid()).isEqualTo(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> bench.gsps.get(1).host.virtualFunctions());
        write(vf, 0x110c00, 0);
        write(bench.pf, 0xb82200, 2 * 32 + 17);
        assertThat(bench.gsps.get(1).events).containsExactly("doorbell");
        assertThat(bench.gsps.get(0).events).containsExactly("host 81");

        control().deactivate(2);
        assertThat(vf.readConfig(0, 4)).isEqualTo(0xffffffffL);
        assertThat(bench.gsps.get(1).events).endsWith("close");
        assertThat(gone).isEmpty();
        activate(2);
        assertThat(vf.readConfig(4, 2)).as("a new function, at power-on").isZero();
    }

    @Test
    void resetsOneFunctionAndOnlyThat() {
        bench.attach(bench.pf, true);
        new BootDriver(bench, bench.pf).boot();
        enableFunctions(2);
        activate(1);
        activate(2);
        for (int i = 0; i < 2; i++) {
            PciFunction vf = bench.pf.virtualFunction(i);
            bench.attach(vf, true);
            write(vf, 0x1400, 0x1000 + i);
        }
        write(bench.pf, 0x1400, 0x77);
        bench.pf.virtualFunction(0).writeConfig(0x80, 2, 1 << 15);
        Bench.enable(bench.pf.virtualFunction(0));
        assertThat(read(bench.pf.virtualFunction(0), 0x1400)).isZero();
        assertThat(read(bench.pf.virtualFunction(1), 0x1400)).isEqualTo(0x1001);
        assertThat(read(bench.pf, 0x1400)).isEqualTo(0x77);
        assertThat(read(bench.pf, 0x111388) & 0x80).isEqualTo(0x80);
        assertThat(bench.gsps.get(1).events).endsWith("reset");
        assertThat(bench.gsps.get(2).events).isEmpty();
    }

    @Test
    void reachesNoMemoryOutsideOfItsSegment() {
        bench.attach(bench.pf, true);
        enableFunctions(2);
        activate(1);
        activate(2);
        FbSegment board = bench.gpu.frameBuffer().whole();
        for (long at : new long[] {0, SEGMENT - 8, SEGMENT, 2 * SEGMENT - 8, 2 * SEGMENT, (1L << 30) - 8}) {
            board.write(at, 8, 0x5ec2e75ec2e7L + at);
        }
        PciFunction vf = bench.attach(bench.pf.virtualFunction(1), true);
        assertThat(window(vf, 0)).as("its own first word").isEqualTo(0x5ec2e75ec2e7L + SEGMENT);

        int falcon = BootDriver.SEC2;
        write(vf, falcon + 0x624, 0x80);
        write(vf, falcon + 0x600, 4);
        write(vf, falcon + 0x1c0, 0);
        for (long at : new long[] {SEGMENT, 2 * SEGMENT, (1L << 30) - SEGMENT - 8, -8, -SEGMENT, 1L << 39}) {
            assertThat(window(vf, at)).as("PRAMIN at 0x%x", at).isIn(-1L, 0L);
            write(vf, 0x1700, (int) (at >>> 16));
            vf.writeBar(0, 0x700000 + (at & 0xffff), 8, 0xbadL);

            write(vf, falcon + 0x110, (int) (at >>> 8));
            write(vf, falcon + 0x128, (int) (at >>> 40));
            write(vf, falcon + 0x11c, (int) (at & 0xff));
            write(vf, falcon + 0x118, 0x600);
            assertThat(read(vf, falcon + 0x1c4)).as("falcon DMA at 0x%x", at).isIn(-1, 0);
            write(vf, falcon + 0x118, 0x620);
        }
        for (int bar : new int[] {1, 3}) {
            for (long at = 0; at < 32 << 20; at += 1 << 20) {
                vf.writeBar(bar, at, 8, 0xbadL);
            }
        }
        for (long at : new long[] {0, SEGMENT - 8, 2 * SEGMENT, (1L << 30) - 8}) {
            assertThat(board.read(at, 8)).as("memory at 0x%x", at).isEqualTo(0x5ec2e75ec2e7L + at);
        }
    }

    private static long window(PciFunction function, long address) {
        write(function, 0x1700, (int) (address >>> 16));
        return function.readBar(0, 0x700000 + (address & 0xffff), 8);
    }

    @Test
    void losesItsVgpuWhenSriovIsSwitchedOffOrThePfIsReset() {
        bench.attach(bench.pf, true);
        enableFunctions(2);
        activate(1);
        bench.pf.writeConfig(SRIOV + 0x10, 2, 7);
        assertThat(bench.pf.readConfig(SRIOV + 0x10, 2))
                .as("NumVFs is fixed while enabled")
                .isEqualTo(2);
        bench.pf.writeConfig(SRIOV + 8, 2, 0);
        assertThat(gone).containsExactly("gone 1");
        assertThat(control().isActive(1)).isFalse();
        assertThat(bench.pf.virtualFunction(0).readConfig(0, 4)).isEqualTo(0xffffffffL);

        enableFunctions(2);
        activate(2);
        bench.pf.reset();
        assertThat(gone).containsExactly("gone 1", "gone 2");
        assertThat(control().isEnabled(1)).isFalse();
    }

    @Test
    void refusesAVgpuThatCannotBe() {
        bench.attach(bench.pf, true);
        assertThatIllegalStateException().isThrownBy(() -> activate(1)).withMessageContaining("not enabled");
        enableFunctions(1);
        activate(1);
        assertThatIllegalStateException().isThrownBy(() -> activate(1)).withMessageContaining("already");
        assertThatIllegalStateException().isThrownBy(() -> activate(2)).withMessageContaining("not enabled");
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> control().isActive(33));
    }

    @Test
    void survivesLosingItsVgpuUnderAccess() throws InterruptedException {
        bench.attach(bench.pf, true);
        enableFunctions(1);
        PciFunction vf = bench.pf.virtualFunction(0);
        vf.connect(bench.dma(true), InterruptSink.NONE);
        Throwable[] failure = {null};
        Thread server = Thread.ofPlatform().start(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    Bench.enable(vf);
                    vf.writeBar(1, 0x1000, 8, 1);
                    vf.readBar(0, 0x700000, 8);
                    vf.reset();
                }
            } catch (RuntimeException e) {
                failure[0] = e;
            }
        });
        for (int i = 0; i < 200; i++) {
            activate(1);
            control().deactivate(1);
        }
        server.interrupt();
        server.join();
        assertThat(failure[0]).isNull();
    }
}
