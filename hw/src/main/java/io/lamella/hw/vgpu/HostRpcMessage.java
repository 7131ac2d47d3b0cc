// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.vgpu;

import java.util.Optional;

/** What the vGPU manager can ask of a plugin. */
public enum HostRpcMessage {
    /** Agrees on a version; always the first. */
    VERSION_NEGOTIATION(1, 1),
    /** Configures the vGPU and starts it. */
    SETUP_CONFIG_PARAMS_AND_INIT(2, 2),
    RESET(3, 3),
    MIGRATION_STOP_WORK(4, 4),
    MIGRATION_CANCEL_STOP(5, 5),
    MIGRATION_SAVE_STATE(6, 6),
    MIGRATION_CANCEL_SAVE(7, 7),
    MIGRATION_RESTORE_STATE(8, 8),
    MIGRATION_RESTORE_DEFERRED_STATE(9, 9),
    MIGRATION_RESUME_WORK(10, 10),
    CONSOLE_VNC_STATE(11, 11),
    VF_BAR0_REG_ACCESS(12, 12),
    /** The guest may, or may no longer, have its device read and write memory. */
    UPDATE_BME_STATE(13, 13),
    GET_GUEST_INFO(14, 0),
    RESET_MIGRATION_BUFFER_POINTER(0, 14),
    RELEASE_CLIENT_DATABASE(0, 15),
    CHECK_IS_ALIVE(0, 16),
    SEND_STATIC_INFO(0, 17),
    /**
     * How the vGPU counts for the scheduler: weight, priority, preemption timeout. Lamella's own, with a number far from NVIDIA's, whose
     * firmware has no such settings and answers that it does not know the message.
     */
    LAMELLA_SCHEDULING(0x4c01, 0x4c01);

    private final int numberV1;
    private final int numberV2;

    HostRpcMessage(int numberV1, int numberV2) {
        this.numberV1 = numberV1;
        this.numberV2 = numberV2;
    }

    private int numberOrZero(HostRpcVersion version) {
        return switch (version) {
            case V1 -> numberV1;
            case V2 -> numberV2;
        };
    }

    /** Number in a version. @throws IllegalArgumentException if the version does not have the message */
    public int number(HostRpcVersion version) {
        int number = numberOrZero(version);
        if (number == 0) {
            throw new IllegalArgumentException("Host RPC " + version + " has no message " + this + ".");
        }
        return number;
    }

    /** The message of a number in a version. */
    public static Optional<HostRpcMessage> of(HostRpcVersion version, int number) {
        for (HostRpcMessage message : values()) {
            if (number != 0 && message.numberOrZero(version) == number) {
                return Optional.of(message);
            }
        }
        return Optional.empty();
    }
}
