// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Why a node refused, for programs. The names are part of the interface: none is ever renamed or used for something else. */
public enum NodeErrorCode {
    UNKNOWN_GPU(NodeErrorCategory.NOT_FOUND),
    UNKNOWN_VGPU(NodeErrorCategory.NOT_FOUND),
    UNKNOWN_TYPE(NodeErrorCategory.INVALID),
    /** A definition, a setting or a parameter is not sound; the problems say where. */
    INVALID_DEFINITION(NodeErrorCategory.INVALID),
    /** A node file cannot be read or is not sound; the problems say where. */
    INVALID_FILE(NodeErrorCategory.INVALID),
    /** The type is for another board. */
    OTHER_BOARD(NodeErrorCategory.INVALID),
    /** The type does not suit the GPU's units of memory. */
    UNSUITABLE_TYPE(NodeErrorCategory.INVALID),
    /** This version cannot do it. */
    NOT_SUPPORTED(NodeErrorCategory.INVALID),
    NAME_IN_USE(NodeErrorCategory.CONFLICT),
    UUID_IN_USE(NodeErrorCategory.CONFLICT),
    /** The state of the vGPU or the GPU does not allow it. */
    WRONG_STATE(NodeErrorCategory.CONFLICT),
    /** Another operation on the same thing runs. */
    OPERATION_IN_PROGRESS(NodeErrorCategory.CONFLICT),
    /** The GPU is cut into vGPUs of another size. */
    OTHER_SIZE(NodeErrorCategory.CONFLICT),
    /** The placement is taken, or is none. */
    PLACEMENT(NodeErrorCategory.CONFLICT),
    /** The GPU's mode cannot change while it has vGPUs, or while its scheduler shares by fixed parts. */
    MODE_IN_USE(NodeErrorCategory.CONFLICT),
    /** The GPU cannot be given to another use while vGPUs, programs or a VM hold it; the problems say who. */
    GPU_IN_USE(NodeErrorCategory.CONFLICT),
    /** The GPU is given to another use than the one that is asked of it. */
    OTHER_USE(NodeErrorCategory.CONFLICT),
    /** The number of virtual functions cannot change while vGPUs have some. */
    VIRTUAL_FUNCTIONS_IN_USE(NodeErrorCategory.CONFLICT),
    /** The object has another revision than the caller thinks. */
    REVISION_MISMATCH(NodeErrorCategory.PRECONDITION),
    TOO_MANY_VGPUS(NodeErrorCategory.LIMIT),
    NO_VIRTUAL_FUNCTION(NodeErrorCategory.LIMIT),
    NO_FRAME_BUFFER(NodeErrorCategory.LIMIT),
    /** None of the GPUs takes it; the problems say why, one for each GPU. */
    NO_GPU_TAKES_IT(NodeErrorCategory.LIMIT),
    GPU_GONE(NodeErrorCategory.UNAVAILABLE),
    /** The GPU's firmware refused, failed or did not answer. */
    FIRMWARE_FAILED(NodeErrorCategory.UNAVAILABLE),
    /** The vGPU's socket could not be made. */
    SOCKET_FAILED(NodeErrorCategory.UNAVAILABLE),
    /** The desired state could not be written; nothing was changed. */
    STORE_FAILED(NodeErrorCategory.UNAVAILABLE),
    /** A file was applied in part; the report says what was rolled back. */
    APPLY_FAILED(NodeErrorCategory.CONFLICT),
    NODE_CLOSED(NodeErrorCategory.UNAVAILABLE),
    /** A bug. */
    INTERNAL_ERROR(NodeErrorCategory.UNAVAILABLE);

    private final NodeErrorCategory category;

    NodeErrorCode(NodeErrorCategory category) {
        this.category = category;
    }

    public NodeErrorCategory category() {
        return category;
    }

    /** In kebab case, such as {@code unknown-vgpu}. */
    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
