// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.core.testing.RegisterFunction;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.RiscV;
import io.lamella.hw.reg.Vfn;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptsTest {
    private static final int GSP = 155;
    private static final int ENGINE = 7;
    private static final int OTHER_ENGINE = 70;

    private final RegisterFunction registers = new RegisterFunction();
    private final Device device = registers.device();
    private final List<String> told = new ArrayList<>();
    private final Interrupts interrupts = new Interrupts(
            device,
            true,
            new FalconUnit(device, Falcons.GSP),
            GSP,
            engines(),
            () -> told.add("message"),
            () -> told.add("halt"),
            vector -> told.add("engine " + vector));

    private static BitSet engines() {
        BitSet vectors = new BitSet();
        vectors.set(ENGINE);
        vectors.set(OTHER_ENGINE);
        return vectors;
    }

    private void raise(int... vectors) {
        int top = 0;
        for (int vector : vectors) {
            int leaf = Vfn.leafOf(vector);
            registers.set(Vfn.LEAF.offset(leaf), registers.get(Vfn.LEAF.offset(leaf)) | Vfn.leafBitOf(vector));
            top |= Vfn.topBitOf(leaf);
        }
        registers.set(Vfn.TOP.offset(), top);
    }

    private void gspSays(Falcon.Irq status) {
        registers.set(Falcon.IRQSTAT.in(Falcons.GSP.falcon()).offset(), status.raw());
        registers.set(RiscV.IRQMASK.in(Falcons.GSP.riscv()).offset(), -1);
        raise(GSP);
    }

    @Test
    void anEnginesVectorIsTold() {
        raise(ENGINE, OTHER_ENGINE);
        interrupts.handle();
        assertThat(told).containsExactly("engine 7", "engine 70");
    }

    @Test
    void aVectorNobodyWaitsForIsNotTold() {
        raise(ENGINE + 1);
        interrupts.handle();
        assertThat(told).isEmpty();
    }

    @Test
    void theGspsMessageAndItsHaltAreToldApart() {
        gspSays(new Falcon.Irq(0).withSwgen0(true));
        interrupts.handle();
        assertThat(told).containsExactly("message");
        told.clear();
        gspSays(new Falcon.Irq(0).withSwgen0(true).withHalt(true));
        interrupts.handle();
        assertThat(told).containsExactly("message", "halt");
    }
}
