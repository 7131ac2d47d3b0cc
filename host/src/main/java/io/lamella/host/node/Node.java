// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.core.FirmwareSource;
import io.lamella.host.GpuUse;
import io.lamella.host.HostEvent;
import io.lamella.host.LamellaHost;
import io.lamella.vgpu.type.TypeCatalogue;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A host of vGPUs as an operator sees it: everything that can be asked and done, by names, with plain values.
 *
 * <p>All methods may be called from any thread. Reading never waits for an operation. On one vGPU or GPU there is one operation at a time; a
 * second one is refused with {@code OPERATION_IN_PROGRESS}. Methods that start, stop or reset something return when it is done, which takes
 * a while; they do not hold up what is done to other vGPUs.
 *
 * <p>Every method throws {@link NodeException} when it refuses or fails, and nothing else. Methods that change something take the revision that
 * the caller thinks the object has, or {@link #ANY_REVISION}.
 */
public final class Node implements AutoCloseable {
    /** For callers that do not mind what happened since they looked. */
    public static final long ANY_REVISION = -1;

    private static final Logger LOG = System.getLogger(Node.class.getName());

    private final NodeParts parts;
    private final NodeGpus gpus;
    private final NodeVgpus vgpus;
    private final NodePlans plans;
    private final NodeApply apply;
    private final String startedAt =
            Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    private final List<String> storeReports;
    private volatile boolean closed;

    private Node(NodeConfiguration configuration, TypeCatalogue types, NodeStore store) throws IOException {
        EventLog events =
                new EventLog(Clock.systemUTC(), configuration.eventCapacity(), store::nextNumber, store::journal);
        events.preload(store.initialEvents(), store.lastPossibleNumber());
        LamellaHost.Builder builder = LamellaHost.builder()
                .gpus(0)
                .types(types)
                .listener(this::onHostEvent)
                .socketAccess(configuration.socketAccess());
        Path runtime = configuration.runtimeDirectory();
        if (runtime != null) {
            builder.runtimeDirectory(runtime);
        }
        if (!configuration.firmwareReleases().isEmpty()) {
            builder.firmwareReleases(configuration.firmwareReleases().toArray(String[]::new));
        }
        Path firmware = configuration.firmwareDirectory();
        if (firmware != null) {
            builder.firmware(FirmwareSource.directory(firmware));
        }
        this.parts = new NodeParts(configuration, builder.start(), types, events, store);
        this.gpus = new NodeGpus(parts);
        this.vgpus = new NodeVgpus(parts, gpus);
        gpus.nameVgpusBy(vgpus::find);
        this.apply = new NodeApply(parts, gpus, vgpus);
        this.plans = new NodePlans(gpus, vgpus::find);
        List<String> reports = new ArrayList<>(store.reports());
        reports.addAll(vgpus.load());
        this.storeReports = List.copyOf(reports);
    }

    /**
     * Starts a node: boots its GPUs, then starts the vGPUs that are to run. A GPU or a vGPU that does not start does not keep the others
     * from it; it says why in its view.
     *
     * @throws NodeException {@code INVALID_DEFINITION} if the configuration is not sound, {@code UNAVAILABLE} if a directory cannot be used
     */
    public static Node open(NodeConfiguration configuration) {
        Node node;
        NodeStore store = null;
        try {
            TypeCatalogue types = TypeCatalogue.shipped();
            for (Path file : configuration.typeFiles()) {
                types = types.with(file);
            }
            Configurations.require(configuration, types);
            Path state = configuration.stateDirectory();
            store = state == null ? NodeStore.inMemory() : NodeStore.open(state);
            node = new Node(configuration, types, store);
        } catch (IOException e) {
            close(store);
            throw new NodeException(
                    NodeErrorCode.STORE_FAILED, "The node's directories cannot be used: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            close(store);
            throw Refusals.of(e);
        }
        try {
            node.startAll();
        } catch (RuntimeException | Error e) {
            node.close();
            throw e;
        }
        return node;
    }

    private static void close(@Nullable NodeStore store) {
        if (store != null) {
            store.close();
        }
    }

    private void startAll() {
        parts.events()
                .append(
                        "node-started",
                        EventLog.About.NODE,
                        false,
                        "Node " + parts.configuration().name() + " starts.",
                        Map.of());
        for (String report : storeReports) {
            parts.events().append("store-report", EventLog.About.NODE, true, report, Map.of());
            LOG.log(Level.WARNING, report);
        }
        for (GpuEntry gpu : gpus.all()) {
            try {
                if (gpu.phase != GpuPhase.REMOVED) {
                    gpus.boot(gpu);
                }
            } catch (NodeException e) {
                LOG.log(Level.WARNING, e.getMessage());
            }
        }
        vgpus.startWanted(null);
    }

    static void requireRevision(String what, long is, long expected) {
        if (expected != ANY_REVISION && expected != is) {
            throw new NodeException(
                    NodeErrorCode.REVISION_MISMATCH,
                    what + " has revision " + is + " now, not " + expected + ". Look at it again, then decide.");
        }
    }

    private void onHostEvent(HostEvent event) {
        Map<String, String> details = new TreeMap<>();
        EventLog.About about = switch (event) {
            case HostEvent.GpuStarted started -> {
                details.put("firmwareRelease", started.firmwareRelease());
                details.put("bootMillis", Long.toString(started.bootMillis()));
                yield EventLog.About.gpu(started.gpu());
            }
            case HostEvent.GpuLost lost -> {
                gpus.lost(lost.gpu(), lost.sentence());
                yield EventLog.About.gpu(lost.gpu());
            }
            case HostEvent.GpuSocketOpened opened -> EventLog.About.gpu(opened.gpu());
            case HostEvent.GpuClientAttached attached -> EventLog.About.gpu(attached.gpu());
            case HostEvent.GpuClientGone gone -> EventLog.About.gpu(gone.gpu());
            case HostEvent.GpuSocketClosed closing -> EventLog.About.gpu(closing.gpu());
            case HostEvent.VgpuChanged changed -> {
                details.put("from", text(changed.from()));
                details.put("to", text(changed.to()));
                details.put("type", changed.type());
                yield about(changed.uuid());
            }
            case HostEvent.ChannelFault fault -> {
                details.put("xid", Integer.toString(fault.xid()));
                details.put("channel", Integer.toString(fault.channelId()));
                details.put("engine", fault.engine());
                details.put("total", Long.toString(fault.total()));
                details.put("untold", Long.toString(fault.untold()));
                yield about(fault.uuid());
            }
            case HostEvent.GuestDriverChanged changed -> {
                details.put("driver", text(changed.driver()));
                yield about(changed.uuid());
            }
            case HostEvent.SocketOpened opened -> about(opened.uuid());
            case HostEvent.ClientAttached attached -> about(attached.uuid());
            case HostEvent.ClientGone gone -> about(gone.uuid());
            case HostEvent.SocketClosed gone -> about(gone.uuid());
        };
        NodeEvent told = parts.events().append(kind(event), about, false, event.sentence(), details);
        if (about.vgpu() != null) {
            VgpuEntry entry = vgpus.find(java.util.UUID.fromString(about.vgpu()));
            if (entry != null) {
                entry.revision = told.id();
            }
        }
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String kind(HostEvent event) {
        return event.getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
                .toLowerCase(Locale.ROOT);
    }

    private EventLog.About about(java.util.UUID uuid) {
        VgpuEntry entry = vgpus.find(uuid);
        return entry == null ? new EventLog.About(null, uuid.toString(), null) : entry.about();
    }

    /** The node itself. */
    public NodeView view() {
        List<VgpuView> all = vgpus();
        Map<String, Integer> phases = new LinkedHashMap<>();
        for (VgpuPhase phase : VgpuPhase.values()) {
            int count = (int)
                    all.stream().filter(vgpu -> vgpu.status().phase() == phase).count();
            if (count > 0) {
                phases.put(phase.text(), count);
            }
        }
        Path state = parts.configuration().stateDirectory();
        return new NodeView(
                parts.configuration().name(),
                startedAt,
                parts.host().runtimeDirectory().toString(),
                state == null ? null : state.toString(),
                gpus.names().size(),
                all.size(),
                phases,
                parts.events().oldest(),
                parts.events().newest(),
                storeReports);
    }

    /** All GPUs, in the order of the configuration, those that are away too. */
    public List<GpuView> gpus() {
        return gpus.views();
    }

    /** The GPU with this name. */
    public GpuView gpu(String name) {
        return gpus.view(name);
    }

    /** The types of a GPU's board, whether one more can be had now, and why not. The same types whatever runs. */
    public List<TypeView> types(String gpu) {
        return gpus.types(gpu);
    }

    /**
     * Gives a GPU to another use, and starts the vGPUs that are to run on it if that is vGPUs. Refused while anybody holds it; the refusal says
     * who. Other GPUs do not notice. A GPU that is away takes it up when it is back.
     */
    public GpuView setUse(String gpu, GpuUse use, long ifRevision) {
        requireOpen();
        GpuView _ = gpus.setUse(gpu, use, ifRevision);
        if (use == GpuUse.VGPU) {
            vgpus.startWanted(gpu);
        }
        return gpus.view(gpu);
    }

    /** Cuts a GPU in another way. Refused while it has vGPUs. */
    public GpuView setMode(String gpu, GpuMode mode, long ifRevision) {
        requireOpen();
        return gpus.setMode(gpu, mode, ifRevision);
    }

    /** Sets how a GPU's engines are shared, from now on and after a restart. */
    public GpuView setScheduler(String gpu, SchedulerDefinition scheduler, long ifRevision) {
        requireOpen();
        return gpus.setScheduler(gpu, scheduler, ifRevision);
    }

    /** Enables so many virtual functions, 0 to the most it can have, or {@link GpuConfiguration#ON_DEMAND}. */
    public GpuView setVirtualFunctions(String gpu, int count, long ifRevision) {
        requireOpen();
        return gpus.setVirtualFunctions(gpu, count, ifRevision);
    }

    /** Takes a GPU away, its VMs first. Its vGPUs stay defined, and those that ran run again when it is back. */
    public GpuView removeGpu(String gpu, long ifRevision) {
        requireOpen();
        GpuView view = gpus.remove(gpu, ifRevision);
        vgpus.gpuRemoved(gpu);
        return view;
    }

    /** Brings a GPU back that was removed or did not start. */
    public GpuView addGpu(String gpu, long ifRevision) {
        requireOpen();
        GpuView view = gpus.add(gpu, ifRevision);
        vgpus.startWanted(gpu);
        return view;
    }

    /** What lies where on a GPU. */
    public PlacementsView placements(String gpu) {
        return plans.placements(gpu);
    }

    /**
     * Whether vGPUs of these types would fit beside what runs, where, and if not, what would help. Changes nothing.
     *
     * @param gpu its name, or {@code any}
     * @param types in the order in which they would be started, 1 to 64
     */
    public PlanView plan(String gpu, List<String> types) {
        return plans.plan(gpu, types);
    }

    /** All vGPUs, oldest first, those in quarantine too. */
    public List<VgpuView> vgpus() {
        return vgpus.views();
    }

    /** The vGPU with this UUID or name. */
    public VgpuView vgpu(String uuidOrName) {
        return vgpus.get(uuidOrName).view();
    }

    /** Takes a vGPU into the desired state. It is not started now; it holds nothing of a GPU until it is. */
    public VgpuView define(VgpuDefinition definition) {
        requireOpen();
        return vgpus.define(definition);
    }

    /** Defines a vGPU and starts it. If it does not start, the definition is taken back. */
    public VgpuView create(VgpuDefinition definition) {
        requireOpen();
        return vgpus.create(definition);
    }

    /**
     * Replaces a definition. Name and UUID stay. Type, GPU, placement and virtual function change only while it is stopped; of the parameters
     * of one that runs, only those of the scheduler change, and at once.
     */
    public VgpuView update(String uuidOrName, VgpuDefinition definition, long ifRevision) {
        requireOpen();
        return vgpus.update(uuidOrName, definition, ifRevision);
    }

    /** Replaces the parameters of a vGPU. */
    public VgpuView setParameters(String uuidOrName, Map<String, String> parameters, long ifRevision) {
        requireOpen();
        VgpuDefinition now = vgpus.get(uuidOrName).definition;
        return vgpus.update(uuidOrName, now.withParameters(parameters), ifRevision);
    }

    /** Starts a vGPU; on return a VM can attach. Without effect if it runs. */
    public VgpuView start(String uuidOrName, long ifRevision) {
        requireOpen();
        return vgpus.start(uuidOrName, ifRevision);
    }

    /** Sends its VM away, stops a vGPU and gives back all that it has. Without effect if it is stopped. */
    public VgpuView stop(String uuidOrName, long ifRevision) {
        requireOpen();
        return vgpus.stop(uuidOrName, ifRevision);
    }

    /** Makes a vGPU to which no VM is attached as new: firmware task set back, memory cleared. */
    public VgpuView reset(String uuidOrName, long ifRevision) {
        requireOpen();
        return vgpus.reset(uuidOrName, ifRevision);
    }

    /** Repeats the clean-up of a vGPU in quarantine. If it succeeds the vGPU is stopped, and what it held is free. */
    public VgpuView clearQuarantine(String uuidOrName, long ifRevision) {
        requireOpen();
        return vgpus.clearQuarantine(uuidOrName, ifRevision);
    }

    /** Stops a vGPU and removes its definition. */
    public void delete(String uuidOrName, long ifRevision) {
        requireOpen();
        vgpus.delete(uuidOrName, ifRevision);
    }

    /**
     * Events after {@code since}, oldest first.
     *
     * @param since an event's number; 0 for all that are kept
     * @param limit at most so many
     */
    public EventPage events(long since, int limit) {
        return parts.events().page(since, limit);
    }

    /** The same, but waits for one if there is none yet. The page is empty if the time is over or the node closed. */
    public EventPage awaitEvents(long since, int limit, long timeoutMillis) throws InterruptedException {
        return parts.events().await(since, limit, timeoutMillis);
    }

    /** Tells {@code listener} of every event from here on, in order, on a thread of the node's. It must not wait. */
    public void addListener(Consumer<NodeEvent> listener) {
        parts.events().addListener(listener);
    }

    public void removeListener(Consumer<NodeEvent> listener) {
        parts.events().removeListener(listener);
    }

    /**
     * What applying a file would do, in which order.
     *
     * @param prune whether vGPUs that are not in the file are to be deleted
     */
    public DiffView diff(NodeFile file, boolean prune) {
        try {
            return apply.diff(file, prune);
        } catch (RuntimeException e) {
            throw Refusals.of(e);
        }
    }

    /**
     * Makes the node as a file wants it. First everything is checked, and tried on paper; if that finds a problem nothing is changed. If a
     * change fails, those that were made are taken back, and the report says how that went.
     *
     * @param prune whether vGPUs that are not in the file are to be deleted
     * @param progress told of each change before it is made
     * @throws NodeException {@code INVALID_FILE} or {@code NO_GPU_TAKES_IT} with all problems, {@code OPERATION_IN_PROGRESS} if another file is
     *     being applied
     */
    public ApplyReport apply(NodeFile file, boolean prune, Consumer<Change> progress) {
        requireOpen();
        try {
            return apply.apply(file, prune, progress);
        } catch (RuntimeException e) {
            throw Refusals.of(e);
        }
    }

    /** The node as it is, as a file. Applying it changes nothing. */
    public NodeFile export() {
        return apply.export();
    }

    /** The host below, for what this facade does not show: metrics and probes. Do not create or destroy vGPUs there. */
    public LamellaHost host() {
        return parts.host();
    }

    private void requireOpen() {
        if (closed) {
            throw new NodeException(NodeErrorCode.NODE_CLOSED, "The node is being closed.");
        }
    }

    /** Sends all VMs away and winds everything down. The desired state stays as it is. Never throws. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        parts.host().close();
        parts.events().append("node-stopped", EventLog.About.NODE, false, "The node has stopped.", Map.of());
        parts.events().close();
        parts.store().close();
    }
}
