// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;

/** A GPU in a slot and the core on it, opened for clauses and closed after them. */
final class Bench implements AutoCloseable {
    private final ContractSubject subject;
    private final VanishingSlot slot;
    private final GpuCore core;

    /** @throws io.lamella.core.CoreException if the core does not open it */
    Bench(ContractSubject subject) {
        this.subject = subject;
        slot = new VanishingSlot(subject.slots().get());
        try {
            core = open(subject.firmware());
        } catch (RuntimeException | Error e) {
            slot.close();
            throw e;
        }
    }

    GpuCore core() {
        return core;
    }

    VanishingSlot slot() {
        return slot;
    }

    CoreOptions options() {
        return subject.options();
    }

    FirmwareSource firmware() {
        return subject.firmware();
    }

    /** Opens the GPU with the core that is checked. */
    GpuCore open(FirmwareSource firmware) {
        return subject.provider().open(slot, firmware, subject.options());
    }

    @Override
    public void close() {
        core.close();
        slot.close();
    }
}
