// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.GpuUse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;

/** Makes a node as a file wants it: validates all, plans, applies, verifies, and takes everything back if something fails. */
final class NodeApply {
    private final NodeParts parts;
    private final NodeGpus gpus;
    private final NodeVgpus vgpus;
    private final Guard guard = new Guard("a file to the node");

    /** What was done and how to take it back. */
    private record Undo(Change change, Runnable action) {}

    NodeApply(NodeParts parts, NodeGpus gpus, NodeVgpus vgpus) {
        this.parts = parts;
        this.gpus = gpus;
        this.vgpus = vgpus;
    }

    DiffView diff(NodeFile file, boolean prune) {
        NodeDiff diff = new NodeDiff(parts, gpus, vgpus, file, prune);
        List<NodeProblem> problems = problems(diff);
        List<Change> changes = diff.steps().stream().map(NodeDiff.Step::change).toList();
        String sentence = !problems.isEmpty()
                ? "The file would be refused: " + problems.getFirst()
                : changes.isEmpty()
                        ? "Everything is as the file wants it."
                        : changes.size() + " changes would be made.";
        return new DiffView(changes, problems, sentence);
    }

    private List<NodeProblem> problems(NodeDiff diff) {
        return diff.problems().isEmpty() ? new NodeFit(parts, gpus, diff).problems(diff.steps()) : diff.problems();
    }

    ApplyReport apply(NodeFile file, boolean prune, Consumer<Change> progress) {
        ApplyReport[] report = new ApplyReport[1];
        guard.run("apply", () -> report[0] = applyAlone(file, prune, progress));
        return Objects.requireNonNull(report[0]);
    }

    private ApplyReport applyAlone(NodeFile file, boolean prune, Consumer<Change> progress) {
        NodeDiff diff = new NodeDiff(parts, gpus, vgpus, file, prune);
        refuse(NodeErrorCode.INVALID_FILE, diff.problems());
        refuse(NodeErrorCode.NO_GPU_TAKES_IT, problems(diff));
        if (diff.steps().isEmpty()) {
            return new ApplyReport(
                    ApplyReport.Outcome.UNCHANGED, "Everything was as the file wants it.", List.of(), List.of(), null);
        }
        List<ApplyReport.Step> done = new ArrayList<>();
        Deque<Undo> undo = new ArrayDeque<>();
        try {
            for (NodeDiff.Step step : diff.steps()) {
                progress.accept(step.change());
                try {
                    undo.push(new Undo(step.change(), make(step)));
                } catch (RuntimeException e) {
                    done.add(new ApplyReport.Step(
                            step.change(), false, Refusals.of(e).sentence()));
                    throw e;
                }
                done.add(new ApplyReport.Step(step.change(), true, ""));
            }
            verify(file, prune);
        } catch (RuntimeException e) {
            return rollBack(Refusals.of(e), done, undo);
        }
        String sentence = "The file was applied: " + done.size() + (done.size() == 1 ? " change." : " changes.");
        tell("node-file-applied", sentence);
        return new ApplyReport(ApplyReport.Outcome.APPLIED, sentence, done, List.of(), null);
    }

    private static void refuse(NodeErrorCode code, List<NodeProblem> problems) {
        if (!problems.isEmpty()) {
            throw new NodeException(
                    code,
                    "The file cannot be applied, and nothing was changed: " + problems.getFirst()
                            + (problems.size() == 1 ? "" : " And " + (problems.size() - 1) + " more."),
                    problems);
        }
    }

    private void verify(NodeFile file, boolean prune) {
        NodeDiff left = new NodeDiff(parts, gpus, vgpus, file, prune);
        if (!left.problems().isEmpty() || !left.steps().isEmpty()) {
            throw new NodeException(
                    NodeErrorCode.APPLY_FAILED,
                    "All changes were made, and yet not everything is as the file wants it: "
                            + (left.problems().isEmpty()
                                    ? left.steps().getFirst().change().sentence()
                                    : left.problems().getFirst().toString()));
        }
    }

    /** Makes a step. @return what takes it back */
    private Runnable make(NodeDiff.Step step) {
        long any = Node.ANY_REVISION;
        if (step.uuid() == null) {
            return set(step);
        }
        UUID id = step.uuid();
        String uuid = id.toString();
        VgpuDefinition definition = Objects.requireNonNull(step.definition());
        VgpuEntry entry = vgpus.find(id);
        return switch (step.action()) {
            case STOP_VGPU -> {
                NodeVgpus.Hint hint = NodeVgpus.Hint.of(entry);
                vgpus.stop(uuid, any);
                yield () -> vgpus.start(uuid, any, hint);
            }
            case DELETE_VGPU -> {
                String createdAt = Objects.requireNonNull(entry).createdAt;
                VgpuDefinition old = entry.definition;
                vgpus.delete(uuid, any);
                yield () -> vgpus.restore(old, createdAt);
            }
            case UPDATE_VGPU -> {
                VgpuDefinition old = Objects.requireNonNull(entry).definition;
                vgpus.update(uuid, definition, any);
                yield () -> vgpus.update(uuid, old, any);
            }
            case DEFINE_VGPU -> {
                vgpus.define(definition);
                yield () -> vgpus.delete(uuid, any);
            }
            case START_VGPU -> {
                vgpus.start(uuid, any);
                yield () -> vgpus.stop(uuid, any);
            }
            case SET_GPU_USE, SET_GPU_MODE, SET_GPU_SCHEDULER, SET_GPU_VIRTUAL_FUNCTIONS ->
                throw new IllegalStateException("A GPU has no UUID here.");
        };
    }

    private Runnable set(NodeDiff.Step step) {
        long any = Node.ANY_REVISION;
        String name = step.change().name();
        GpuEntry gpu = gpus.get(name);
        NodeFile.Gpu wanted = Objects.requireNonNull(step.gpu());
        return switch (step.action()) {
            case SET_GPU_USE -> {
                GpuUse old = gpu.use;
                gpus.setUse(name, Objects.requireNonNull(wanted.use()), any);
                yield () -> gpus.setUse(name, old, any);
            }
            case SET_GPU_MODE -> {
                GpuMode old = gpu.mode;
                gpus.setMode(name, Objects.requireNonNull(wanted.mode()), any);
                yield () -> gpus.setMode(name, old, any);
            }
            case SET_GPU_SCHEDULER -> {
                SchedulerDefinition old = gpu.scheduler;
                gpus.setScheduler(name, Objects.requireNonNull(wanted.scheduler()), any);
                yield () -> gpus.setScheduler(name, old, any);
            }
            case SET_GPU_VIRTUAL_FUNCTIONS -> {
                int old = gpu.wantedVirtualFunctions;
                gpus.setVirtualFunctions(name, Objects.requireNonNull(wanted.enabledVirtualFunctions()), any);
                yield () -> gpus.setVirtualFunctions(name, old, any);
            }
            default -> throw new IllegalStateException("A vGPU has a UUID here.");
        };
    }

    private ApplyReport rollBack(NodeException why, List<ApplyReport.Step> done, Deque<Undo> undo) {
        List<ApplyReport.Step> back = new ArrayList<>();
        boolean whole = true;
        for (Undo one : undo) {
            try {
                one.action().run();
                back.add(new ApplyReport.Step(one.change(), true, ""));
            } catch (RuntimeException e) {
                whole = false;
                back.add(
                        new ApplyReport.Step(one.change(), false, Refusals.of(e).sentence()));
            }
        }
        // A start that failed may have left its vGPU in quarantine; the definition is gone or as before, the memory is
        // not.
        whole &= vgpus.all().stream()
                .noneMatch(entry -> done.stream()
                        .anyMatch(step -> !step.done()
                                && step.change().name().equals(entry.name())
                                && entry.phase() == VgpuPhase.QUARANTINED));
        String sentence = "The file was not applied: " + why.sentence()
                + (whole
                        ? " Everything is as it was before."
                        : " Not everything could be taken back; the report says what.");
        tell("node-file-failed", sentence);
        return new ApplyReport(
                whole ? ApplyReport.Outcome.ROLLED_BACK : ApplyReport.Outcome.PARTLY_ROLLED_BACK,
                sentence,
                done,
                back,
                why.code());
    }

    private void tell(String kind, String sentence) {
        parts.events().append(kind, EventLog.About.NODE, true, sentence, Map.of());
    }

    /** The node as it is, as a file. */
    NodeFile export() {
        List<NodeFile.Gpu> gpuItems = new ArrayList<>();
        for (GpuEntry gpu : gpus.all()) {
            gpuItems.add(new NodeFile.Gpu(
                    gpu.name(),
                    gpu.configuration.board(),
                    null,
                    gpu.use,
                    gpu.mode,
                    gpu.scheduler,
                    gpu.wantedVirtualFunctions,
                    gpu.configuration.core()));
        }
        List<NodeFile.Vgpu> vgpuItems = new ArrayList<>();
        for (VgpuEntry entry : vgpus.all()) {
            if (entry.stored) {
                VgpuDefinition what = entry.definition;
                VgpuPhase phase = entry.phase();
                vgpuItems.add(new NodeFile.Vgpu(
                        what.name(),
                        what.uuid(),
                        what.gpu(),
                        what.type(),
                        what.placementId(),
                        what.vf(),
                        what.parameters(),
                        what.autostart(),
                        phase == VgpuPhase.STOPPED || phase == VgpuPhase.QUARANTINED
                                ? WantedState.STOPPED
                                : WantedState.RUNNING));
            }
        }
        return NodeFile.of(gpuItems, vgpuItems);
    }
}
