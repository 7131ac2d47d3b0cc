// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreClock;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreSession;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.GpuGoneException;
import io.lamella.core.VersionRange;
import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.placement.Placement;
import io.lamella.vgpu.placement.PlacementLayout;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementPlan;
import io.lamella.vgpu.placement.PlacementPlanner;
import io.lamella.vgpu.type.TypeCatalogue;
import io.lamella.vgpu.type.VgpuType;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The vGPUs of one GPU. A client of the core like any other; its state is here and nowhere else, so that any number of managers, one for
 * each GPU, live side by side.
 *
 * <p>Methods may be called from any thread. Creating and destroying several vGPUs at a time is fine: the table is locked only while the
 * rules are checked, never while the firmware works.
 */
public final class VgpuManager implements AutoCloseable {
    /** The core interface that this was written for. */
    public static final VersionRange CORE_VERSIONS = VersionRange.only(new ApiVersion(1, 1));

    /** Virtual functions are enabled with the first vGPU that starts and disabled after the last. */
    public static final int ON_DEMAND = -1;

    private static final Logger LOG = System.getLogger(VgpuManager.class.getName());
    private static final Set<CoreCapability> CAPABILITIES = EnumSet.of(
            CoreCapability.GSP_CLIENT,
            CoreCapability.FB_MEMORY,
            CoreCapability.BAR1_MAPPING,
            CoreCapability.CHANNEL_IDS,
            CoreCapability.SR_IOV,
            CoreCapability.VF_DOORBELL);

    // NV2080_ENGINE_TYPE.
    private static final int ENGINE_TYPE_GRAPHICS = 1;
    private static final int ENGINE_TYPE_COPY_0 = 9;
    private static final int COPY_ENGINE_TYPES = 10;

    private final List<VgpuEvent.Listener> listeners = new CopyOnWriteArrayList<>();
    private final CoreSession session;
    private final TypeCatalogue catalogue;
    private final Admission admission;
    private final VirtualFunctions functions;
    private final CreationSteps steps;
    private final CoreClock clock;

    private final Object tableLock = new Object();
    private final Map<UUID, Vgpu> table = new LinkedHashMap<>();
    private PlacementMode mode = PlacementMode.EQUAL_SIZE;
    private String lost = "";
    /** Of the core's event thread. */
    private CoreEvent.@Nullable OsError lastExplanation;

    private boolean closed;

    private VgpuManager(GpuCore core, TypeCatalogue catalogue, VgpuOptions options) {
        this.catalogue = catalogue;
        clock = options.clock();
        // Nothing of this object is used by the listener before attach returns, except for the lists and locks set
        // above.
        this.session = core.attach(new ClientIdentity("vgpu", "0.1"), CORE_VERSIONS, CAPABILITIES, this::onCoreEvent);
        this.functions = new VirtualFunctions(session);
        this.admission = new Admission(session, functions, catalogue.types());
        this.steps = new CreationSteps(session, options, functions, admission.space());
    }

    /**
     * Attaches to a GPU and tells its firmware of the types.
     *
     * @throws io.lamella.core.CoreException if the core refuses, or the firmware refuses the types
     */
    public static VgpuManager open(GpuCore core, TypeCatalogue types, VgpuOptions options) {
        VgpuManager manager = new VgpuManager(core, types, options);
        try {
            PluginControls.addTypes(manager.session, manager.supportedTypes());
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
        return manager;
    }

    /** The GPU. */
    public GpuDescription gpu() {
        return session.gpu();
    }

    /** How full its frame buffer is. */
    public FbUsage fbUsage() {
        return session.fbUsage();
    }

    /** How many of its virtual functions are enabled. */
    public int enabledVirtualFunctions() {
        return session.enabledVirtualFunctions();
    }

    /** All types that are known, those of other boards too. */
    public List<VgpuType> knownTypes() {
        return catalogue.types();
    }

    /** The types of this board. The same whatever runs. */
    public List<VgpuType> supportedTypes() {
        return admission.supported();
    }

    /** Each type of this board, and how many more of it can be had now, or why none. */
    public List<TypeAvailability> availability() {
        List<Vgpu> existing;
        PlacementLayout now;
        synchronized (tableLock) {
            existing = List.copyOf(table.values());
            now = admission.layout(mode, existing);
        }
        return supportedTypes().stream()
                .map(type -> admission.availability(type, now, existing))
                .toList();
    }

    /** What lies where, vGPUs in quarantine too. */
    public PlacementLayout layout() {
        synchronized (tableLock) {
            return admission.layout(mode, table.values());
        }
    }

    /**
     * Whether vGPUs of these types could be had beside those that there are, where they would lie, and if not, what would help. Changes
     * nothing.
     *
     * @param types names, in the order in which they would be created; at most 64
     * @throws VgpuException {@code UNKNOWN_TYPE}, {@code OTHER_BOARD}, {@code UNSUITABLE_TYPE}
     */
    public PlacementPlan plan(List<String> types) {
        List<VgpuType> wanted = types.stream().map(admission::find).toList();
        return PlacementPlanner.plan(layout(), functions.usable(), supportedTypes(), wanted);
    }

    /** How the vGPUs of this GPU may differ. */
    public PlacementMode mode() {
        synchronized (tableLock) {
            return mode;
        }
    }

    /** @throws VgpuException {@code MODE_IN_USE} while there are vGPUs; it says which */
    public void setMode(PlacementMode wanted) {
        synchronized (tableLock) {
            if (mode != wanted && !table.isEmpty()) {
                String all = table.values().stream()
                        .map(vgpu -> vgpu.uuid() + " (" + vgpu.type().name() + ", " + vgpu.state() + ")")
                        .collect(Collectors.joining(", "));
                throw new VgpuException(
                        Reason.MODE_IN_USE,
                        "The GPU at " + gpu().address() + " is in " + mode.label() + " mode and has vGPUs: " + all
                                + ". Release them first; " + wanted.label() + " mode is for an empty GPU.");
            }
            mode = wanted;
        }
    }

    /** How many virtual functions are wanted, or {@link #ON_DEMAND}. */
    public int wantedVirtualFunctions() {
        return functions.wanted();
    }

    /**
     * Enables the first {@code count} virtual functions, for good, or all on demand.
     *
     * @param count up to the GPU's total, or {@link #ON_DEMAND}
     * @throws VgpuException {@code VIRTUAL_FUNCTIONS_IN_USE} if that is another number and a vGPU runs, {@code NO_VIRTUAL_FUNCTION} if
     *     there are not so many
     */
    public void setVirtualFunctions(int count) {
        functions.want(count);
    }

    /** All virtual functions, with what is on them. One without a vGPU is an empty handle. */
    public List<VirtualFunctionInfo> virtualFunctions() {
        int enabled = enabledVirtualFunctions();
        List<Vgpu> all = vgpus();
        List<VirtualFunctionInfo> functions = new ArrayList<>();
        for (VirtualFunction function : gpu().virtualFunctions()) {
            VgpuInfo on = all.stream()
                    .filter(vgpu -> vgpu.function().index() == function.index())
                    .map(Vgpu::info)
                    .findFirst()
                    .orElse(null);
            functions.add(new VirtualFunctionInfo(function, function.index() < enabled, on));
        }
        return functions;
    }

    /**
     * Gives a virtual function a type and reserves the placement. Nothing of the GPU is taken before {@link Vgpu#start}.
     *
     * @throws VgpuException if a rule refuses it
     */
    public Vgpu assign(VgpuSpec spec) {
        Vgpu vgpu = register(spec);
        vgpu.assigned();
        // It may have gone away in between, when there was no state that could say so.
        String why;
        synchronized (tableLock) {
            why = lost;
        }
        if (!why.isEmpty()) {
            vgpu.lost(why);
        }
        return vgpu;
    }

    /**
     * Assigns and starts a vGPU.
     *
     * @throws VgpuException if a rule refuses it, or a step of the start fails; then nothing is left of it, or it is in quarantine
     */
    public Vgpu create(VgpuSpec spec) {
        Vgpu vgpu = assign(spec);
        try {
            vgpu.start();
        } catch (RuntimeException e) {
            if (vgpu.state() != VgpuState.QUARANTINED) {
                vgpu.release();
            }
            throw e;
        }
        return vgpu;
    }

    private Vgpu register(VgpuSpec spec) {
        try {
            return admit(spec);
        } catch (GpuGoneException e) {
            // Noticed here before the event came.
            throw new VgpuException(Reason.GPU_GONE, "No vGPU can be had: " + VgpuException.sentenceOf(e), e);
        }
    }

    private Vgpu admit(VgpuSpec spec) {
        synchronized (tableLock) {
            if (closed) {
                throw new VgpuException(Reason.CLOSED, "The vGPU manager of " + gpu().address() + " is closed.");
            }
            if (!lost.isEmpty()) {
                throw new VgpuException(Reason.GPU_GONE, "No vGPU can be had: " + lost);
            }
            VgpuType type = admission.find(spec.type());
            ParameterCatalogue.check(spec.parameters(), type);
            if (table.containsKey(spec.uuid())) {
                throw new VgpuException(
                        Reason.UUID_IN_USE,
                        "There is a vGPU " + spec.uuid() + " already; give the new one another UUID.");
            }
            PlacementLayout now = admission.layout(mode, table.values());
            Admission.Refusal refusal = admission.refusal(type, now, table.values());
            if (refusal != null) {
                throw refusal.exception();
            }
            Placement placement = admission.choosePlacement(type, spec.placementId(), now);
            VirtualFunction function = admission.chooseFunction(spec.vfIndex(), table.values());
            Parts parts = new Parts(spec.uuid(), type, function, placement, mode, spec.parameters());
            Vgpu vgpu = new Vgpu(session, steps, parts, new GuestWatch(clock), this::tell, this::unregister);
            table.put(spec.uuid(), vgpu);
            return vgpu;
        }
    }

    private void unregister(Vgpu vgpu) {
        synchronized (tableLock) {
            table.remove(vgpu.uuid(), vgpu);
        }
    }

    /** All vGPUs, oldest first, those in quarantine too. */
    public List<Vgpu> vgpus() {
        synchronized (tableLock) {
            return List.copyOf(table.values());
        }
    }

    public Optional<Vgpu> find(UUID uuid) {
        synchronized (tableLock) {
            return Optional.ofNullable(table.get(uuid));
        }
    }

    /** The vGPU with this UUID. @throws VgpuException {@code NOT_FOUND} */
    public Vgpu get(UUID uuid) {
        return find(uuid)
                .orElseThrow(() -> new VgpuException(
                        Reason.NOT_FOUND, "There is no vGPU " + uuid + " on the GPU at " + gpu().address() + "."));
    }

    /** The vGPUs whose clean-up failed; {@link VgpuInfo#reason} says how. */
    public List<Vgpu> quarantined() {
        return vgpus().stream()
                .filter(vgpu -> vgpu.state() == VgpuState.QUARANTINED)
                .toList();
    }

    /** Tells {@code listener} of everything from here on. */
    public void addListener(VgpuEvent.Listener listener) {
        listeners.add(listener);
    }

    public void removeListener(VgpuEvent.Listener listener) {
        listeners.remove(listener);
    }

    private void tell(VgpuEvent event) {
        for (VgpuEvent.Listener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "A listener failed on: " + event.sentence(), e);
            }
        }
    }

    private void onCoreEvent(CoreEvent event) {
        switch (event) {
            case CoreEvent.FunctionGone gone -> lose("The GPU is gone: " + gone.reason() + ".");
            case CoreEvent.FirmwareHalted halted -> lose("The GPU's firmware stopped: " + halted.reason() + ".");
            // The line for a log comes before the error that it explains.
            case CoreEvent.OsError explanation -> lastExplanation = explanation;
            case CoreEvent.ChannelError error -> channelStopped(error);
            case CoreEvent.GuestDriver driver -> {
                Vgpu vgpu = ofFunction(driver.gfid());
                if (vgpu != null) {
                    vgpu.guestDriverChanged(driver.change());
                }
            }
            case CoreEvent.SrIovChanged _, CoreEvent.NonStall _ -> {}
        }
    }

    private void channelStopped(CoreEvent.ChannelError error) {
        CoreEvent.OsError explanation = lastExplanation;
        lastExplanation = null;
        String text = explanation != null
                        && explanation.channelId() == error.channelId()
                        && explanation.exceptionType() == error.exceptionType()
                ? explanation.text()
                : "";
        // Older firmware does not say whose channel it was; the number does.
        Vgpu vgpu = error.gfid() != 0 ? ofFunction(error.gfid()) : ofChannel(error.channelId());
        if (vgpu != null) {
            vgpu.channelStopped(error, engineName(error.engineType()), text);
        }
    }

    private static String engineName(int engineType) {
        if (engineType == ENGINE_TYPE_GRAPHICS) {
            return "GR0";
        }
        int copy = engineType - ENGINE_TYPE_COPY_0;
        return copy >= 0 && copy < COPY_ENGINE_TYPES ? "CE" + copy : "engine type " + engineType;
    }

    private @Nullable Vgpu ofFunction(int gfid) {
        return find(vgpu -> vgpu.function().gfid() == gfid);
    }

    private @Nullable Vgpu ofChannel(int channelId) {
        return find(vgpu -> vgpu.owns(channelId));
    }

    private @Nullable Vgpu find(Predicate<Vgpu> which) {
        synchronized (tableLock) {
            return table.values().stream().filter(which).findFirst().orElse(null);
        }
    }

    private void lose(String reason) {
        List<Vgpu> all;
        synchronized (tableLock) {
            if (!lost.isEmpty()) {
                return;
            }
            lost = reason;
            all = List.copyOf(table.values());
        }
        tell(new VgpuEvent.GpuLost(reason));
        for (Vgpu vgpu : all) {
            vgpu.lost(reason);
        }
    }

    /**
     * Destroys every vGPU, youngest first, and leaves the GPU. Never throws. What cannot be cleaned up is withheld from other clients of
     * the core until the GPU is opened anew.
     */
    @Override
    public void close() {
        List<Vgpu> all;
        synchronized (tableLock) {
            if (closed) {
                return;
            }
            closed = true;
            all = new ArrayList<>(table.values());
        }
        for (Vgpu vgpu : all.reversed()) {
            try {
                vgpu.destroy();
            } catch (VgpuException e) {
                LOG.log(Level.WARNING, e.getMessage());
                vgpu.abandon();
            }
        }
        session.close();
    }
}
