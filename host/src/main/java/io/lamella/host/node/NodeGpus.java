// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import io.lamella.host.GpuUser;
import io.lamella.host.HostGpu;
import io.lamella.vgpu.TypeAvailability;
import io.lamella.vgpu.VgpuState;
import io.lamella.vgpu.type.Board;
import io.lamella.vgpu.type.VgpuType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A node's GPUs and what operators do to them. */
final class NodeGpus {
    private final NodeParts parts;
    private final Map<String, GpuEntry> table;
    private Function<UUID, @Nullable VgpuEntry> vgpus = ignored -> null;

    NodeGpus(NodeParts parts) {
        this.parts = parts;
        Map<String, GpuEntry> all = new LinkedHashMap<>();
        Map<String, StoredGpu> stored = parts.store().initialGpus();
        for (GpuConfiguration gpu : parts.configuration().gpus()) {
            Board board = parts.types().board(gpu.board()).orElseThrow();
            GpuEntry entry = new GpuEntry(all.size(), gpu, board);
            StoredGpu set = stored.get(gpu.name());
            if (set != null) {
                entry.restore(set);
            }
            all.put(gpu.name(), entry);
        }
        this.table = Collections.unmodifiableMap(all);
    }

    Set<String> names() {
        return table.keySet();
    }

    Iterable<GpuEntry> all() {
        return table.values();
    }

    List<GpuView> views() {
        return table.values().stream().map(this::view).toList();
    }

    GpuView view(String name) {
        return view(get(name));
    }

    private GpuView view(GpuEntry entry) {
        return entry.view(holders(entry));
    }

    /** How vGPUs are known here; the host below knows UUIDs only. */
    void nameVgpusBy(Function<UUID, @Nullable VgpuEntry> find) {
        vgpus = find;
    }

    /** Who holds a GPU: a few words each. */
    List<String> holders(GpuEntry entry) {
        GpuUser user = entry.user;
        HostGpu host = entry.host;
        if (user == null || host == null) {
            return user == null ? List.of() : user.holders();
        }
        return host.manager().vgpus().stream()
                .map(vgpu -> {
                    VgpuEntry known = vgpus.apply(vgpu.uuid());
                    return "vGPU "
                            + (known == null ? vgpu.uuid().toString() : known.name()) + " ("
                            + vgpu.type().name()
                            + (vgpu.state() == VgpuState.QUARANTINED ? ", in quarantine)" : ")");
                })
                .toList();
    }

    /** @throws NodeException {@code UNKNOWN_GPU} */
    GpuEntry get(String name) {
        GpuEntry entry = table.get(name);
        if (entry == null) {
            throw new NodeException(
                    NodeErrorCode.UNKNOWN_GPU,
                    "There is no GPU " + Definitions.shown(name) + "; this node has "
                            + String.join(", ", table.keySet()) + ".");
        }
        return entry;
    }

    private NodeEvent tell(GpuEntry entry, String kind, boolean audit, String sentence) {
        NodeEvent event = parts.events().append(kind, EventLog.About.gpu(entry.name()), audit, sentence, Map.of());
        entry.revision = event.id();
        return event;
    }

    /** Does one operation on a GPU, alone and if its revision is the expected one. */
    private GpuView operate(String name, String operation, long ifRevision, Consumer<GpuEntry> work) {
        GpuEntry entry = get(name);
        try {
            entry.guard.run(operation, () -> {
                Node.requireRevision("GPU " + name, entry.revision, ifRevision);
                work.accept(entry);
            });
        } catch (RuntimeException e) {
            throw Refusals.of(e);
        }
        return view(entry);
    }

    /** Boots a GPU that is away. @throws NodeException if that fails; it is in phase FAILED then */
    void boot(GpuEntry entry) {
        entry.phase = GpuPhase.STARTING;
        entry.reason = "";
        try {
            entry.take(parts.host().addGpu(entry.settings(), entry.use));
            entry.phase = GpuPhase.RUNNING;
        } catch (RuntimeException e) {
            NodeException why = Refusals.of(e);
            entry.phase = GpuPhase.FAILED;
            entry.reason = why.sentence();
            tell(entry, "gpu-failed", false, "GPU " + entry.name() + " did not start: " + why.sentence());
            throw why;
        }
    }

    void lost(String name, String sentence) {
        GpuEntry entry = table.get(name);
        if (entry != null && entry.phase == GpuPhase.RUNNING) {
            entry.phase = GpuPhase.LOST;
            entry.reason = sentence;
        }
    }

    GpuView add(String name, long ifRevision) {
        return operate(name, "add", ifRevision, entry -> {
            if (entry.phase == GpuPhase.RUNNING) {
                return;
            }
            if (entry.user != null) {
                throw new NodeException(
                        NodeErrorCode.WRONG_STATE,
                        "GPU " + name + " is " + entry.phase.text() + "; remove it first, then add it again.");
            }
            parts.store().put(name, entry.stored(false));
            boot(entry);
            tell(entry, "gpu-added", true, "GPU " + name + " was added again.");
        });
    }

    GpuView remove(String name, long ifRevision) {
        return operate(name, "remove", ifRevision, entry -> {
            if (entry.phase == GpuPhase.REMOVED) {
                return;
            }
            parts.store().put(name, entry.stored(true));
            entry.phase = GpuPhase.REMOVING;
            entry.reason = "It is being removed.";
            if (entry.user != null) {
                parts.host().removeGpu(name);
            }
            entry.take(null);
            entry.phase = GpuPhase.REMOVED;
            entry.reason = "An operator removed it.";
            tell(entry, "gpu-removed", true, "GPU " + name + " was removed, its VMs first.");
        });
    }

    GpuView setUse(String name, GpuUse use, long ifRevision) {
        return operate(name, "change the use of", ifRevision, entry -> {
            GpuUse old = entry.use;
            parts.host().requireSupport(use);
            switch (UseChanges.of(entry.phase, old, use)) {
                case NOTHING_TO_DO -> {
                    return;
                }
                case REFUSE ->
                    throw new NodeException(
                            NodeErrorCode.WRONG_STATE,
                            "GPU " + name + " is " + entry.phase.text() + "; try again when that is done.");
                case KEEP -> keepUse(entry, use);
                case OPEN -> {
                    keepUse(entry, use);
                    boot(entry);
                }
                case CHANGE_WHEN_IDLE -> changeUse(entry, use);
            }
            tell(
                    entry,
                    "gpu-use-set",
                    true,
                    "GPU " + name + " is for " + use.text() + " now; before, it was for " + old.text() + ".");
        });
    }

    private void keepUse(GpuEntry entry, GpuUse use) {
        GpuUse old = entry.use;
        entry.use = use;
        try {
            parts.store().put(entry.name(), entry.stored(entry.phase == GpuPhase.REMOVED));
        } catch (RuntimeException e) {
            entry.use = old;
            throw e;
        }
    }

    /** From one user to the next. If the next one does not start, the old one gets the GPU back. */
    private void changeUse(GpuEntry entry, GpuUse use) {
        String name = entry.name();
        GpuUse old = entry.use;
        GpuPhase before = entry.phase;
        String reason = entry.reason;
        requireIdle(entry, use);
        // Whoever comes from here on finds a GPU that is not there; whoever came just before is seen by the second
        // look.
        entry.phase = GpuPhase.STARTING;
        entry.reason = "It is being given to " + use.text() + ".";
        try {
            requireIdle(entry, use);
            keepUse(entry, use);
        } catch (RuntimeException e) {
            entry.phase = before;
            entry.reason = reason;
            throw e;
        }
        try {
            entry.take(null);
            entry.take(parts.host().changeUse(name, use));
        } catch (RuntimeException | Error e) {
            giveBack(entry, old);
            throw e;
        }
        entry.phase = GpuPhase.RUNNING;
        entry.reason = "";
    }

    private void requireIdle(GpuEntry entry, GpuUse use) {
        List<String> holders = holders(entry);
        if (!holders.isEmpty()) {
            throw UseChanges.held(entry.name(), entry.use, use, holders);
        }
    }

    private void giveBack(GpuEntry entry, GpuUse old) {
        try {
            keepUse(entry, old);
            entry.take(parts.host().changeUse(entry.name(), old));
            entry.phase = GpuPhase.RUNNING;
            entry.reason = "";
        } catch (RuntimeException e) {
            NodeException why = Refusals.of(e);
            entry.take(null);
            parts.host().removeGpu(entry.name());
            entry.phase = GpuPhase.FAILED;
            entry.reason = why.sentence();
            tell(entry, "gpu-failed", false, "GPU " + entry.name() + " did not start again: " + why.sentence());
        }
    }

    GpuView setMode(String name, GpuMode mode, long ifRevision) {
        return operate(name, "set the mode of", ifRevision, entry -> {
            if (entry.mode == mode) {
                return;
            }
            requireNotFixedShareIfMixed(name, mode, entry.scheduler);
            GpuMode old = entry.mode;
            entry.applyMode(mode);
            try {
                parts.store().put(name, entry.stored(entry.phase == GpuPhase.REMOVED));
            } catch (RuntimeException e) {
                entry.applyMode(old);
                throw e;
            }
            tell(entry, "gpu-mode-set", true, "GPU " + name + " is in " + mode.text() + " mode now.");
        });
    }

    private static void requireNotFixedShareIfMixed(String name, GpuMode mode, SchedulerDefinition scheduler) {
        if (mode == GpuMode.MIXED && scheduler.policy() == SchedulingPolicy.FIXED_SHARE) {
            throw new NodeException(
                    NodeErrorCode.MODE_IN_USE,
                    "GPU " + name + " cannot have sizes mixed and fixed shares: the parts would not add up. Take "
                            + "best-effort or equal-share, or equal mode.");
        }
    }

    GpuView setScheduler(String name, SchedulerDefinition wanted, long ifRevision) {
        List<NodeProblem> problems = wanted.problems("");
        if (!problems.isEmpty()) {
            throw new NodeException(
                    NodeErrorCode.INVALID_DEFINITION, "The scheduler's settings are not sound.", problems);
        }
        return operate(name, "set the scheduler of", ifRevision, entry -> {
            SchedulerDefinition normal = wanted.normal();
            if (entry.scheduler.equals(normal)) {
                return;
            }
            requireNotFixedShareIfMixed(name, entry.mode, normal);
            SchedulerDefinition old = entry.scheduler;
            entry.applyScheduler(normal);
            try {
                parts.store().put(name, entry.stored(entry.phase == GpuPhase.REMOVED));
            } catch (RuntimeException e) {
                entry.applyScheduler(old);
                throw e;
            }
            tell(
                    entry,
                    "gpu-scheduler-set",
                    true,
                    "GPU " + name + " schedules by " + normal.policy().text() + " now.");
        });
    }

    GpuView setVirtualFunctions(String name, int count, long ifRevision) {
        return operate(name, "set the virtual functions of", ifRevision, entry -> {
            if (entry.wantedVirtualFunctions == count) {
                return;
            }
            if (count < GpuConfiguration.ON_DEMAND || count > entry.configuration.totalVirtualFunctions()) {
                throw new NodeException(
                        NodeErrorCode.INVALID_DEFINITION,
                        "GPU " + name + " can have 0 to " + entry.configuration.totalVirtualFunctions()
                                + " virtual functions enabled, or -1 for on demand, not " + count + ".");
            }
            int old = entry.wantedVirtualFunctions;
            entry.applyVirtualFunctions(count);
            try {
                parts.store().put(name, entry.stored(entry.phase == GpuPhase.REMOVED));
            } catch (RuntimeException e) {
                entry.applyVirtualFunctions(old);
                throw e;
            }
            tell(
                    entry,
                    "gpu-virtual-functions-set",
                    true,
                    "GPU " + name
                            + (count == GpuConfiguration.ON_DEMAND
                                    ? " enables virtual functions on demand now."
                                    : " has " + count + " virtual functions enabled now."));
        });
    }

    List<TypeView> types(String name) {
        List<TypeView> all = new ArrayList<>();
        for (TypeAvailability one : get(name).running().manager().availability()) {
            VgpuType type = one.type();
            all.add(new TypeView(
                    type.name(),
                    type.id(),
                    type.series().name(),
                    type.board(),
                    type.profileSizeBytes(),
                    type.fbLengthBytes(),
                    type.bar1SizeBytes(),
                    type.maxInstances(),
                    type.heads(),
                    type.maxWidth(),
                    type.maxHeight(),
                    type.fpsLimit(),
                    type.cuda(),
                    one.isCreatable(),
                    one.refusal() == null ? null : Refusals.code(one.refusal()).text(),
                    one.sentence(),
                    one.remaining(),
                    one.placementIds(),
                    one.freePlacementIds()));
        }
        return all;
    }
}
