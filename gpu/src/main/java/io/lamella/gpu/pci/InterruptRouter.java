// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.pci;

import io.lamella.gpu.intr.InterruptTree;
import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;

/**
 * Turns the level of a function's interrupt tree into what the driver has chosen in configuration space. The sink is called under the router's
 * lock, so that levels of the pin arrive in order; sinks return without waiting.
 */
final class InterruptRouter implements InterruptTree.Output {
    /** What the driver has switched on. */
    enum Mode {
        /** Nothing may be sent: no bus mastering, or the pin is disabled. */
        OFF,
        PIN,
        MSI,
        MSI_X
    }

    private InterruptSink sink = InterruptSink.NONE;
    private Mode mode = Mode.PIN;
    private boolean level;
    private boolean pin;
    private boolean masked;
    private boolean pendingBit;

    /** From the interrupt tree, in order. */
    @Override
    public synchronized void set(boolean newLevel) {
        level = newLevel;
        if (newLevel) {
            message();
        } else {
            // What was to be said is over: unmasking may not send it any more.
            pendingBit = false;
        }
        updatePin();
    }

    /** The driver is ready for another message: one is sent if the level is still up. */
    synchronized void rearm() {
        if (level) {
            message();
        }
    }

    /** Who comes finds the level that is up: as the pin's, or as a message. */
    synchronized void connect(InterruptSink newSink) {
        sink = newSink;
        updatePin();
        if (level) {
            message();
        }
    }

    /** The pin goes down for the one who leaves. */
    synchronized void disconnect() {
        if (pin) {
            pin = false;
            sink.setPin(false);
        }
        sink = InterruptSink.NONE;
    }

    /** The driver's choice; a level that is up when messages are switched on sends one. */
    synchronized void configure(Mode newMode, boolean newMasked) {
        boolean switched = newMode != mode;
        mode = newMode;
        masked = newMasked;
        updatePin();
        if (switched) {
            pendingBit = false;
            if (level) {
                message();
            }
        } else if (!masked && pendingBit) {
            pendingBit = false;
            message();
        }
    }

    /** Everything forgotten but the sink. The tree resets its level itself. */
    synchronized void reset() {
        mode = Mode.PIN;
        masked = false;
        pendingBit = false;
        updatePin();
    }

    /** Bit 0 of the MSI-X pending bits. */
    synchronized boolean isPending() {
        return pendingBit;
    }

    /** Bit 3 of the status register. */
    synchronized boolean level() {
        return level;
    }

    private void message() {
        switch (mode) {
            case OFF, PIN -> {}
            case MSI -> sink.signal(InterruptKind.MSI, 0);
            case MSI_X -> {
                if (masked) {
                    pendingBit = true;
                } else {
                    sink.signal(InterruptKind.MSI_X, 0);
                }
            }
        }
    }

    private void updatePin() {
        boolean now = level && mode == Mode.PIN && !sink.equals(InterruptSink.NONE);
        if (now != pin) {
            pin = now;
            sink.setPin(now);
        }
    }
}
