// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import io.lamella.vgpu.ParameterCatalogue;
import io.lamella.vgpu.VgpuParameters;
import io.lamella.vgpu.type.TypeCatalogue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Compares a node file with what is, and finds the steps between. Looks only. */
final class NodeDiff {
    private final NodeGpus gpus;
    private final NodeVgpus vgpus;
    private final Definitions definitions;
    private final TypeCatalogue types;
    private final NodeFile file;
    private final boolean prune;

    private final List<NodeProblem> problems = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Set<UUID> stopping = new HashSet<>();

    /** GPUs that must be empty for a moment. */
    private final Set<String> cleared = new HashSet<>();

    /**
     * A step, with what is needed to make it and to take it back.
     *
     * @param change for people
     * @param path of the value in the file that wants it, or empty
     * @param uuid of the vGPU, if it is one's
     * @param definition that is to hold for it, for DEFINE and UPDATE, or the one that it has
     * @param gpu settings wanted of a GPU
     */
    record Step(
            Change change,
            String path,
            @Nullable UUID uuid,
            @Nullable VgpuDefinition definition,
            NodeFile.@Nullable Gpu gpu) {
        ChangeAction action() {
            return change.action();
        }
    }

    NodeDiff(NodeParts parts, NodeGpus gpus, NodeVgpus vgpus, NodeFile file, boolean prune) {
        this.gpus = gpus;
        this.vgpus = vgpus;
        this.types = parts.types();
        this.definitions = new Definitions(types, gpus.names());
        this.file = file;
        this.prune = prune;
        if (!NodeFile.API_VERSION.equals(file.apiVersion())) {
            problems.add(new NodeProblem("apiVersion", "this version reads " + NodeFile.API_VERSION + "."));
        }
        if (!NodeFile.KIND.equals(file.kind())) {
            problems.add(new NodeProblem("kind", "this must be " + NodeFile.KIND + "."));
        }
        compareGpus();
        compareVgpus();
        steps.sort(Comparator.comparing(Step::action).thenComparingLong(this::startOrder));
    }

    /** What is wrong with the file itself. */
    List<NodeProblem> problems() {
        return problems;
    }

    List<Step> steps() {
        return steps;
    }

    /** Those that will have been stopped, or deleted, when starts begin. */
    Set<UUID> stopping() {
        return stopping;
    }

    /** The mode that a GPU will have. */
    GpuMode modeOf(GpuEntry gpu) {
        for (NodeFile.Gpu item : file.gpuItems()) {
            if (item != null && gpu.name().equals(item.name()) && item.mode() != null) {
                return item.mode();
            }
        }
        return gpu.mode;
    }

    /** What a GPU will be used for. */
    GpuUse useOf(GpuEntry gpu) {
        for (NodeFile.Gpu item : file.gpuItems()) {
            if (item != null && gpu.name().equals(item.name()) && item.use() != null) {
                return item.use();
            }
        }
        return gpu.use;
    }

    /** How many virtual functions a GPU will let vGPUs have. */
    int functionsOf(GpuEntry gpu) {
        int count = gpu.wantedVirtualFunctions;
        for (NodeFile.Gpu item : file.gpuItems()) {
            Integer wanted = item == null || !gpu.name().equals(item.name()) ? null : item.enabledVirtualFunctions();
            count = wanted == null ? count : wanted;
        }
        return count == GpuConfiguration.ON_DEMAND ? gpu.configuration.totalVirtualFunctions() : count;
    }

    private void compareGpus() {
        Set<String> seen = new HashSet<>();
        List<NodeFile.Gpu> items = file.gpuItems();
        for (int i = 0; i < items.size(); i++) {
            String path = "gpus[" + i + "]";
            NodeFile.Gpu item = items.get(i);
            if (item == null || item.name() == null) {
                problems.add(new NodeProblem(path, "a GPU with a name is needed."));
            } else if (!gpus.names().contains(item.name())) {
                problems.add(new NodeProblem(
                        path + ".name",
                        "this node has no GPU " + Definitions.shown(item.name()) + "; it has "
                                + String.join(", ", gpus.names())
                                + ". A new one goes into the daemon's configuration."));
            } else if (!seen.add(item.name())) {
                problems.add(new NodeProblem(path + ".name", "GPU " + item.name() + " is in the file twice."));
            } else {
                compare(path, gpus.get(item.name()), item);
            }
        }
    }

    private void compare(String path, GpuEntry gpu, NodeFile.Gpu item) {
        if (item.board() != null && !item.board().equals(gpu.configuration.board())) {
            problems.add(new NodeProblem(
                    path + ".board",
                    "GPU " + gpu.name() + " is a " + gpu.configuration.board() + "; that does not change by a file."));
        }
        ByteSize size = item.frameBufferBytes();
        if (size != null && size.bytes() != gpu.settings().frameBufferBytes()) {
            problems.add(new NodeProblem(
                    path + ".frameBufferBytes",
                    "GPU " + gpu.name() + " has " + new ByteSize(gpu.settings().frameBufferBytes())
                            + "; that does not change by a file."));
        }
        if (item.core() != null && !item.core().equals(gpu.configuration.core())) {
            problems.add(new NodeProblem(
                    path + ".core",
                    "GPU " + gpu.name() + " is driven by the core " + gpu.configuration.core()
                            + "; that changes in the daemon's configuration, not by a file."));
        }
        compareUse(path, gpu, item);
        SchedulerDefinition scheduler = item.scheduler();
        if (scheduler != null) {
            compareScheduler(path, gpu, item, scheduler);
        }
        Integer functions = item.enabledVirtualFunctions();
        if (functions != null
                && (functions < GpuConfiguration.ON_DEMAND || functions > gpu.configuration.totalVirtualFunctions())) {
            problems.add(new NodeProblem(
                    path + ".enabledVirtualFunctions",
                    "-1 (on demand) to " + gpu.configuration.totalVirtualFunctions() + " are possible, not " + functions
                            + "."));
        } else if (functions != null && functions != gpu.wantedVirtualFunctions) {
            cleared.add(gpu.name());
            String from = Integer.toString(gpu.wantedVirtualFunctions);
            add(ChangeAction.SET_GPU_VIRTUAL_FUNCTIONS, path, gpu, item, "enabledVirtualFunctions", from, functions);
        }
        if (item.mode() != null && item.mode() != gpu.mode) {
            cleared.add(gpu.name());
            add(
                    ChangeAction.SET_GPU_MODE,
                    path,
                    gpu,
                    item,
                    "mode",
                    gpu.mode.text(),
                    item.mode().text());
        }
    }

    private void compareUse(String path, GpuEntry gpu, NodeFile.Gpu item) {
        GpuUse wanted = item.use();
        if (wanted == null || wanted == gpu.use) {
            return;
        }
        // vGPUs that run there are stopped before; programs and VMs that hold the GPU whole are not this file's to send
        // away.
        List<String> holders = gpu.use == GpuUse.VGPU ? quarantinedOn(gpu) : gpus.holders(gpu);
        if (!holders.isEmpty()) {
            problems.add(new NodeProblem(
                    path + ".use",
                    UseChanges.held(gpu.name(), gpu.use, wanted, holders).sentence()));
            return;
        }
        cleared.add(gpu.name());
        add(ChangeAction.SET_GPU_USE, path, gpu, item, "use", gpu.use.text(), wanted.text());
    }

    private List<String> quarantinedOn(GpuEntry gpu) {
        return vgpus.all().stream()
                .filter(entry -> entry.phase() == VgpuPhase.QUARANTINED
                        && gpu.name().equals(entry.status().gpu()))
                .map(entry -> "vGPU " + entry.name() + " (in quarantine)")
                .toList();
    }

    private void compareScheduler(String path, GpuEntry gpu, NodeFile.Gpu item, SchedulerDefinition wanted) {
        // From a file the policy may be missing, whatever the signature says.
        if (wanted.policy() == null) {
            problems.add(new NodeProblem(
                    path + ".scheduler.policy", "it is missing; there are best-effort, equal-share, fixed-share."));
            return;
        }
        List<NodeProblem> wrong = wanted.problems(path + ".scheduler");
        problems.addAll(wrong);
        if (wrong.isEmpty() && wanted.policy() == SchedulingPolicy.FIXED_SHARE && modeOf(gpu) == GpuMode.MIXED) {
            problems.add(new NodeProblem(
                    path + ".scheduler.policy",
                    "fixed-share is not for a GPU in mixed mode; take another or equal mode."));
        } else if (wrong.isEmpty() && !wanted.normal().equals(gpu.scheduler)) {
            add(
                    ChangeAction.SET_GPU_SCHEDULER,
                    path,
                    gpu,
                    item,
                    "scheduler",
                    gpu.scheduler.describe(),
                    wanted.normal().describe());
        }
    }

    private void add(
            ChangeAction action, String path, GpuEntry gpu, NodeFile.Gpu item, String field, String from, Object to) {
        steps.add(new Step(
                new Change(
                        action,
                        gpu.name(),
                        "Set " + field + " of GPU " + gpu.name() + " from " + from + " to " + to + ".",
                        false,
                        List.of(new Change.Field(field, from, to.toString()))),
                path,
                null,
                null,
                item));
    }

    private void compareVgpus() {
        Map<String, String> names = new HashMap<>();
        Set<UUID> kept = new HashSet<>();
        List<NodeFile.Vgpu> items = file.vgpuItems();
        for (int i = 0; i < items.size(); i++) {
            String path = "vgpus[" + i + "]";
            NodeFile.Vgpu item = items.get(i);
            if (item == null || item.name() == null) {
                problems.add(new NodeProblem(path, "a vGPU with a name and a type is needed."));
                continue;
            }
            String other = names.putIfAbsent(item.name(), path);
            if (other != null) {
                problems.add(new NodeProblem(path + ".name", other + " has the same name."));
                continue;
            }
            List<NodeProblem> wrong = definitions.problems(path, item.definition());
            problems.addAll(wrong);
            VgpuEntry entry = wrong.isEmpty() ? match(path, item) : null;
            if (entry != null && !kept.add(entry.uuid)) {
                problems.add(new NodeProblem(path + ".uuid", "another entry of the file has the same UUID."));
            } else if (wrong.isEmpty()) {
                compare(path, item, entry);
            }
        }
        compareOthers(kept);
    }

    /** The vGPU that an entry of the file is about, or null if it is a new one, or there is a problem. */
    private @Nullable VgpuEntry match(String path, NodeFile.Vgpu item) {
        String name = Objects.requireNonNull(item.name());
        VgpuEntry named = vgpus.named(name);
        VgpuEntry entry = item.uuid() == null ? named : vgpus.find(UUID.fromString(item.uuid()));
        if (entry != null && !entry.name().equals(name)) {
            problems.add(new NodeProblem(
                    path + ".name", "the vGPU with this UUID has the name " + entry.name() + "; names do not change."));
        } else if (named != null && !named.equals(entry)) {
            problems.add(new NodeProblem(
                    path + ".uuid",
                    "there is a vGPU " + name + " with the UUID " + named.uuid
                            + "; leave the UUID out, or delete that one."));
        }
        return entry;
    }

    private static boolean runs(VgpuPhase phase) {
        return phase != VgpuPhase.STOPPED && phase != VgpuPhase.QUARANTINED;
    }

    private void compare(String path, NodeFile.Vgpu item, @Nullable VgpuEntry entry) {
        VgpuDefinition given = item.definition();
        VgpuDefinition wanted = definitions.normal(entry == null ? given : given.withUuid(entry.uuid.toString()));
        VgpuPhase phase = entry == null ? VgpuPhase.STOPPED : entry.phase();
        boolean running = runs(phase);
        boolean run = item.state() == null
                ? running || Boolean.TRUE.equals(wanted.autostart())
                : item.state() == WantedState.RUNNING;
        if (entry == null) {
            step(ChangeAction.DEFINE_VGPU, path, wanted, false, List.of());
            if (run) {
                step(ChangeAction.START_VGPU, path, wanted, false, List.of());
            }
            return;
        }
        VgpuDefinition old = entry.definition;
        boolean again = running && (needsStop(old, wanted) || isOnClearedGpu(entry));
        boolean changes = !old.equals(wanted);
        if (phase == VgpuPhase.QUARANTINED && (changes || run)) {
            problems.add(new NodeProblem(
                    path,
                    "vGPU " + entry.name() + " is in quarantine; clear that first, or leave it stopped and as it is."));
            return;
        }
        if (running && (again || !run)) {
            stop(path, entry);
        }
        if (changes) {
            step(ChangeAction.UPDATE_VGPU, path, wanted, false, fields(old, wanted));
        }
        if (run && (again || !running)) {
            step(ChangeAction.START_VGPU, path, wanted, false, List.of());
        }
    }

    private boolean isOnClearedGpu(VgpuEntry entry) {
        var home = entry.home;
        return home != null && cleared.contains(home.name());
    }

    private void stop(String path, VgpuEntry entry) {
        stopping.add(entry.uuid);
        step(ChangeAction.STOP_VGPU, path, entry.definition, entry.status().attached(), List.of());
    }

    private void step(
            ChangeAction action,
            String path,
            VgpuDefinition definition,
            boolean interrupts,
            List<Change.Field> fields) {
        String name = Objects.requireNonNull(definition.name());
        String verb = action.text().substring(0, action.text().indexOf('-'));
        steps.add(new Step(
                new Change(
                        action,
                        name,
                        verb.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + verb.substring(1) + " vGPU " + name
                                + " (" + definition.type() + ")"
                                + (interrupts ? "; the VM that is attached loses it." : "."),
                        interrupts,
                        fields),
                path,
                UUID.fromString(Objects.requireNonNull(definition.uuid())),
                definition,
                null));
    }

    /** vGPUs that the file does not have. */
    private void compareOthers(Set<UUID> kept) {
        for (VgpuEntry entry : vgpus.all()) {
            if (kept.contains(entry.uuid) || !entry.stored) {
                continue;
            }
            boolean running = runs(entry.phase());
            if (prune && entry.phase() == VgpuPhase.QUARANTINED) {
                problems.add(new NodeProblem(
                        "vgpus", "vGPU " + entry.name() + " is to go and is in quarantine; clear that first."));
            } else if (prune) {
                if (running) {
                    stop("", entry);
                }
                step(ChangeAction.DELETE_VGPU, "", entry.definition, false, List.of());
            } else if (running && isOnClearedGpu(entry)) {
                stop("", entry);
                step(ChangeAction.START_VGPU, "", entry.definition, false, List.of());
            }
        }
    }

    /** Whether a change cannot be made while the vGPU runs. */
    private static boolean needsStop(VgpuDefinition old, VgpuDefinition wanted) {
        if (!wanted.withAutostart(old.autostart())
                .withParameters(old.parameters())
                .equals(old)) {
            return true;
        }
        Map<String, String> before = parameters(old);
        Map<String, String> after = parameters(wanted);
        return ParameterCatalogue.all().stream()
                .anyMatch(one -> !one.whileRunning() && !Objects.equals(before.get(one.name()), after.get(one.name())));
    }

    private static Map<String, String> parameters(VgpuDefinition definition) {
        Map<String, String> given = definition.parameters();
        return ParameterCatalogue.values(
                ParameterCatalogue.parse(given == null ? Map.of() : given, VgpuParameters.DEFAULT));
    }

    private static List<Change.Field> fields(VgpuDefinition old, VgpuDefinition wanted) {
        List<Change.Field> fields = new ArrayList<>();
        field(fields, "gpu", old.gpu(), wanted.gpu());
        field(fields, "type", old.type(), wanted.type());
        field(fields, "placementId", old.placementId(), wanted.placementId());
        field(fields, "vf", old.vf(), wanted.vf());
        field(fields, "autostart", old.autostart(), wanted.autostart());
        Map<String, String> before = old.parameters() == null ? Map.of() : old.parameters();
        Map<String, String> after = wanted.parameters() == null ? Map.of() : wanted.parameters();
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            field(fields, "parameters." + name, before.get(name), after.get(name));
        }
        return fields;
    }

    private static void field(List<Change.Field> fields, String name, @Nullable Object from, @Nullable Object to) {
        if (!Objects.equals(from, to)) {
            fields.add(new Change.Field(name, from == null ? "" : from.toString(), to == null ? "" : to.toString()));
        }
    }

    /** Starts go with the pickiest first: a place, then a GPU, then the largest. Other steps keep their order. */
    private long startOrder(Step step) {
        VgpuDefinition definition = step.definition();
        if (step.action() != ChangeAction.START_VGPU || definition == null) {
            return 0;
        }
        long size = types.find(definition.type())
                .map(type -> type.profileSizeBytes() >> 20)
                .orElse(0L);
        return (definition.placementId() == null ? 1L << 42 : 0)
                + (VgpuDefinition.ANY_GPU.equals(definition.gpu()) ? 1L << 41 : 0)
                - size;
    }
}
