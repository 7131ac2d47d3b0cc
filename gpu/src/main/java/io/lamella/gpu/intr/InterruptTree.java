// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.intr;

import io.lamella.gpu.bank.BankBuilder;
import io.lamella.hw.reg.Vfn;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Leaves, enables and the top of one function. */
public final class InterruptTree {
    /** Vectors are 0 to 255. */
    public static final int VECTOR_COUNT = Vfn.LEAF_COUNT * 32;

    /** Where the tree's level goes. */
    @FunctionalInterface
    public interface Output {
        /**
         * Told of each change, in order, from any thread, and of a level that stays up when the driver arms the top again. Must not wait and
         * not call the tree.
         */
        void set(boolean level);
    }

    private final Object lock = new Object();
    private final AtomicIntegerArray pending = new AtomicIntegerArray(Vfn.LEAF_COUNT);
    private final AtomicIntegerArray enabled = new AtomicIntegerArray(Vfn.LEAF_COUNT);
    private final Output output;
    private volatile int topEnabled;
    private boolean level;

    public InterruptTree(Output output) {
        this.output = output;
    }

    /** Makes a vector pending. @throws IndexOutOfBoundsException if it is not 0 to 255 */
    public void raise(int vector) {
        Objects.checkIndex(vector, VECTOR_COUNT);
        int leaf = Vfn.leafOf(vector);
        synchronized (lock) {
            pending.set(leaf, pending.get(leaf) | Vfn.leafBitOf(vector));
            update();
        }
    }

    /** Whether the output is asserted. */
    public boolean level() {
        synchronized (lock) {
            return level;
        }
    }

    /** The state of power-on. */
    public void reset() {
        synchronized (lock) {
            for (int leaf = 0; leaf < Vfn.LEAF_COUNT; leaf++) {
                pending.set(leaf, 0);
                enabled.set(leaf, 0);
            }
            topEnabled = 0;
            update();
        }
    }

    /** Adds the tree's registers. */
    public void addRegisters(BankBuilder bank) {
        for (int i = 0; i < Vfn.LEAF_COUNT; i++) {
            int leaf = i;
            bank.command(Vfn.LEAF.at(leaf), () -> pending.get(leaf), bits -> clear(leaf, bits));
            bank.command(Vfn.LEAF_EN_SET.at(leaf), () -> enabled.get(leaf), bits -> enable(leaf, bits, 0));
            bank.command(Vfn.LEAF_EN_CLEAR.at(leaf), () -> enabled.get(leaf), bits -> enable(leaf, 0, bits));
        }
        bank.readOnly(Vfn.TOP, this::top);
        bank.command(Vfn.TOP_EN_SET, () -> topEnabled, bits -> enableTop(bits, 0));
        bank.command(Vfn.TOP_EN_CLEAR, () -> topEnabled, bits -> enableTop(0, bits));
        bank.command(Vfn.LEAF_TRIGGER, () -> 0, raw -> trigger(new Vfn.LeafTrigger(raw).vector()));
    }

    private void trigger(int vector) {
        if (vector < VECTOR_COUNT) {
            raise(vector);
        }
    }

    private void clear(int leaf, int bits) {
        synchronized (lock) {
            pending.set(leaf, pending.get(leaf) & ~bits);
            update();
        }
    }

    private void enable(int leaf, int set, int clear) {
        synchronized (lock) {
            enabled.set(leaf, (enabled.get(leaf) | set) & ~clear);
            update();
        }
    }

    private void enableTop(int set, int clear) {
        synchronized (lock) {
            boolean wasUp = level;
            topEnabled = (topEnabled | set) & ~clear;
            update();
            if (set != 0 && wasUp && level) {
                // A driver that armed without disarming first has taken the last message, and something is left.
                output.set(true);
            }
        }
    }

    /** Pending and enabled, by pair of leaves. */
    private int top() {
        int top = 0;
        for (int leaf = 0; leaf < Vfn.LEAF_COUNT; leaf++) {
            if ((pending.get(leaf) & enabled.get(leaf)) != 0) {
                top |= Vfn.topBitOf(leaf);
            }
        }
        return top;
    }

    private void update() {
        boolean now = (top() & topEnabled) != 0;
        if (now != level) {
            level = now;
            output.set(now);
        }
    }
}
