// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.CoreOptions;
import io.lamella.core.c.GpuSource;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import java.util.Optional;
import java.util.function.IntConsumer;

/** The software GPU for C programs that open it by name. Each opening makes a new one, which goes with its slot. */
public final class SoftwareGpuSource implements GpuSource {
    private static final String NAME = "software";

    @Override
    public Optional<NamedGpu> open(String spec) {
        if (!spec.equals(NAME)) {
            return Optional.empty();
        }
        SoftwareGpu board = SoftwareGpu.builder(NAME).build();
        PciSlot slot = new LocalSlot(board.physicalFunction());
        return Optional.of(new NamedGpu(new OwningSlot(slot, board), ShippedFirmware.source(), CoreOptions.DEFAULT));
    }

    @Override
    public String names() {
        return NAME;
    }

    /** A slot that takes the board with it. */
    private record OwningSlot(PciSlot slot, SoftwareGpu board) implements PciSlot {
        @Override
        public PciFunction function() {
            return slot.function();
        }

        @Override
        public DmaAllocator memory() {
            return slot.memory();
        }

        @Override
        public void onInterrupt(IntConsumer handler) {
            slot.onInterrupt(handler);
        }

        @Override
        public void close() {
            slot.close();
            board.close();
        }
    }
}
