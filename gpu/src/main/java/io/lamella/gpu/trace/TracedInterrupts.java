// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import io.lamella.pci.InterruptKind;
import io.lamella.pci.InterruptSink;

/** Passes a function's interrupts on and says so. */
public record TracedInterrupts(FunctionTrace trace, InterruptSink sink) implements InterruptSink {
    @Override
    public void signal(InterruptKind kind, int vector) {
        trace.interrupt(kind, vector);
        sink.signal(kind, vector);
    }

    @Override
    public void setPin(boolean asserted) {
        trace.interrupt(InterruptKind.INTX, asserted ? 1 : 0);
        sink.setPin(asserted);
    }
}
