// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.HostGpu;
import io.lamella.vgpu.ParameterCatalogue;
import io.lamella.vgpu.Vgpu;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.VgpuParameters;
import io.lamella.vgpu.VgpuSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node's vGPUs and what operators do to them. */
final class NodeVgpus {
    private static final int MAX_VGPUS = 4096;

    private final NodeParts parts;
    private final NodeGpus gpus;
    private final Definitions definitions;
    private final Map<UUID, VgpuEntry> table = new ConcurrentHashMap<>();
    private final Map<String, UUID> names = new ConcurrentHashMap<>();

    NodeVgpus(NodeParts parts, NodeGpus gpus) {
        this.parts = parts;
        this.gpus = gpus;
        this.definitions = new Definitions(parts.types(), gpus.names());
    }

    /** Takes in the desired state. @return what is wrong with it, a sentence each */
    List<String> load() {
        List<String> reports = new ArrayList<>();
        parts.store().initialVgpus().forEach((key, stored) -> {
            VgpuDefinition definition = definitions.normal(stored.definition());
            if (!key.equals(definition.uuid())) {
                reports.add("The file vgpus/" + key + ".json defines vGPU " + definition.uuid()
                        + " and should have its name; it is not used.");
                return;
            }
            VgpuEntry entry = new VgpuEntry(UUID.fromString(key), definition, stored.createdAt());
            entry.revision = stored.revision();
            entry.wanted = Boolean.TRUE.equals(definition.autostart());
            entry.stored = true;
            table.put(entry.uuid, entry);
            UUID other = names.putIfAbsent(entry.name(), entry.uuid);
            if (other != null) {
                reports.add("The vGPUs " + other + " and " + entry.uuid + " have the same name, " + entry.name()
                        + "; the second is found by its UUID only.");
            }
        });
        return reports;
    }

    private void store(VgpuEntry entry, VgpuDefinition definition, long revision) {
        parts.store()
                .put(entry.uuid.toString(), new StoredVgpu(StoredVgpu.SCHEMA, entry.createdAt, revision, definition));
    }

    /** By age. */
    List<VgpuEntry> all() {
        return table.values().stream()
                .filter(VgpuEntry::isShown)
                .sorted(Comparator.comparing((VgpuEntry entry) -> entry.createdAt)
                        .thenComparing(VgpuEntry::name))
                .toList();
    }

    List<VgpuView> views() {
        return all().stream().map(VgpuEntry::view).toList();
    }

    @Nullable
    VgpuEntry find(UUID uuid) {
        return table.get(uuid);
    }

    /** @throws NodeException {@code UNKNOWN_VGPU} */
    VgpuEntry get(String uuidOrName) {
        UUID uuid = Definitions.isUuid(uuidOrName) ? UUID.fromString(uuidOrName) : names.get(uuidOrName);
        VgpuEntry entry = uuid == null ? null : table.get(uuid);
        if (entry == null || !entry.isShown()) {
            throw unknown(uuidOrName);
        }
        return entry;
    }

    private static NodeException unknown(String uuidOrName) {
        return new NodeException(
                NodeErrorCode.UNKNOWN_VGPU, "There is no vGPU " + Definitions.shown(uuidOrName) + " on this node.");
    }

    private void tell(VgpuEntry entry, String kind, boolean audit, String sentence) {
        entry.revision = parts.events()
                .append(kind, entry.about(), audit, sentence, Map.of())
                .id();
    }

    /** Does one operation on a vGPU, alone and if its revision is the expected one. */
    private VgpuEntry operate(String uuidOrName, String operation, long ifRevision, Consumer<VgpuEntry> work) {
        VgpuEntry entry = get(uuidOrName);
        try {
            entry.guard.run(operation, () -> {
                if (!entry.equals(table.get(entry.uuid))) {
                    throw unknown(uuidOrName);
                }
                Node.requireRevision("vGPU " + entry.name(), entry.revision, ifRevision);
                work.accept(entry);
            });
        } catch (RuntimeException e) {
            throw Refusals.of(e);
        }
        return entry;
    }

    private VgpuDefinition checked(VgpuDefinition wanted) {
        List<NodeProblem> problems = definitions.problems("", wanted);
        if (!problems.isEmpty()) {
            throw new NodeException(
                    NodeErrorCode.INVALID_DEFINITION,
                    "The vGPU's definition is not sound: " + problems.getFirst()
                            + (problems.size() == 1 ? "" : " And " + (problems.size() - 1) + " more."),
                    problems);
        }
        return definitions.normal(wanted);
    }

    VgpuView define(VgpuDefinition wanted) {
        return add(wanted, now(), ignored -> {}).view();
    }

    /** Brings a definition back that was deleted. */
    void restore(VgpuDefinition old, String createdAt) {
        add(old, createdAt, ignored -> {});
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /** The vGPU with this name, or null. */
    @Nullable
    VgpuEntry named(String name) {
        UUID uuid = names.get(name);
        return uuid == null ? null : table.get(uuid);
    }

    /** Where a vGPU was, to start it there again. */
    record Hint(
            @Nullable String gpu,
            @Nullable Integer placementId,
            @Nullable Integer vf) {
        static final Hint NONE = new Hint(null, null, null);

        static Hint of(@Nullable VgpuEntry entry) {
            if (entry == null) {
                return NONE;
            }
            VgpuStatus status = entry.status();
            return new Hint(status.gpu(), status.placementId(), status.vf());
        }
    }

    VgpuView create(VgpuDefinition wanted) {
        return add(wanted, now(), entry -> startNow(entry, Hint.NONE)).view();
    }

    private VgpuEntry add(VgpuDefinition wanted, String createdAt, Consumer<VgpuEntry> then) {
        VgpuDefinition normal = checked(wanted);
        if (table.size() >= MAX_VGPUS) {
            throw new NodeException(
                    NodeErrorCode.TOO_MANY_VGPUS, "A node has up to " + MAX_VGPUS + " vGPUs; delete some first.");
        }
        VgpuEntry entry = new VgpuEntry(UUID.fromString(Objects.requireNonNull(normal.uuid())), normal, createdAt);
        entry.guard.run("create", () -> {
            claim(entry);
            try {
                store(entry, normal, parts.events().newest());
                entry.stored = true;
                tell(entry, "vgpu-defined", true, "vGPU " + entry.name() + " (" + normal.type() + ") was defined.");
                then.accept(entry);
            } catch (RuntimeException e) {
                if (entry.stored) {
                    withdraw(entry);
                } else {
                    forget(entry);
                }
                throw Refusals.of(e);
            }
        });
        return entry;
    }

    private void claim(VgpuEntry entry) {
        UUID owner = names.putIfAbsent(entry.name(), entry.uuid);
        if (owner != null) {
            throw new NodeException(
                    NodeErrorCode.NAME_IN_USE,
                    "There is a vGPU " + entry.name() + " already (" + owner + "); give the new one another name.");
        }
        if (table.putIfAbsent(entry.uuid, entry) != null) {
            names.remove(entry.name(), entry.uuid);
            throw new NodeException(
                    NodeErrorCode.UUID_IN_USE,
                    "There is a vGPU " + entry.uuid + " already; give the new one another UUID.");
        }
    }

    /** Takes a definition back. What is in quarantine stays in the list until that is cleared. */
    private void withdraw(VgpuEntry entry) {
        parts.store().deleteVgpu(entry.uuid.toString());
        tell(entry, "vgpu-deleted", true, "The definition of vGPU " + entry.name() + " was deleted.");
        entry.stored = false;
        if (!entry.isShown()) {
            forget(entry);
        }
    }

    private void forget(VgpuEntry entry) {
        table.remove(entry.uuid, entry);
        names.remove(entry.name(), entry.uuid);
    }

    VgpuView update(String uuidOrName, VgpuDefinition wanted, long ifRevision) {
        return operate(uuidOrName, "update", ifRevision, entry -> {
                    VgpuDefinition old = entry.definition;
                    VgpuDefinition given = wanted.uuid() == null ? wanted.withUuid(old.uuid()) : wanted;
                    VgpuDefinition normal = checked(given.name() == null ? given.withName(old.name()) : given);
                    requireSame("uuid", old.uuid(), normal.uuid());
                    requireSame("name", old.name(), normal.name());
                    if (old.equals(normal)) {
                        return;
                    }
                    boolean moves = !normal.withAutostart(old.autostart())
                            .withParameters(old.parameters())
                            .equals(old);
                    if (moves && entry.phase() != VgpuPhase.STOPPED) {
                        throw new NodeException(
                                NodeErrorCode.WRONG_STATE,
                                "vGPU " + entry.name() + " is " + entry.phase().text()
                                        + "; its type, GPU, placement and virtual function can be changed only while it"
                                        + " is stopped. Stop it first.");
                    }
                    change(entry, old, normal);
                    // Nobody may see the new definition under the old revision.
                    synchronized (entry) {
                        entry.definition = normal;
                        tell(entry, "vgpu-updated", true, "The definition of vGPU " + entry.name() + " was changed.");
                    }
                })
                .view();
    }

    /** Parameters of a vGPU that runs change at once, or nothing does. */
    private void change(VgpuEntry entry, VgpuDefinition old, VgpuDefinition wanted) {
        Vgpu running = parameters(old).equals(parameters(wanted)) ? null : entry.vgpu();
        if (running != null) {
            running.setParameters(ParameterCatalogue.parse(parameters(wanted), VgpuParameters.DEFAULT));
        }
        try {
            store(entry, wanted, entry.revision);
        } catch (RuntimeException e) {
            if (running != null) {
                running.setParameters(ParameterCatalogue.parse(parameters(old), VgpuParameters.DEFAULT));
            }
            throw e;
        }
    }

    private static void requireSame(String what, @Nullable String old, @Nullable String wanted) {
        if (!Objects.equals(old, wanted)) {
            throw new NodeException(
                    NodeErrorCode.INVALID_DEFINITION,
                    "The " + what + " of a vGPU does not change; define a new one.",
                    List.of(new NodeProblem(what, "it is " + old + " and cannot become " + wanted + ".")));
        }
    }

    VgpuView start(String uuidOrName, long ifRevision) {
        return start(uuidOrName, ifRevision, Hint.NONE);
    }

    VgpuView start(String uuidOrName, long ifRevision, Hint hint) {
        return operate(uuidOrName, "start", ifRevision, entry -> startNow(entry, hint))
                .view();
    }

    /** Called with the entry's guard. Without effect if it runs. */
    private void startNow(VgpuEntry entry, Hint hint) {
        VgpuPhase now = entry.phase();
        if (now == VgpuPhase.RUNNING) {
            return;
        }
        if (now != VgpuPhase.STOPPED) {
            throw new NodeException(
                    NodeErrorCode.WRONG_STATE,
                    "Cannot start: vGPU " + entry.name() + " is " + now.text() + " and must be stopped. "
                            + entry.status().reason());
        }
        try {
            if (!placeAgain(entry, hint)) {
                place(entry);
            }
            entry.wanted = true;
            entry.trouble = "";
        } catch (RuntimeException e) {
            NodeException why = Refusals.of(e);
            entry.trouble = "The last start failed: " + why.sentence();
            tell(entry, "vgpu-start-failed", false, "vGPU " + entry.name() + " did not start: " + why.sentence());
            throw why;
        }
    }

    /** Tries to put it where it was. @return whether it is there */
    private boolean placeAgain(VgpuEntry entry, Hint hint) {
        if (hint.gpu() == null) {
            return false;
        }
        try {
            VgpuDefinition there = entry.definition;
            create(
                    entry,
                    gpus.get(hint.gpu()).running(),
                    new VgpuDefinition(
                            there.name(),
                            there.uuid(),
                            hint.gpu(),
                            there.type(),
                            hint.placementId(),
                            hint.vf(),
                            there.parameters(),
                            there.autostart()));
            return true;
        } catch (NodeException | VgpuException e) {
            if (entry.phase() == VgpuPhase.QUARANTINED) {
                throw e;
            }
            return false;
        }
    }

    private void place(VgpuEntry entry) {
        VgpuDefinition wanted = entry.definition;
        String gpu = Objects.requireNonNull(wanted.gpu());
        if (!gpu.equals(VgpuDefinition.ANY_GPU)) {
            create(entry, gpus.get(gpu).running(), wanted);
            return;
        }
        List<NodeProblem> refusals = new ArrayList<>();
        NodeErrorCode only = null;
        for (GpuEntry candidate : gpus.all()) {
            try {
                create(entry, candidate.running(), wanted);
                return;
            } catch (NodeException | VgpuException e) {
                if (entry.phase() == VgpuPhase.QUARANTINED) {
                    throw e;
                }
                NodeException why = Refusals.of(e);
                only = refusals.isEmpty() || why.code() == only ? why.code() : NodeErrorCode.NO_GPU_TAKES_IT;
                refusals.add(new NodeProblem("gpus." + candidate.name(), why.sentence()));
            }
        }
        throw new NodeException(
                only == null ? NodeErrorCode.NO_GPU_TAKES_IT : only,
                refusals.size() == 1
                        ? refusals.getFirst().sentence()
                        : "None of the " + refusals.size() + " GPUs takes vGPU " + entry.name() + " (" + wanted.type()
                                + ").",
                refusals);
    }

    private static void create(VgpuEntry entry, HostGpu on, VgpuDefinition wanted) {
        HostGpu before = entry.home;
        entry.home = on;
        try {
            on.create(new VgpuSpec(
                    wanted.type(),
                    entry.uuid,
                    optional(wanted.vf()),
                    optional(wanted.placementId()),
                    ParameterCatalogue.parse(parameters(wanted), VgpuParameters.DEFAULT)));
        } catch (RuntimeException e) {
            if (entry.vgpu() == null) {
                entry.home = before;
            }
            throw e;
        }
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static Map<String, String> parameters(VgpuDefinition definition) {
        Map<String, String> parameters = definition.parameters();
        return parameters == null ? Map.of() : parameters;
    }

    VgpuView stop(String uuidOrName, long ifRevision) {
        return operate(uuidOrName, "stop", ifRevision, this::stopNow).view();
    }

    /** Called with the entry's guard. Without effect if it is stopped. */
    private void stopNow(VgpuEntry entry) {
        VgpuPhase now = entry.phase();
        entry.wanted = false;
        entry.trouble = "";
        if (now == VgpuPhase.QUARANTINED) {
            throw new NodeException(
                    NodeErrorCode.WRONG_STATE,
                    "vGPU " + entry.name() + " is in quarantine: "
                            + entry.status().reason() + " Clear the quarantine first.");
        }
        HostGpu on = entry.home;
        if (now != VgpuPhase.STOPPED && on != null) {
            on.destroy(entry.uuid);
        }
        entry.home = null;
    }

    VgpuView reset(String uuidOrName, long ifRevision) {
        return operate(uuidOrName, "reset", ifRevision, entry -> {
                    VgpuStatus now = entry.status();
                    var vgpu = entry.vgpu();
                    if (vgpu == null) {
                        throw new NodeException(
                                NodeErrorCode.WRONG_STATE,
                                "Cannot reset: vGPU " + entry.name() + " is "
                                        + now.phase().text() + ". Start it first.");
                    }
                    if (now.attached()) {
                        throw new NodeException(
                                NodeErrorCode.WRONG_STATE,
                                "Cannot reset: a VM is attached to vGPU " + entry.name()
                                        + ". Reset the VM, which resets the vGPU too, or stop the vGPU.");
                    }
                    vgpu.reset();
                    tell(entry, "vgpu-reset", true, "vGPU " + entry.name() + " was reset.");
                })
                .view();
    }

    VgpuView clearQuarantine(String uuidOrName, long ifRevision) {
        VgpuEntry cleared = operate(uuidOrName, "clear the quarantine of", ifRevision, entry -> {
            var vgpu = entry.vgpu();
            if (vgpu == null || entry.phase() != VgpuPhase.QUARANTINED) {
                throw new NodeException(
                        NodeErrorCode.WRONG_STATE,
                        "vGPU " + entry.name() + " is " + entry.phase().text() + ", not in quarantine.");
            }
            String reason = entry.status().reason();
            vgpu.clearQuarantine("an operator");
            tell(
                    entry,
                    "quarantine-cleared",
                    true,
                    "The quarantine of vGPU " + entry.name() + " was cleared; the reason had been: " + reason);
            entry.home = null;
            if (!entry.stored) {
                forget(entry);
            }
        });
        return cleared.view();
    }

    void delete(String uuidOrName, long ifRevision) {
        operate(uuidOrName, "delete", ifRevision, entry -> {
            stopNow(entry);
            withdraw(entry);
        });
    }

    /** Starts what is to run and does not: at the node's start, or when a GPU is back. Failures are told as events. */
    void startWanted(@Nullable String onlyGpu) {
        for (VgpuEntry entry : all()) {
            String gpu = entry.definition.gpu();
            boolean concerned = onlyGpu == null || VgpuDefinition.ANY_GPU.equals(gpu) || onlyGpu.equals(gpu);
            if (entry.wanted && concerned && entry.phase() == VgpuPhase.STOPPED) {
                try {
                    entry.guard.run("start", () -> startNow(entry, Hint.NONE));
                } catch (NodeException e) {
                    System.getLogger(NodeVgpus.class.getName())
                            .log(System.Logger.Level.DEBUG, "Not started: {0}", e.getMessage());
                }
            }
        }
    }

    /** A GPU is away for good: what was only there for its quarantine goes too. */
    void gpuRemoved(String gpu) {
        for (VgpuEntry entry : table.values()) {
            HostGpu on = entry.home;
            if (on != null && on.name().equals(gpu) && entry.vgpu() == null) {
                entry.home = null;
                entry.trouble = "GPU " + gpu + " was removed.";
                if (!entry.stored) {
                    forget(entry);
                }
            }
        }
    }
}
