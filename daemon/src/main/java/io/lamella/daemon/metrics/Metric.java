// SPDX-License-Identifier: Apache-2.0
package io.lamella.daemon.metrics;

import java.util.List;

/** Every metric of the daemon's own names, as data. Base units; counters end in {@code _total}. */
enum Metric {
    BUILD_INFO("lamella_build_info", Type.GAUGE, "1; the labels say which release runs.", "version", "java"),
    GPU_INFO(
            "lamella_gpu_info",
            Type.GAUGE,
            "1; the labels say what the GPU is.",
            "gpu",
            "uuid",
            "product",
            "chip",
            "board",
            "pci",
            "firmware",
            "use",
            "mode",
            "scheduler"),
    GPU_UP("lamella_gpu_up", Type.GAUGE, "Whether the GPU runs.", "gpu"),
    GPU_ATTACHED(
            "lamella_gpu_client_attached",
            Type.GAUGE,
            "Whether a VM has the whole GPU, which is then for passthrough.",
            "gpu"),
    GPU_FRAMEBUFFER(
            "lamella_gpu_framebuffer_bytes",
            Type.GAUGE,
            "Frame buffer by what has become of it: used by vGPUs and their management, free, quarantined (fenced until the GPU is opened anew), or reserved by the firmware.",
            "gpu",
            "state"),
    GPU_FRAMEBUFFER_LARGEST(
            "lamella_gpu_framebuffer_largest_free_bytes", Type.GAUGE, "The longest free run of frame buffer.", "gpu"),
    GPU_VIRTUAL_FUNCTIONS(
            "lamella_gpu_virtual_functions",
            Type.GAUGE,
            "Virtual functions: how many the GPU can have, how many are enabled, how many have a vGPU.",
            "gpu",
            "state"),
    GPU_VGPUS("lamella_gpu_vgpus", Type.GAUGE, "vGPUs on the GPU, those in quarantine too.", "gpu"),
    GPU_RPCS(
            "lamella_gpu_rpc_commands_total",
            Type.COUNTER,
            "Commands that the GPU's firmware answered to the host's driver.",
            "gpu"),
    VGPU_INFO(
            "lamella_vgpu_info",
            Type.GAUGE,
            "1; the labels say what the vGPU is.",
            "vgpu",
            "name",
            "gpu",
            "type",
            "vf"),
    VGPU_PHASE("lamella_vgpu_phase", Type.GAUGE, "1 for the phase that the vGPU is in.", "vgpu", "phase"),
    VGPU_ATTACHED("lamella_vgpu_client_attached", Type.GAUGE, "Whether a VM is attached.", "vgpu"),
    VGPU_FRAMEBUFFER(
            "lamella_vgpu_framebuffer_bytes",
            Type.GAUGE,
            "Frame buffer that the vGPU has, as its guest's driver sees it. How much of that the guest uses only its driver knows.",
            "vgpu"),
    VGPU_ENGINE_BUSY(
            "lamella_vgpu_engine_busy_seconds_total",
            Type.COUNTER,
            "Time that an engine worked for the vGPU.",
            "vgpu",
            "engine"),
    VGPU_GRANTED(
            "lamella_vgpu_scheduler_granted_seconds_total",
            Type.COUNTER,
            "Time that the scheduler gave to the vGPU; its rate is the vGPU's share.",
            "vgpu"),
    VGPU_IDLE(
            "lamella_vgpu_scheduler_idle_seconds_total",
            Type.COUNTER,
            "Time in which the vGPU had channels and none had work.",
            "vgpu"),
    VGPU_RPCS(
            "lamella_vgpu_rpc_commands_total",
            Type.COUNTER,
            "Commands of the guest's driver that the vGPU's firmware answered.",
            "vgpu"),
    VGPU_RPC_EVENTS(
            "lamella_vgpu_rpc_events_total",
            Type.COUNTER,
            "Events that the vGPU's firmware sent to the guest's driver.",
            "vgpu"),
    VGPU_RPC_EVENTS_DROPPED(
            "lamella_vgpu_rpc_events_dropped_total",
            Type.COUNTER,
            "Events that were dropped, because the guest's driver left too many unread.",
            "vgpu"),
    VGPU_RPC_UNSUPPORTED(
            "lamella_vgpu_rpc_unsupported_calls",
            Type.GAUGE,
            "How many different calls the guest's driver made that are not supported.",
            "vgpu"),
    VGPU_REGION(
            "lamella_vgpu_region_accesses_total",
            Type.COUNTER,
            "Accesses of VMs to registers and configuration space.",
            "vgpu",
            "op"),
    VGPU_DMA_MESSAGES(
            "lamella_vgpu_dma_messages_total",
            Type.COUNTER,
            "Accesses to guest memory that had to go through the VM's process, because the memory is not shared.",
            "vgpu"),
    VGPU_PROTOCOL_ERRORS(
            "lamella_vgpu_client_errors_total",
            Type.COUNTER,
            "Requests of VM processes that were refused, ended their connection, or took too long.",
            "vgpu",
            "kind"),
    VGPU_UNKNOWN(
            "lamella_vgpu_unmodelled_register_accesses_total",
            Type.COUNTER,
            "Accesses to registers that are not modelled.",
            "vgpu"),
    VGPU_FAULTS(
            "lamella_vgpu_faults_total",
            Type.COUNTER,
            "Channels that were stopped for an error, by the error's number.",
            "vgpu",
            "xid"),
    VGPU_STARTS(
            "lamella_vgpu_starts_total", Type.COUNTER, "How often the vGPU was started since the daemon was.", "vgpu"),
    VGPU_RESETS(
            "lamella_vgpu_resets_total",
            Type.COUNTER,
            "How often the vGPU was made as new since the daemon was started: after each VM, and when it was asked for.",
            "vgpu"),
    VGPU_CLIENTS("lamella_vgpu_clients_total", Type.COUNTER, "VMs that attached since the daemon was started.", "vgpu"),
    OPERATIONS("lamella_operations", Type.GAUGE, "Operations that wait or run.", "status"),
    API_REQUESTS("lamella_api_requests_total", Type.COUNTER, "Requests that the API answered, by status.", "status"),
    EVENTS("lamella_events_total", Type.COUNTER, "The newest event's number."),
    CPU("process_cpu_seconds_total", Type.COUNTER, "Processor time of the daemon."),
    RESIDENT("process_resident_memory_bytes", Type.GAUGE, "Memory of the daemon that is in RAM."),
    HEAP("lamella_jvm_heap_used_bytes", Type.GAUGE, "Java heap in use."),
    THREADS("lamella_jvm_threads", Type.GAUGE, "Platform threads.");

    /** What kind. */
    enum Type {
        COUNTER,
        GAUGE
    }

    private final String metricName;
    private final Type type;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> labels;

    Metric(String metricName, Type type, String help, String... labels) {
        this.metricName = metricName;
        this.type = type;
        this.help = help;
        this.labels = List.of(labels);
    }

    String metricName() {
        return metricName;
    }

    Type type() {
        return type;
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }
}
