// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.CoreOptions;
import io.lamella.core.c.GpuSource;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.pci.DmaAllocator;
import io.lamella.pci.LocalSlot;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.TypeCatalogue;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/**
 * Software GPUs for C programs that open them by name: {@code software} is an L40, {@code software:BOARD} any board that ships. Each opening
 * makes a new one, which goes with its slot.
 */
public final class SoftwareGpuSource implements GpuSource {
    /** An L40. */
    static final String NAME = "software";

    @Override
    public Optional<NamedGpu> open(String spec) {
        if (!spec.equals(NAME) && !spec.startsWith(NAME + ":")) {
            return Optional.empty();
        }
        SoftwareGpu board = spec.equals(NAME)
                ? SoftwareGpu.builder(NAME).build()
                : settings(spec.substring(NAME.length() + 1)).build();
        PciSlot slot = new LocalSlot(board.physicalFunction());
        return Optional.of(new NamedGpu(new OwningSlot(slot, board), ShippedFirmware.source(), CoreOptions.DEFAULT));
    }

    @Override
    public String names() {
        return NAME + " and, with a colon behind that, " + boards();
    }

    private static GpuSettings settings(String board) {
        return TypeCatalogue.shipped()
                .board(board)
                .map(known -> GpuSettings.of(NAME, CoreOptions.DEFAULT.pciAddress(), known))
                .orElseThrow(() -> new IllegalArgumentException(
                        "There is no board \"" + board + "\"; those that ship are " + boards() + "."));
    }

    private static String boards() {
        return TypeCatalogue.shipped().boards().stream().map(Board::name).collect(Collectors.joining(", "));
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
