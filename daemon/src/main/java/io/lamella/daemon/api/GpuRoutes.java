// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.daemon.operation.Operation;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.Node;
import io.lamella.host.node.PlacementsView;
import io.lamella.host.node.PlanView;
import io.lamella.host.node.SchedulerDefinition;
import io.lamella.host.node.TypeView;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The routes for GPUs. */
final class GpuRoutes {
    private static final String TAG = "GPUs";
    private static final String PATH = "/v1/gpus/{gpu}";

    private final Node node;
    private final Work work;

    GpuRoutes(Node node, Work work) {
        this.node = node;
        this.work = work;
    }

    private interface Setting {
        GpuView set(String gpu, Call call, long ifRevision);
    }

    private interface Step {
        @Nullable
        Object run(String gpu, long ifRevision);
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "/v1/gpus", "listGpus")
                        .says(TAG, "All GPUs, those that are away too.")
                        .answersMany(GpuView.class)
                        .does(call -> Reply.ok(node.gpus())),
                Route.of("GET", PATH, "getGpu")
                        .says(TAG, "A GPU.")
                        .answers(200, GpuView.class)
                        .problems(404)
                        .does(call -> view(node.gpu(call.parameter("gpu")))),
                Route.of("GET", PATH + "/types", "listTypes")
                        .says(
                                TAG,
                                "The types of a GPU's board, the same whatever runs, and whether one more of each can be had now.")
                        .query("creatable", "Only those of which one more can be had now.", "true", "false")
                        .answersMany(TypeView.class)
                        .problems(404)
                        .does(call -> Reply.ok(node.types(call.parameter("gpu")).stream()
                                .filter(type ->
                                        !call.query("creatable", "false").equals("true") || type.creatable())
                                .toList())),
                Route.of("GET", PATH + "/placements", "getPlacements")
                        .says(TAG, "What lies where on a GPU.")
                        .answers(200, PlacementsView.class)
                        .problems(404, 409, 503)
                        .does(call -> Reply.ok(node.placements(call.parameter("gpu")))),
                Route.of("POST", "/v1/plan", "plan")
                        .says(
                                TAG,
                                "Whether vGPUs of these types would fit beside what runs, where, and if not, what would help. Changes nothing.")
                        .takes(Requests.Plan.class)
                        .answers(200, PlanView.class)
                        .problems(404, 409, 503)
                        .does(call -> {
                            Requests.Plan plan = call.body(Requests.Plan.class);
                            return Reply.ok(node.plan(
                                    Objects.requireNonNullElse(plan.gpu(), VgpuDefinition.ANY_GPU), plan.types()));
                        }),
                setting(
                        "use",
                        "setGpuUse",
                        "Give a GPU to vGPUs, to the DRM peer, or to a VM whole. Refused while anybody holds it; the problem says who.",
                        Requests.Use.class,
                        (gpu, call, revision) ->
                                node.setUse(gpu, call.body(Requests.Use.class).use(), revision)),
                setting(
                        "mode",
                        "setGpuMode",
                        "Cut a GPU into vGPUs of one size or of several. Refused while it has vGPUs.",
                        Requests.Mode.class,
                        (gpu, call, revision) ->
                                node.setMode(gpu, call.body(Requests.Mode.class).mode(), revision)),
                setting(
                        "scheduler",
                        "setGpuScheduler",
                        "Share a GPU's engines in another way, from now on and after a restart.",
                        SchedulerDefinition.class,
                        (gpu, call, revision) ->
                                node.setScheduler(gpu, call.body(SchedulerDefinition.class), revision)),
                setting(
                        "virtual-functions",
                        "setGpuVirtualFunctions",
                        "Enable so many virtual functions, or as many as vGPUs need.",
                        Requests.VirtualFunctions.class,
                        (gpu, call, revision) -> node.setVirtualFunctions(
                                gpu, call.body(Requests.VirtualFunctions.class).count(), revision)),
                Route.of("GET", PATH + "/scheduler", "getGpuScheduler")
                        .says(TAG, "How a GPU's engines are shared.")
                        .answers(200, SchedulerDefinition.class)
                        .problems(404)
                        .does(call -> {
                            GpuView gpu = node.gpu(call.parameter("gpu"));
                            return Reply.ok(gpu.scheduler(), gpu.revision());
                        }),
                Route.of("GET", PATH + "/scheduler/log", "getGpuSchedulerLog")
                        .says(TAG, "The last turns that a GPU's engines gave, oldest first.")
                        .answersMany(Views.SchedulerTurn.class)
                        .problems(404)
                        .does(call ->
                                Reply.ok(turns(node.gpu(call.parameter("gpu")).name()))),
                step("remove", "removeGpu", "Take a GPU away, its VMs first. Its vGPUs stay defined.", node::removeGpu),
                step(
                        "add",
                        "addGpu",
                        "Bring a GPU back that was taken away or did not start, and start its vGPUs.",
                        node::addGpu));
    }

    private Route setting(String what, String id, String sentence, Class<?> body, Setting setting) {
        return Route.of("PUT", PATH + "/" + what, id)
                .says(TAG, sentence)
                .takes(body)
                .conditional()
                .answers(200, GpuView.class)
                .problems(404, 409, 502, 503)
                .does(call -> view(setting.set(call.parameter("gpu"), call, VgpuRoutes.revision(call))));
    }

    private Route step(String what, String id, String sentence, Step step) {
        return Route.of("POST", PATH + "/" + what, id)
                .says(TAG, sentence)
                .query("wait", Work.WAIT, 0, Work.MAX_WAIT_SECONDS)
                .conditional()
                .answers(202, Operation.class)
                .answers(200, Operation.class)
                .problems(404, 409, 429, 502, 503)
                .does(call -> {
                    String gpu = node.gpu(call.parameter("gpu")).name();
                    long revision = VgpuRoutes.revision(call);
                    return work.begin(call, what + "-gpu", gpu, gpu, () -> step.run(gpu, revision));
                });
    }

    /** A GPU that is away has none. */
    private List<Views.SchedulerTurn> turns(String gpu) {
        Map<Integer, String> vgpus = new HashMap<>();
        for (VgpuView vgpu : node.vgpus()) {
            Integer gfid = vgpu.status().gfid();
            if (gfid != null && gpu.equals(vgpu.status().gpu())) {
                vgpus.put(gfid, vgpu.uuid());
            }
        }
        return node.host().gpus().stream()
                .filter(each -> each.name().equals(gpu))
                .flatMap(each -> each.board().engines().schedulerLog().stream())
                .map(entry -> new Views.SchedulerTurn(
                        entry.timestampNanos(),
                        entry.id(),
                        vgpus.get(entry.id()),
                        entry.runNanos(),
                        entry.targetSliceNanos(),
                        entry.totalRunNanos(),
                        entry.cumulativePreemptionNanos(),
                        entry.idleNanos(),
                        entry.weight()))
                .toList();
    }

    private static Reply view(GpuView gpu) {
        return Reply.ok(gpu, gpu.revision());
    }
}
