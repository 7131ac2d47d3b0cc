// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Messages that the GSP sends of its own accord. Numbers above {@link #UCODE_LIBOS_PRINT} may be unknown to older drivers. */
public enum GspEvent {
    /** The resource manager is ready. */
    GSP_INIT_DONE(0x1001, ""),
    /** Register accesses that the CPU is to make. */
    GSP_RUN_CPU_SEQUENCER(0x1002, "rpc_run_cpu_sequencer_v17_00"),
    /** An event that a driver asked for. */
    POST_EVENT(0x1003, "rpc_post_event_v17_00"),
    /** A channel was stopped for an error. */
    RC_TRIGGERED(0x1004, "rpc_rc_triggered_v17_02"),
    /** A fault is in the fault buffer. */
    MMU_FAULT_QUEUED(0x1005, ""),
    /** A line for the log. */
    OS_ERROR_LOG(0x1006, "rpc_os_error_log_v17_00"),
    RG_LINE_INTR(0x1007, ""),
    /** Samples of utilisation, sent periodically. */
    GPUACCT_PERFMON_UTIL_SAMPLES(0x1008, ""),
    SIM_READ(0x1009, ""),
    SIM_WRITE(0x100a, ""),
    SEMAPHORE_SCHEDULE_CALLBACK(0x100b, ""),
    /** The firmware printed something. */
    UCODE_LIBOS_PRINT(0x100c, ""),
    /** A vGPU plugin tells something: one of {@link io.lamella.hw.vgpu.PluginNotifier}. */
    VGPU_GSP_PLUGIN_TRIGGERED(0x100d, "rpc_vgpu_gsp_plugin_triggered_v17_00"),
    PERF_GPU_BOOST_SYNC_LIMITS_CALLBACK(0x100e, ""),
    PERF_BRIDGELESS_INFO_UPDATE(0x100f, ""),
    /** The set of vGPU types changed. */
    VGPU_CONFIG(0x1010, ""),
    DISPLAY_MODESET(0x1011, ""),
    EXTDEV_INTR_SERVICE(0x1012, ""),
    NVLINK_INBAND_RECEIVED_DATA_256(0x1013, ""),
    NVLINK_INBAND_RECEIVED_DATA_512(0x1014, ""),
    NVLINK_INBAND_RECEIVED_DATA_1024(0x1015, ""),
    NVLINK_INBAND_RECEIVED_DATA_2048(0x1016, ""),
    NVLINK_INBAND_RECEIVED_DATA_4096(0x1017, ""),
    TIMED_SEMAPHORE_RELEASE(0x1018, ""),
    NVLINK_IS_GPU_DEGRADED(0x1019, ""),
    PFM_REQ_HNDLR_STATE_SYNC_CALLBACK(0x101a, ""),
    NVLINK_FAULT_UP(0x101b, ""),
    /** The GSP is locked or unlocked. */
    GSP_LOCKDOWN_NOTICE(0x101c, ""),
    MIG_CI_CONFIG_UPDATE(0x101d, ""),
    UPDATE_GSP_TRACE(0x101e, ""),
    NVLINK_FATAL_ERROR_RECOVERY(0x101f, ""),
    /** A record of what went wrong. */
    GSP_POST_NOCAT_RECORD(0x1020, ""),
    FECS_ERROR(0x1021, ""),
    RECOVERY_ACTION(0x1022, "");

    private static final Map<Integer, GspEvent> BY_NUMBER = new HashMap<>();

    static {
        for (GspEvent value : values()) {
            BY_NUMBER.put(value.number, value);
        }
    }

    private final int number;
    private final String payload;

    GspEvent(int number, String payload) {
        this.number = number;
        this.payload = payload;
    }

    /** Number in the message header, the same in each release. */
    public int number() {
        return number;
    }

    /** Name of the payload's structure, empty if there is none. */
    String payload() {
        return payload;
    }

    /** The one of that number, if it is known. */
    public static Optional<GspEvent> of(int number) {
        return Optional.ofNullable(BY_NUMBER.get(number));
    }
}
