// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.vgpu;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructCatalog;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Buffers and structures of the host RPC for one firmware release. Offsets of buffers are from the start of the vGPU's management heap.
 *
 * @param release of the firmware
 * @param control written by the manager
 * @param response written by the plugin
 * @param configParams payload of {@link HostRpcMessage#SETUP_CONFIG_PARAMS_AND_INIT}
 * @param versionNegotiation payload of {@link HostRpcMessage#VERSION_NEGOTIATION}
 * @param updateBmeState payload of {@link HostRpcMessage#UPDATE_BME_STATE}
 * @param scheduling payload of {@link HostRpcMessage#LAMELLA_SCHEDULING}
 * @param kernelLogBuffer where the firmware's kernel logs, in releases that have it
 * @param totalBytes of all buffers; the plugin's own heap follows
 */
public record HostRpc(
        String release,
        Struct control,
        Struct response,
        Struct configParams,
        Struct versionNegotiation,
        Struct updateBmeState,
        Struct scheduling,
        Optional<Buffer> kernelLogBuffer,
        int totalBytes) {
    /** Stored by the plugin as the sequence number once it has started. */
    public static final int BOOTLOADED = 0x4e654a6f;

    /** Bit of the doorbell's leaf that stands for the manager of a virtual function. */
    public static final int DOORBELL_BIT = 17;

    /** How long a manager waits for {@link #BOOTLOADED}. */
    public static final int BOOT_TIMEOUT_MILLIS = 10_000;

    /** How long a manager waits for an answer. */
    public static final int CALL_TIMEOUT_MILLIS = 120_000;

    public static final Buffer CONTROL_BUFFER = new Buffer(0, 0x1000);
    public static final Buffer RESPONSE_BUFFER = new Buffer(0x1000, 0x1000);
    public static final Buffer MESSAGE_BUFFER = new Buffer(0x2000, 0x1000);
    public static final Buffer MIGRATION_BUFFER = new Buffer(0x3000, 0x200000);
    public static final Buffer ERROR_BUFFER = new Buffer(0x203000, 0x1000);
    public static final Buffer INIT_TASK_LOG_BUFFER = new Buffer(0x204000, 0x20000);
    public static final Buffer VGPU_TASK_LOG_BUFFER = new Buffer(0x224000, 0x40000);

    /** {@code migration_feature} of the configuration: the hypervisor is KVM. */
    public static final int MIGRATION_FEATURE_KVM = 0x4000;

    /** {@code host_cpu_arch} of the configuration. */
    public static final int HOST_CPU_AARCH64 = 1;

    public static final int HOST_CPU_X86_64 = 2;

    /** {@code priority} of the scheduling message. */
    public static final int PRIORITY_LOW = 0;

    public static final int PRIORITY_NORMAL = 1;
    public static final int PRIORITY_HIGH = 2;

    private static final Map<GspAbi, HostRpc> BY_RELEASE = new ConcurrentHashMap<>();

    /**
     * A part of the management heap.
     *
     * @param offset from its start
     * @param sizeBytes of the part
     */
    public record Buffer(int offset, int sizeBytes) {
        /** First byte after it. */
        public int end() {
            return offset + sizeBytes;
        }
    }

    private static HostRpc make(GspAbi abi) {
        StructCatalog structs = abi.hostRpc();
        Optional<Buffer> kernelLog = abi.hostRpcKernelLogBytes() == 0
                ? Optional.empty()
                : Optional.of(new Buffer(VGPU_TASK_LOG_BUFFER.end(), abi.hostRpcKernelLogBytes()));
        return new HostRpc(
                abi.release(),
                structs.get("CONTROL"),
                structs.get("RESPONSE"),
                structs.get("CONFIG_PARAMS"),
                structs.get("VERSION_NEGOTIATION"),
                structs.get("UPDATE_BME_STATE"),
                structs.get("LAMELLA_SCHEDULING"),
                kernelLog,
                kernelLog.map(Buffer::end).orElse(VGPU_TASK_LOG_BUFFER.end()));
    }

    /** That of a firmware release, such as {@code 570.144}. */
    public static HostRpc ofRelease(String release) {
        return of(GspAbi.ofRelease(release));
    }

    /** The host RPC of a firmware release. */
    public static HostRpc of(GspAbi abi) {
        return BY_RELEASE.computeIfAbsent(abi, HostRpc::make);
    }

    /** Value for {@code Vfn.DOORBELL} that tells the plugin of a vGPU that there is a message. */
    public static int doorbell(int gfid) {
        return gfid * 32 + DOORBELL_BIT;
    }

    /** Whether a doorbell's value is of this kind. */
    public static boolean isDoorbell(int value) {
        return (value & 31) == DOORBELL_BIT;
    }

    /** Which vGPU a doorbell's value is for. */
    public static int gfidOf(int doorbellValue) {
        return doorbellValue >>> 5;
    }
}
