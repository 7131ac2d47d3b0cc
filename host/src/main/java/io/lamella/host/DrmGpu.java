// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.c.CoreChoice;
import io.lamella.drm.RenderDevice;
import io.lamella.drm.RenderFile;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.pci.PciSlot;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A GPU for programs on the host: the core drives it, and the DRM peer is the core's client. The peer is a module that an installation may be
 * without, so this class is touched by {@link LamellaHost} alone, and only if it is there.
 */
public final class DrmGpu implements GpuUser {
    private static final Logger LOG = System.getLogger(DrmGpu.class.getName());

    private final SoftwareGpu board;
    private final GpuCore core;
    private final RenderDevice device;
    private final List<AutoCloseable> parts;

    private DrmGpu(SoftwareGpu board, GpuCore core, RenderDevice device, List<AutoCloseable> parts) {
        this.board = board;
        this.core = core;
        this.device = device;
        this.parts = parts;
    }

    /** Boots a board that nobody drives, and lets the DRM peer attach. If that fails the board is left as it was. */
    static DrmGpu start(
            SoftwareGpu board,
            Function<SoftwareGpu, PciSlot> slots,
            CoreChoice choice,
            FirmwareSource firmware,
            CoreOptions options,
            HostEvent.Listener listener) {
        long begun = System.nanoTime();
        List<AutoCloseable> made = new ArrayList<>();
        try {
            PciSlot slot = slots.apply(board);
            made.add(slot);
            GpuCore core = choice.open(slot, firmware, options);
            made.add(core);
            made.add(core.attach(
                    new ClientIdentity("host", "1"),
                    RenderDevice.CORE_VERSIONS,
                    Set.of(),
                    event -> tell(board.name(), event, listener)));
            RenderDevice device = RenderDevice.open(core);
            made.add(device);
            GpuDescription what = core.description();
            listener.onEvent(new HostEvent.GpuStarted(
                    board.name(),
                    what.firmwareRelease(),
                    (System.nanoTime() - begun) / 1_000_000,
                    board.name() + " (" + what.name() + ", " + what.chip() + ") runs GSP firmware "
                            + what.firmwareRelease() + " for the DRM peer."));
            return new DrmGpu(board, core, device, made);
        } catch (RuntimeException | Error e) {
            closeAll(made);
            throw e;
        }
    }

    private static void tell(String name, CoreEvent event, HostEvent.Listener listener) {
        switch (event) {
            case CoreEvent.FunctionGone gone ->
                listener.onEvent(new HostEvent.GpuLost(name, "The GPU is gone: " + gone.reason() + "."));
            case CoreEvent.FirmwareHalted halted ->
                listener.onEvent(
                        new HostEvent.GpuLost(name, "The GPU's firmware no longer runs: " + halted.reason() + "."));
            case CoreEvent.NonStall ignored -> {}
            case CoreEvent.ChannelError ignored -> {}
            case CoreEvent.SrIovChanged ignored -> {}
            case CoreEvent.OsError ignored -> {}
            case CoreEvent.GuestDriver ignored -> {}
        }
    }

    @Override
    public String name() {
        return board.name();
    }

    @Override
    public GpuUse use() {
        return GpuUse.DRM;
    }

    @Override
    public SoftwareGpu board() {
        return board;
    }

    @Override
    public Optional<GpuDescription> description() {
        return Optional.of(core.description());
    }

    /** The GPU as a render device: open a file to use it. Close what you open; the GPU cannot go to another use before. */
    public RenderDevice device() {
        return device;
    }

    @Override
    public List<String> holders() {
        return device.files().stream()
                .map(RenderFile::name)
                .map(name -> "the render file " + name)
                .toList();
    }

    @Override
    public void close() {
        closeAll(parts);
    }

    private static void closeAll(List<AutoCloseable> parts) {
        for (AutoCloseable part : parts.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(Level.WARNING, "A part of a GPU did not close.", e);
            }
        }
    }
}
