// SPDX-License-Identifier: Apache-2.0
package io.lamella.pci;

/** Where a function's interrupts go. Every method may be called from any thread, returns without waiting and never throws. */
public interface InterruptSink {
    /** Drops everything. */
    InterruptSink NONE = new InterruptSink() {
        @Override
        public void signal(InterruptKind kind, int vector) {}

        @Override
        public void setPin(boolean asserted) {}
    };

    /** One message-signalled interrupt, {@link InterruptKind#MSI} or {@link InterruptKind#MSI_X}. */
    void signal(InterruptKind kind, int vector);

    /** The level of the legacy pin. */
    void setPin(boolean asserted);
}
