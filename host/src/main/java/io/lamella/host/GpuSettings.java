// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.PciAddress;
import io.lamella.core.c.CoreChoice;
import io.lamella.gpu.BoardIdentity;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.hw.Chip;
import io.lamella.vgpu.type.Board;
import org.jspecify.annotations.Nullable;

/**
 * A software GPU that a host is to have.
 *
 * @param name unique on the host
 * @param address where it sits
 * @param frameBufferBytes whole MiB; host memory is used only where it is touched
 * @param virtualFunctions that it can have, 1 to 63
 * @param board what it shows itself as, or null for an L40
 * @param core what drives it
 */
public record GpuSettings(
        String name,
        PciAddress address,
        long frameBufferBytes,
        int virtualFunctions,
        @Nullable Board board,
        CoreChoice core) {
    /** An L40. */
    public GpuSettings(String name, PciAddress address, long frameBufferBytes, int virtualFunctions) {
        this(name, address, frameBufferBytes, virtualFunctions, null, CoreChoice.JAVA);
    }

    /** A board with the frame buffer and the virtual functions that it has. */
    public static GpuSettings of(String name, PciAddress address, Board board) {
        return new GpuSettings(name, address, board.fbBytes(), board.virtualFunctions(), board, CoreChoice.JAVA);
    }

    /** The same with a core of one's choice. */
    public GpuSettings withCore(CoreChoice choice) {
        return new GpuSettings(name, address, frameBufferBytes, virtualFunctions, board, choice);
    }

    public GpuSettings {
        if (virtualFunctions < 1 || virtualFunctions > 63) {
            throw new IllegalArgumentException("A GPU has 1 to 63 virtual functions, not " + virtualFunctions + ".");
        }
    }

    SoftwareGpu build() {
        return SoftwareGpu.builder(name)
                .identity(identity())
                .frameBufferBytes(frameBufferBytes)
                .virtualFunctions(virtualFunctions)
                .build();
    }

    private BoardIdentity identity() {
        Board wanted = board;
        return wanted == null
                ? BoardIdentity.L40
                : new BoardIdentity(
                        wanted.chip().equals(Chip.GB202.name()) ? Chip.GB202 : Chip.AD102,
                        wanted.product(),
                        wanted.name(),
                        wanted.id().device(),
                        wanted.subsystem().vendor(),
                        wanted.subsystem().device(),
                        wanted.revision(),
                        wanted.classCode());
    }
}
