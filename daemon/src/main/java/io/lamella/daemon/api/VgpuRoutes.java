// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.api;

import io.lamella.daemon.http.Call;
import io.lamella.daemon.http.ProblemCode;
import io.lamella.daemon.http.ProblemException;
import io.lamella.daemon.http.Reply;
import io.lamella.daemon.http.Route;
import io.lamella.daemon.http.Shape;
import io.lamella.daemon.http.Violation;
import io.lamella.daemon.operation.Operation;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeErrorCode;
import io.lamella.host.node.NodeException;
import io.lamella.host.node.VgpuDefinition;
import io.lamella.host.node.VgpuPhase;
import io.lamella.host.node.VgpuView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The routes for vGPUs. */
final class VgpuRoutes {
    private static final String TAG = "vGPUs";
    private static final String PATH = "/v1/vgpus/{vgpu}";
    private static final Pattern UUID = Pattern.compile(Shape.UUID_PATTERN);

    private final Node node;
    private final Work work;

    VgpuRoutes(Node node, Work work) {
        this.node = node;
        this.work = work;
    }

    private interface Step {
        @Nullable
        Object run(String vgpu, long ifRevision);
    }

    List<Route> routes() {
        String[] phases = Arrays.stream(VgpuPhase.values()).map(VgpuPhase::text).toArray(String[]::new);
        List<Route> routes = new ArrayList<>(List.of(
                Route.of("GET", "/v1/vgpus", "listVgpus")
                        .says(TAG, "All vGPUs, oldest first, those in quarantine too.")
                        .query("gpu", "Only those on this GPU.")
                        .query("type", "Only those of this type.")
                        .query("phase", "Only those in this phase.", phases)
                        .answersMany(VgpuView.class)
                        .does(this::list),
                Route.of("POST", "/v1/vgpus", "defineVgpu")
                        .says(
                                TAG,
                                "Define a vGPU, with a new UUID if the body names none. With start=true it is started too, and forgotten if that fails.")
                        .query("start", "Whether to start it.", "true", "false")
                        .query("wait", Work.WAIT, 0, Work.MAX_WAIT_SECONDS)
                        .takes(VgpuDefinition.class)
                        .answers(201, VgpuView.class)
                        .answers(202, Operation.class)
                        .answers(200, Operation.class)
                        .problems(409, 429, 502, 503)
                        .does(this::define),
                Route.of("GET", PATH, "getVgpu")
                        .says(TAG, "A vGPU, by UUID or name.")
                        .answers(200, VgpuView.class)
                        .problems(404)
                        .does(call -> view(node.vgpu(call.parameter("vgpu")))),
                Route.of("PUT", PATH, "putVgpu")
                        .says(
                                TAG,
                                "Define a vGPU of this UUID or name, or replace its definition. The same again changes nothing. A change needs If-Match.")
                        .takes(VgpuDefinition.class)
                        .conditional()
                        .answers(200, VgpuView.class)
                        .answers(201, VgpuView.class)
                        .problems(404, 409, 428, 503)
                        .does(this::put),
                Route.of("PUT", PATH + "/parameters", "setVgpuParameters")
                        .says(
                                TAG,
                                "Replace a vGPU's parameters; they are checked as a whole before anything changes. Needs If-Match.")
                        .takes(Requests.Parameters.class)
                        .conditional()
                        .answers(200, VgpuView.class)
                        .problems(404, 409, 428, 503)
                        .does(call -> {
                            requireIfMatch(
                                    call, node.vgpu(call.parameter("vgpu")).revision());
                            return view(node.setParameters(
                                    call.parameter("vgpu"),
                                    call.body(Requests.Parameters.class).parameters(),
                                    revision(call)));
                        }),
                step("DELETE", PATH, "deleteVgpu", "Send its VM away, stop a vGPU and forget it.", (vgpu, revision) -> {
                    node.delete(vgpu, revision);
                    return null;
                })));
        routes.add(step(
                "POST",
                PATH + "/start",
                "startVgpu",
                "Start a vGPU, so that a VM can attach. Without effect if it runs.",
                node::start));
        routes.add(step(
                "POST",
                PATH + "/stop",
                "stopVgpu",
                "Send its VM away and stop a vGPU. Without effect if it is stopped.",
                node::stop));
        routes.add(step(
                "POST", PATH + "/reset", "resetVgpu", "Make a vGPU to which no VM is attached as new.", node::reset));
        routes.add(step(
                "POST",
                PATH + "/clear-quarantine",
                "clearVgpuQuarantine",
                "Repeat the clean-up of a vGPU in quarantine.",
                node::clearQuarantine));
        return routes;
    }

    private Route step(String method, String path, String id, String sentence, Step step) {
        String kind = id.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        return Route.of(method, path, id)
                .says(TAG, sentence)
                .query("wait", Work.WAIT, 0, Work.MAX_WAIT_SECONDS)
                .conditional()
                .answers(202, Operation.class)
                .answers(200, Operation.class)
                .problems(404, 409, 429, 502, 503)
                .does(call -> {
                    String name = call.parameter("vgpu");
                    VgpuView now = node.vgpu(name);
                    long revision = revision(call);
                    if (revision != Node.ANY_REVISION && revision != now.revision()) {
                        throw mismatch(now, revision);
                    }
                    return work.begin(call, kind, name, now.uuid(), () -> step.run(now.uuid(), revision));
                });
    }

    private Reply list(Call call) {
        Optional<String> gpu = Optional.ofNullable(call.query().get("gpu"));
        Optional<String> type = Optional.ofNullable(call.query().get("type"));
        Optional<String> phase = Optional.ofNullable(call.query().get("phase"));
        return Reply.ok(node.vgpus().stream()
                .filter(vgpu -> gpu.isEmpty() || gpu.get().equals(vgpu.status().gpu()))
                .filter(vgpu ->
                        type.isEmpty() || type.get().equals(vgpu.definition().type()))
                .filter(vgpu -> phase.isEmpty()
                        || phase.get().equals(vgpu.status().phase().text()))
                .toList());
    }

    private Reply define(Call call) throws InterruptedException {
        VgpuDefinition wanted = call.body(VgpuDefinition.class);
        if (!call.query("start", "false").equals("true")) {
            return created(node.define(wanted));
        }
        VgpuDefinition named = wanted.uuid() == null
                ? wanted.withUuid(java.util.UUID.randomUUID().toString())
                : wanted;
        String uuid = Objects.requireNonNull(named.uuid());
        return work.begin(
                call, "create-vgpu", named.name() == null ? uuid : named.name(), uuid, () -> node.create(named));
    }

    private Reply put(Call call) {
        String path = call.parameter("vgpu");
        VgpuDefinition body = call.body(VgpuDefinition.class);
        boolean isUuid = UUID.matcher(path).matches();
        String said = isUuid ? body.uuid() : body.name();
        if (said != null && !said.equalsIgnoreCase(path)) {
            String key = isUuid ? "uuid" : "name";
            throw new ProblemException(
                    ProblemCode.INVALID,
                    "The path says " + path + " and the body says " + said + "; leave " + key
                            + " out of the body, or make them the same.",
                    List.of(new Violation("/" + key, "This is another than the path's.")));
        }
        VgpuDefinition wanted = isUuid ? body.withUuid(path) : body.withName(path);
        VgpuView now = find(path);
        if (now == null) {
            if (call.ifMatch().isPresent()) {
                throw new ProblemException(
                        ProblemCode.REVISION_MISMATCH,
                        "There is no vGPU " + path + ", so it has no revision "
                                + call.ifMatch().getAsLong() + ".");
            }
            return created(node.define(wanted));
        }
        if (call.ifNoneMatch()) {
            throw new ProblemException(
                    ProblemCode.REVISION_MISMATCH,
                    "vGPU " + path + " is there already, at revision " + now.revision()
                            + ", and If-None-Match says that it must not be.");
        }
        if (says(now.definition(), wanted)
                && (call.ifMatch().isEmpty() || call.ifMatch().getAsLong() == now.revision())) {
            return view(now);
        }
        requireIfMatch(call, now.revision());
        return view(node.update(now.uuid(), wanted, revision(call)));
    }

    private @Nullable VgpuView find(String uuidOrName) {
        try {
            return node.vgpu(uuidOrName);
        } catch (NodeException e) {
            if (e.code() == NodeErrorCode.UNKNOWN_VGPU) {
                return null;
            }
            throw e;
        }
    }

    /** Whether a definition has everything that another one says; what that leaves open is as it may be. */
    private static boolean says(VgpuDefinition is, VgpuDefinition wanted) {
        return wanted.type().equals(is.type())
                && (wanted.name() == null || wanted.name().equals(is.name()))
                && (wanted.gpu() == null ? isAny(is.gpu()) : wanted.gpu().equals(is.gpu()))
                && Objects.equals(wanted.placementId(), is.placementId())
                && Objects.equals(wanted.vf(), is.vf())
                && Objects.requireNonNullElse(wanted.parameters(), Map.of())
                        .equals(Objects.requireNonNullElse(is.parameters(), Map.of()))
                && Objects.requireNonNullElse(wanted.autostart(), true)
                        .equals(Objects.requireNonNullElse(is.autostart(), true));
    }

    private static boolean isAny(@Nullable String gpu) {
        return gpu == null || gpu.equals(VgpuDefinition.ANY_GPU);
    }

    static long revision(Call call) {
        return call.ifMatch().orElse(Node.ANY_REVISION);
    }

    static void requireIfMatch(Call call, long revision) {
        if (call.ifMatch().isEmpty()) {
            throw new ProblemException(
                    ProblemCode.REVISION_REQUIRED,
                    "This changes what somebody else may have changed meanwhile: send If-Match with the revision that you saw. It is \""
                            + revision + "\" now.");
        }
    }

    private static ProblemException mismatch(VgpuView now, long revision) {
        return new ProblemException(
                ProblemCode.REVISION_MISMATCH,
                "vGPU " + now.name() + " has revision " + now.revision() + " now, not " + revision
                        + ". Look at it again, then decide.");
    }

    private static Reply created(VgpuView vgpu) {
        return Reply.created(vgpu, "/v1/vgpus/" + vgpu.uuid(), vgpu.revision());
    }

    private static Reply view(VgpuView vgpu) {
        return Reply.ok(vgpu, vgpu.revision());
    }
}
