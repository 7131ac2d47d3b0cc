// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.device.Device;
import io.lamella.core.falcon.FalconUnit;
import io.lamella.hw.reg.Falcon;
import io.lamella.hw.reg.Falcons;
import io.lamella.hw.reg.RiscV;
import io.lamella.hw.reg.Vfn;
import io.lamella.hw.reg.Xve;
import java.util.BitSet;
import java.util.function.IntConsumer;

/**
 * The GPU's interrupt tree. {@link #handle} runs on the slot's interrupt thread and only acknowledges and passes on; the core's event thread
 * does the work.
 */
public final class Interrupts {
    private static final int ALL_TOP = 0xf;
    private static final int SWGEN0 = new Falcon.Irq(0).withSwgen0(true).raw();
    private static final int HALT = new Falcon.Irq(0).withHalt(true).raw();
    private static final int VECTORS = Vfn.LEAF_COUNT * 32;

    private final Device device;
    private final boolean rearmsMsi;
    private final FalconUnit gsp;
    private final int gspVector;
    private final BitSet vectors = new BitSet(VECTORS);
    private final Runnable onMessage;
    private final Runnable onHalt;
    private final IntConsumer onNonStall;

    /**
     * @param rearmsMsi whether the next message has to be allowed
     * @param gspVector the GSP's stall vector
     * @param nonStall vectors of engines
     * @param onMessage the GSP has sent something
     * @param onHalt the GSP has halted
     * @param onNonStall a vector of an engine
     */
    public Interrupts(
            Device device,
            boolean rearmsMsi,
            FalconUnit gsp,
            int gspVector,
            BitSet nonStall,
            Runnable onMessage,
            Runnable onHalt,
            IntConsumer onNonStall) {
        this.device = device;
        this.rearmsMsi = rearmsMsi;
        this.gsp = gsp;
        this.gspVector = gspVector;
        this.onMessage = onMessage;
        this.onHalt = onHalt;
        this.onNonStall = onNonStall;
        vectors.or(nonStall);
        vectors.set(gspVector);
    }

    /** Lets interrupts through. */
    public void enable() {
        vectors.stream().forEach(vector -> {
            int bit = Vfn.leafBitOf(vector);
            device.write(Vfn.LEAF.offset(Vfn.leafOf(vector)), bit);
            device.write(Vfn.LEAF_EN_SET.offset(Vfn.leafOf(vector)), bit);
        });
        device.write(Vfn.TOP_EN_SET, ALL_TOP);
    }

    /** Holds them back. */
    public void disable() {
        device.write(Vfn.TOP_EN_CLEAR, ALL_TOP);
        for (int leaf = 0; leaf < Vfn.LEAF_COUNT; leaf++) {
            device.write(Vfn.LEAF_EN_CLEAR.offset(leaf), -1);
        }
    }

    /** Takes an interrupt. */
    public void handle() {
        device.write(Vfn.TOP_EN_CLEAR, ALL_TOP);
        if (rearmsMsi) {
            device.write(Xve.MSI_REARM, 0);
        }
        int top = device.read(Vfn.TOP).raw();
        for (int leaf = 0; leaf < Vfn.LEAF_COUNT; leaf++) {
            if ((top & Vfn.topBitOf(leaf)) != 0) {
                handleLeaf(leaf);
            }
        }
        device.write(Vfn.TOP_EN_SET, ALL_TOP);
    }

    private void handleLeaf(int leaf) {
        int pending = device.read(Vfn.LEAF.offset(leaf));
        for (int vector = vectors.nextSetBit(leaf * 32);
                vector >= 0 && Vfn.leafOf(vector) == leaf;
                vector = vectors.nextSetBit(vector + 1)) {
            int bit = Vfn.leafBitOf(vector);
            if ((pending & bit) != 0) {
                // Cleared first: what arrives while it is handled raises it again.
                device.write(Vfn.LEAF.offset(leaf), bit);
                if (vector == gspVector) {
                    handleGsp();
                } else {
                    onNonStall.accept(vector);
                }
            }
        }
    }

    private void handleGsp() {
        int status =
                gsp.read(Falcon.IRQSTAT).raw() & gsp.readRiscV(RiscV.IRQMASK).raw();
        if ((status & SWGEN0) != 0) {
            gsp.write(Falcon.IRQSCLR, SWGEN0);
            onMessage.run();
        }
        int others = status & ~SWGEN0;
        if (others != 0) {
            gsp.write(Falcon.IRQMCLR, others);
            gsp.write(Falcon.IRQSCLR, others);
        }
        if ((others & HALT) != 0) {
            onHalt.run();
        }
        device.write(Falcon.INTR_RETRIGGER.in(Falcons.GSP.falcon()).offset(0), 1);
    }
}
