// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.gsp;

import io.lamella.core.CoreError;
import io.lamella.core.RmException;
import io.lamella.hw.gsp.NvStatus;
import java.util.EnumMap;
import java.util.Map;

/** What the resource manager's status words mean to a client of the core. */
final class RmStatus {
    private static final Map<NvStatus, CoreError> MEANINGS = new EnumMap<>(NvStatus.class);

    static {
        mean(CoreError.NO_SPACE, NvStatus.NO_MEMORY, NvStatus.INSUFFICIENT_RESOURCES, NvStatus.NO_FREE_FIFOS);
        mean(
                CoreError.BUSY,
                NvStatus.NOT_READY,
                NvStatus.TIMEOUT_RETRY,
                NvStatus.BUSY_RETRY,
                NvStatus.STATE_IN_USE,
                NvStatus.IN_USE,
                NvStatus.INVALID_STATE,
                NvStatus.INSERT_DUPLICATE_NAME);
        mean(
                CoreError.NOT_SUPPORTED,
                NvStatus.NOT_SUPPORTED,
                NvStatus.INVALID_COMMAND,
                NvStatus.INVALID_CLASS,
                NvStatus.INVALID_FUNCTION);
        mean(
                CoreError.NOT_FOUND,
                NvStatus.OBJECT_NOT_FOUND,
                NvStatus.INVALID_OBJECT_HANDLE,
                NvStatus.INVALID_OBJECT,
                NvStatus.INVALID_OBJECT_OLD,
                NvStatus.INVALID_CLIENT);
        mean(
                CoreError.INVALID,
                NvStatus.INVALID_ARGUMENT,
                NvStatus.INVALID_PARAMETER,
                NvStatus.INVALID_PARAM_STRUCT,
                NvStatus.INVALID_ADDRESS,
                NvStatus.INVALID_OFFSET,
                NvStatus.INVALID_LIMIT,
                NvStatus.OUT_OF_RANGE,
                NvStatus.INVALID_OBJECT_PARENT);
        mean(CoreError.NOT_PERMITTED, NvStatus.INSUFFICIENT_PERMISSIONS);
        mean(CoreError.TIMED_OUT, NvStatus.TIMEOUT);
        mean(CoreError.GONE, NvStatus.GPU_IS_LOST);
    }

    private RmStatus() {}

    private static void mean(CoreError meaning, NvStatus... statuses) {
        for (NvStatus status : statuses) {
            MEANINGS.put(status, meaning);
        }
    }

    /** @throws RmException if the status is not 0 */
    static void check(String what, int status) {
        if (status != 0) {
            CoreError meaning = MEANINGS.entrySet().stream()
                    .filter(entry -> entry.getKey().code() == status)
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(CoreError.DEVICE_FAULT);
            throw new RmException(
                    meaning, status, what + " was refused by the firmware: " + NvStatus.nameOf(status) + ".");
        }
    }
}
