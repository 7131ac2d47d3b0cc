// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import io.lamella.daemon.operation.Operations;
import io.lamella.gpu.SoftwareGpu;
import io.lamella.gpu.gsp.GspStatus;
import io.lamella.gpu.host.EngineUsage;
import io.lamella.gpu.plugin.VgpuStatus;
import io.lamella.host.GpuUse;
import io.lamella.host.GpuUser;
import io.lamella.host.HostGpu;
import io.lamella.host.node.FrameBufferView;
import io.lamella.host.node.GpuPhase;
import io.lamella.host.node.GpuView;
import io.lamella.host.node.Node;
import io.lamella.host.node.NodeEvent;
import io.lamella.host.node.VgpuPhase;
import io.lamella.host.node.VgpuView;
import io.lamella.vfiouser.server.ServerStatistics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a node's counters when somebody asks. Nothing is sampled in between, and nothing is kept but what events tell of, so metrics cost nothing
 * while nobody looks.
 */
public final class NodeMetrics {
    private final Node node;
    private final Operations operations;
    private final String version;
    private final Supplier<Map<Integer, Long>> requests;
    private final Tallies tallies = new Tallies();
    private final DcgmView dcgm = new DcgmView();

    /** @param requests how many requests were answered with which status */
    public NodeMetrics(Node node, Operations operations, String version, Supplier<Map<Integer, Long>> requests) {
        this.node = node;
        this.operations = operations;
        this.version = version;
        this.requests = requests;
    }

    /** Takes an event of the node in. */
    public void happened(NodeEvent event) {
        tallies.add(event);
    }

    /** All of it, in one of Prometheus's two formats. */
    String text(boolean openMetrics) {
        return TextFormat.write(samples(), openMetrics);
    }

    /** As DCGM would name it. */
    String dcgmText(boolean openMetrics) {
        return dcgm.text(node, this::board, tallies, openMetrics);
    }

    Samples samples() {
        Samples all = new Samples();
        all.add(Metric.BUILD_INFO, 1, version, Runtime.version().toString());
        List<VgpuView> vgpus = node.vgpus();
        Map<String, Map<Integer, VgpuStatus>> firmware = new HashMap<>();
        for (GpuView gpu : node.gpus()) {
            addGpu(all, gpu, vgpus);
            SoftwareGpu board = board(gpu.name());
            if (board != null) {
                Map<Integer, VgpuStatus> byFunction = new HashMap<>();
                board.vgpus().forEach(status -> byFunction.put(status.gfid(), status));
                firmware.put(gpu.name(), byFunction);
            }
        }
        for (VgpuView vgpu : vgpus) {
            addVgpu(all, vgpu, firmware);
        }
        addDaemon(all);
        return all;
    }

    private @Nullable SoftwareGpu board(String gpu) {
        for (GpuUser each : node.host().users()) {
            if (each.name().equals(gpu)) {
                return each.board();
            }
        }
        return null;
    }

    private void addGpu(Samples all, GpuView gpu, List<VgpuView> vgpus) {
        String name = gpu.name();
        all.add(
                Metric.GPU_INFO,
                1,
                name,
                text(gpu.uuid()),
                text(gpu.product()),
                text(gpu.chip()),
                gpu.board(),
                text(gpu.pciAddress()),
                text(gpu.firmwareRelease()),
                gpu.use().text(),
                gpu.mode().text(),
                gpu.scheduler().policy().text());
        all.add(Metric.GPU_UP, gpu.phase() == GpuPhase.RUNNING ? 1 : 0, name);
        FrameBufferView fb = gpu.fb();
        if (fb != null) {
            all.add(Metric.GPU_FRAMEBUFFER, fb.usableBytes() - fb.freeBytes() - fb.quarantinedBytes(), name, "used");
            all.add(Metric.GPU_FRAMEBUFFER, fb.freeBytes(), name, "free");
            all.add(Metric.GPU_FRAMEBUFFER, fb.quarantinedBytes(), name, "quarantined");
            all.add(Metric.GPU_FRAMEBUFFER, fb.totalBytes() - fb.usableBytes(), name, "reserved");
            all.add(Metric.GPU_FRAMEBUFFER_LARGEST, fb.largestFreeBytes(), name);
        }
        long used = vgpus.stream()
                .filter(vgpu ->
                        name.equals(vgpu.status().gpu()) && vgpu.status().vf() != null)
                .count();
        all.add(Metric.GPU_VIRTUAL_FUNCTIONS, gpu.totalVirtualFunctions(), name, "total");
        all.add(Metric.GPU_VIRTUAL_FUNCTIONS, gpu.enabledVirtualFunctions(), name, "enabled");
        all.add(Metric.GPU_VIRTUAL_FUNCTIONS, used, name, "used");
        all.add(Metric.GPU_VGPUS, gpu.vgpuCount(), name);
        boolean whole = gpu.use() == GpuUse.PASSTHROUGH && !gpu.heldBy().isEmpty();
        all.add(Metric.GPU_ATTACHED, whole ? 1 : 0, name);
        SoftwareGpu board = board(name);
        GspStatus gsp = board == null ? null : board.gspStatus();
        if (gsp != null) {
            all.add(Metric.GPU_RPCS, gsp.commands(), name);
        }
    }

    private void addVgpu(Samples all, VgpuView vgpu, Map<String, Map<Integer, VgpuStatus>> firmware) {
        String id = vgpu.uuid();
        String gpu = vgpu.status().gpu();
        Integer vf = vgpu.status().vf();
        all.add(
                Metric.VGPU_INFO,
                1,
                id,
                vgpu.name(),
                text(gpu),
                vgpu.definition().type(),
                vf == null ? "" : vf.toString());
        for (VgpuPhase phase : VgpuPhase.values()) {
            all.add(Metric.VGPU_PHASE, vgpu.status().phase() == phase ? 1 : 0, id, phase.text());
        }
        all.add(Metric.VGPU_ATTACHED, vgpu.status().attached() ? 1 : 0, id);
        if (vgpu.status().fbSizeBytes() > 0) {
            all.add(Metric.VGPU_FRAMEBUFFER, vgpu.status().fbSizeBytes(), id);
        }
        Tallies.Tally tally = tallies.of(id);
        all.add(Metric.VGPU_STARTS, tally.starts(), id);
        all.add(Metric.VGPU_RESETS, tally.resets(), id);
        all.add(Metric.VGPU_CLIENTS, tally.clients(), id);
        tally.faults().forEach((xid, count) -> all.add(Metric.VGPU_FAULTS, count, id, xid.toString()));
        Integer gfid = vgpu.status().gfid();
        SoftwareGpu board = gpu == null ? null : board(gpu);
        if (gfid == null || gpu == null || board == null) {
            return;
        }
        EngineUsage usage = board.engineUsage(gfid);
        if (usage != null) {
            for (EngineUsage.Engine engine : usage.engines()) {
                all.addSeconds(Metric.VGPU_ENGINE_BUSY, engine.busyNanos(), id, engine.name());
            }
            all.addSeconds(Metric.VGPU_GRANTED, usage.grantedNanos(), id);
            all.addSeconds(Metric.VGPU_IDLE, usage.idleNanos(), id);
        }
        VgpuStatus status = firmware.getOrDefault(gpu, Map.of()).get(gfid);
        GspStatus guest = status == null ? null : status.guest();
        if (guest != null) {
            all.add(Metric.VGPU_RPCS, guest.commands(), id);
            all.add(Metric.VGPU_RPC_EVENTS, guest.events(), id);
            all.add(Metric.VGPU_RPC_EVENTS_DROPPED, guest.eventsDropped(), id);
            all.add(Metric.VGPU_RPC_UNSUPPORTED, guest.unsupported().size(), id);
        }
        long unknown = 0;
        for (SoftwareGpu.UnknownAccess access : board.unknownAccesses(gfid)) {
            unknown += access.reads() + access.writes();
        }
        all.add(Metric.VGPU_UNKNOWN, unknown, id);
        addClient(all, gpu, id);
    }

    private void addClient(Samples all, String gpu, String id) {
        for (HostGpu each : node.host().gpus()) {
            if (each.name().equals(gpu)) {
                each.served(UUID.fromString(id)).ifPresent(served -> {
                    ServerStatistics statistics = served.statistics();
                    all.add(Metric.VGPU_REGION, statistics.regionReads(), id, "read");
                    all.add(Metric.VGPU_REGION, statistics.regionWrites(), id, "write");
                    all.add(Metric.VGPU_DMA_MESSAGES, statistics.dmaMessages(), id);
                    all.add(Metric.VGPU_PROTOCOL_ERRORS, statistics.refused(), id, "refused");
                    all.add(Metric.VGPU_PROTOCOL_ERRORS, statistics.malformed(), id, "malformed");
                    all.add(Metric.VGPU_PROTOCOL_ERRORS, statistics.expired(), id, "expired");
                });
            }
        }
    }

    private void addDaemon(Samples all) {
        Operations.Load load = operations.load();
        all.add(Metric.OPERATIONS, load.pending(), "pending");
        all.add(Metric.OPERATIONS, load.running(), "running");
        requests.get().forEach((status, count) -> all.add(Metric.API_REQUESTS, count, status.toString()));
        all.add(Metric.EVENTS, node.view().newestEventId());
        ProcessHandle.current().info().totalCpuDuration().ifPresent(cpu -> all.addSeconds(Metric.CPU, cpu.toNanos()));
        long resident = residentBytes();
        if (resident > 0) {
            all.add(Metric.RESIDENT, resident);
        }
        Runtime runtime = Runtime.getRuntime();
        all.add(Metric.HEAP, runtime.totalMemory() - runtime.freeMemory());
        all.add(Metric.THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
    }

    /** The second number of statm, in pages of 4 KiB; 0 if it cannot be read. */
    private static long residentBytes() {
        try {
            String[] fields = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
            return fields.length > 1 ? Long.parseLong(fields[1]) * 4096 : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    static String text(@Nullable String value) {
        return Objects.requireNonNullElse(value, "");
    }
}
