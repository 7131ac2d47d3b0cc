// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.gpu.SoftwareGpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuException.Reason;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A board, and what drives it. There is one user at a time: the old one has let go of the board before the new one is told of it. This is the
 * one place where that is decided.
 */
final class Seat {
    private final SoftwareGpu board;
    private final GpuSettings settings;
    private volatile @Nullable GpuUser user;
    // Guarded by this.
    private boolean closed;

    /** Builds the board; nobody drives it. */
    Seat(GpuSettings settings) {
        this.settings = settings;
        this.board = settings.build();
    }

    /** How a user of a board is started. */
    interface Starter extends BiFunction<SoftwareGpu, GpuSettings, GpuUser> {}

    String name() {
        return board.name();
    }

    @Nullable
    GpuUser user() {
        return user;
    }

    /**
     * Sends the user away, if there is one, and lets another one have the board. If that one does not start nobody has it.
     *
     * @throws VgpuException {@code CLOSED}
     */
    synchronized GpuUser change(Starter next) {
        if (closed) {
            throw new VgpuException(Reason.CLOSED, "GPU " + name() + " is taken away.");
        }
        letGo();
        GpuUser started = next.apply(board, settings);
        user = started;
        return started;
    }

    private void letGo() {
        GpuUser old = user;
        user = null;
        if (old != null) {
            old.close();
        }
    }

    /** Sends the user away and takes the board out. Never throws. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            letGo();
            board.close();
        }
    }
}
