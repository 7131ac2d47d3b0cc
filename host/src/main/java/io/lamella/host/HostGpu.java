// SPDX-License-Identifier: Apache-2.0
package io.lamella.host;

import io.lamella.core.CoreOptions;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.c.CoreChoice;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.host.EngineUsage;
import io.lamella.gpu.recording.Recorder;
import io.lamella.gpu.recording.RecordingReader;
import io.lamella.gpu.recording.Replay;
import io.lamella.gpu.recording.ReplayReport;
import io.lamella.gpu.sched.LogEntry;
import io.lamella.gpu.trace.FunctionTap;
import io.lamella.gpu.trace.TraceFeed;
import io.lamella.gpu.trace.TraceFilter;
import io.lamella.pci.PciFunction;
import io.lamella.pci.PciSlot;
import io.lamella.vfio.SocketAcceptor;
import io.lamella.vfio.VfioVgpu;
import io.lamella.vfiouser.server.ServerOptions;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuEvent;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuManager;
import io.lamella.vgpu.VgpuOptions;
import io.lamella.vgpu.VgpuSpec;
import io.lamella.vgpu.VgpuState;
import io.lamella.vgpu.type.TypeCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One GPU of a host that is cut into vGPUs, with everything on it: core, manager and sockets. */
public final class HostGpu implements GpuUser, TraceSource {
    private static final Logger LOG = System.getLogger(HostGpu.class.getName());

    private final String name;
    private final SoftwareGpu board;
    private final PciSlot slot;
    private final GpuCore core;
    private final VgpuManager manager;
    private final Surroundings around;
    private final Map<UUID, VfioVgpu> sockets = new LinkedHashMap<>();
    // Guarded by the sockets.
    private final Map<UUID, Recorder> recorders = new HashMap<>();
    private boolean closed;

    /**
     * What the GPUs of a host share.
     *
     * @param directory for sockets
     * @param acceptor waits at them
     * @param options of the servers behind them
     * @param listener told of everything
     */
    record Surroundings(Path directory, SocketAcceptor acceptor, ServerOptions options, HostEvent.Listener listener) {}

    private HostGpu(
            String name, SoftwareGpu board, PciSlot slot, GpuCore core, VgpuManager manager, Surroundings around) {
        this.name = name;
        this.board = board;
        this.slot = slot;
        this.core = core;
        this.manager = manager;
        this.around = around;
    }

    /** Boots a board that nobody drives, and lets the vGPU manager attach. If that fails the board is left as it was. */
    static HostGpu start(
            SoftwareGpu board,
            Function<SoftwareGpu, PciSlot> slots,
            CoreChoice choice,
            FirmwareSource firmware,
            CoreOptions options,
            TypeCatalogue types,
            VgpuOptions vgpuOptions,
            Surroundings around) {
        long begun = System.nanoTime();
        List<AutoCloseable> made = new ArrayList<>();
        try {
            PciSlot slot = slots.apply(board);
            made.add(slot);
            GpuCore core = choice.open(slot, firmware, options);
            made.add(core);
            VgpuManager manager = VgpuManager.open(core, types, vgpuOptions);
            HostGpu gpu = new HostGpu(board.name(), board, slot, core, manager, around);
            manager.addListener(gpu::onEvent);
            GpuDescription what = core.description();
            long millis = (System.nanoTime() - begun) / 1_000_000;
            around.listener.onEvent(new HostEvent.GpuStarted(
                    gpu.name,
                    what.firmwareRelease(),
                    millis,
                    gpu.name + " (" + what.name() + ", " + what.chip() + ") runs GSP firmware " + what.firmwareRelease()
                            + "."));
            return gpu;
        } catch (RuntimeException | Error e) {
            closeAll(made.reversed());
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public GpuUse use() {
        return GpuUse.VGPU;
    }

    @Override
    public Optional<GpuDescription> description() {
        return Optional.of(core.description());
    }

    @Override
    public List<String> holders() {
        return manager.vgpus().stream()
                .map(vgpu -> "vGPU " + vgpu.uuid() + " (" + vgpu.type().name()
                        + (vgpu.state() == VgpuState.QUARANTINED ? ", in quarantine)" : ")"))
                .toList();
    }

    @Override
    public SoftwareGpu board() {
        return board;
    }

    public GpuCore core() {
        return core;
    }

    public VgpuManager manager() {
        return manager;
    }

    @Override
    public TraceFeed subscribe(UUID uuid, TraceFilter filter) {
        return tap(uuid).trace().feed(filter);
    }

    /** Where a vGPU's function can be watched. @throws VgpuException {@code NOT_FOUND} */
    FunctionTap tap(UUID uuid) {
        FunctionTap tap = board.tap(manager.get(uuid).function().index() + 1);
        if (tap == null) {
            throw new VgpuException(
                    VgpuException.Reason.NOT_FOUND,
                    "The vGPU " + uuid + " is being taken away: its function is empty.");
        }
        return tap;
    }

    /** How its vGPUs share its engines. */
    public SchedulerSettings scheduler() {
        return SchedulerSettings.of(board.engines().policy());
    }

    /**
     * Changes how its vGPUs share its engines, at once, also while VMs work; the slice that runs goes on to its end.
     *
     * @throws IllegalArgumentException if fixed share would promise more than the whole GPU; nothing has changed then
     */
    public void setScheduler(SchedulerSettings settings) {
        board.engines().setPolicy(settings.toPolicy());
    }

    /** The scheduler's last 200 decisions, oldest first. One scheduler serves all runlists of the GPU; entries name functions by GFID. */
    public List<LogEntry> schedulerLog() {
        return board.engines().schedulerLog();
    }

    /**
     * What the engines did for a vGPU since it was started. Read it twice and take {@link EngineUsage#since} for what happened in between; divided by the time
     * between, its busy time is the vGPU's share.
     *
     * @throws VgpuException {@code NOT_FOUND}
     */
    public EngineUsage engineUsage(UUID uuid) {
        EngineUsage usage = board.engineUsage(manager.get(uuid).function().gfid());
        return usage == null ? new EngineUsage(List.of(), 0, 0) : usage;
    }

    private void onEvent(VgpuEvent event) {
        switch (event) {
            case VgpuEvent.StateChanged change ->
                around.listener.onEvent(new HostEvent.VgpuChanged(
                        name,
                        change.uuid(),
                        change.type(),
                        change.from(),
                        change.to(),
                        "vGPU " + change.uuid() + " (" + change.type() + "): " + change.sentence()));
            case VgpuEvent.ChannelFault fault ->
                around.listener.onEvent(new HostEvent.ChannelFault(
                        name,
                        fault.uuid(),
                        fault.type(),
                        fault.xid(),
                        fault.channelId(),
                        fault.engine(),
                        fault.total(),
                        fault.untold(),
                        "vGPU " + fault.uuid() + " (" + fault.type() + "): " + fault.sentence()));
            case VgpuEvent.GuestDriverChanged change ->
                around.listener.onEvent(new HostEvent.GuestDriverChanged(
                        name,
                        change.uuid(),
                        change.type(),
                        change.driver(),
                        "vGPU " + change.uuid() + " (" + change.type() + "): " + change.sentence()));
            case VgpuEvent.GpuLost lost -> {
                around.listener.onEvent(new HostEvent.GpuLost(name, lost.sentence()));
                List<VfioVgpu> all;
                synchronized (sockets) {
                    all = List.copyOf(sockets.values());
                }
                all.forEach(VfioVgpu::lost);
                // Sending the VMs away takes time, and this is the core's event thread.
                Thread.ofVirtual().name(name + " lost").start(() -> all.forEach(vgpu -> closeSocket(vgpu)));
            }
        }
    }

    /**
     * Creates a vGPU and opens its socket.
     *
     * @throws VgpuException if it cannot be created
     * @throws io.lamella.linux.LinuxException if its socket cannot be made; then the vGPU is destroyed again
     */
    public VfioVgpu create(VgpuSpec spec) {
        return create(spec, null);
    }

    /**
     * The same, with everything that drivers do with it recorded in a file, which is complete when the vGPU is gone.
     *
     * @param recording for {@link #replay}; null records nothing
     * @throws UncheckedIOException if that file cannot be made
     */
    public VfioVgpu create(VgpuSpec spec, @Nullable Path recording) {
        Vgpu vgpu = manager.create(spec);
        Path path = around.directory.resolve(spec.uuid() + ".sock");
        VfioVgpu served;
        try {
            served = VfioVgpu.open(
                    vgpu,
                    recording == null ? function(vgpu) : recorder(vgpu, recording),
                    path,
                    around.acceptor,
                    around.options,
                    new Clients(spec.uuid()));
        } catch (RuntimeException | Error e) {
            vgpu.destroy();
            throw e;
        }
        synchronized (sockets) {
            sockets.put(spec.uuid(), served);
        }
        around.listener.onEvent(new HostEvent.SocketOpened(
                spec.uuid(), path.toString(), "vGPU " + spec.uuid() + ": a VM can attach at " + path + "."));
        return served;
    }

    private PciFunction function(Vgpu vgpu) {
        return board.physicalFunction().virtualFunction(vgpu.function().index());
    }

    private Recorder recorder(Vgpu vgpu, Path recording) {
        try {
            Recorder made = Recorder.start(
                    recording,
                    vgpu.type().name(),
                    core.description().firmwareRelease(),
                    function(vgpu),
                    tap(vgpu.uuid()));
            synchronized (sockets) {
                recorders.put(vgpu.uuid(), made);
            }
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("The recording " + recording + " cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a vGPU of the recorded type, does with it what the recorded driver did, and destroys it.
     *
     * @throws VgpuException if there is no such type any more, or no room for it
     * @throws IOException if the recording is damaged
     */
    public ReplayReport replay(RecordingReader recording) throws IOException {
        return replay(recording, recording.header().vgpuType());
    }

    /** The same on a vGPU of a type of one's choice, to see what a driver would have met there. */
    public ReplayReport replay(RecordingReader recording, String type) throws IOException {
        Vgpu vgpu = manager.create(VgpuSpec.of(type));
        try {
            return Replay.run(recording, function(vgpu), tap(vgpu.uuid()), vgpu::reset);
        } finally {
            vgpu.destroy();
        }
    }

    private final class Clients implements VfioVgpu.Listener {
        private final UUID uuid;

        Clients(UUID uuid) {
            this.uuid = uuid;
        }

        @Override
        public void attached(String sentence) {
            around.listener.onEvent(new HostEvent.ClientAttached(uuid, "vGPU " + uuid + ": " + sentence));
        }

        @Override
        public void gone(String sentence) {
            around.listener.onEvent(new HostEvent.ClientGone(uuid, "vGPU " + uuid + ": " + sentence));
        }
    }

    /** The vGPU's end for VMs, if it has one. */
    public Optional<VfioVgpu> served(UUID uuid) {
        synchronized (sockets) {
            return Optional.ofNullable(sockets.get(uuid));
        }
    }

    /**
     * Sends its VM away, if there is one, and destroys a vGPU.
     *
     * @throws VgpuException {@code NOT_FOUND}, or what {@link Vgpu#destroy} throws
     */
    public void destroy(UUID uuid) {
        Vgpu vgpu = manager.get(uuid);
        served(uuid).ifPresent(this::closeSocket);
        vgpu.destroy();
    }

    private void closeSocket(VfioVgpu vgpu) {
        UUID uuid = vgpu.vgpu().uuid();
        vgpu.close();
        boolean mine;
        Recorder recorder;
        synchronized (sockets) {
            mine = sockets.remove(uuid, vgpu);
            recorder = recorders.remove(uuid);
        }
        if (recorder != null) {
            recorder.close();
            String failure = recorder.failure();
            if (failure != null) {
                LOG.log(Level.WARNING, failure);
            }
        }
        if (mine) {
            around.listener.onEvent(new HostEvent.SocketClosed(uuid, "The socket of vGPU " + uuid + " is removed."));
        }
    }

    HostReport.Gpu report() {
        GpuDescription what = core.description();
        List<HostReport.Vgpu> all = new ArrayList<>();
        for (Vgpu vgpu : manager.vgpus()) {
            @Nullable VfioVgpu served = served(vgpu.uuid()).orElse(null);
            all.add(new HostReport.Vgpu(
                    vgpu.info(),
                    served == null ? "" : served.socket().toString(),
                    served != null && served.isAttached()));
        }
        return new HostReport.Gpu(
                name,
                what.chip(),
                what.name(),
                what.address().toString(),
                what.firmwareRelease(),
                what.fbSizeBytes(),
                manager.fbUsage(),
                manager.enabledVirtualFunctions(),
                what.totalVirtualFunctions(),
                all);
    }

    @Override
    public void close() {
        List<VfioVgpu> all;
        synchronized (sockets) {
            if (closed) {
                return;
            }
            closed = true;
            all = List.copyOf(sockets.values());
        }
        all.forEach(this::closeSocket);
        closeAll(List.of(manager, core, slot));
    }

    private static void closeAll(List<? extends AutoCloseable> parts) {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(Level.WARNING, "A part of a GPU did not close.", e);
            }
        }
    }
}
