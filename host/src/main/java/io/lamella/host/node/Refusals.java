// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.core.CoreException;
import io.lamella.host.MissingModuleException;
import io.lamella.host.store.StoreException;
import io.lamella.linux.LinuxException;
import io.lamella.vgpu.VgpuException;
import io.lamella.vgpu.type.TypeFileException;

/** Failures of the layers below as refusals of a node. */
final class Refusals {
    private Refusals() {}

    static NodeException of(RuntimeException e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return switch (e) {
            case NodeException own -> own;
            case VgpuException refusal ->
                new NodeException(
                        code(refusal.reason()),
                        text,
                        refusal.problems().stream()
                                .map(problem -> new NodeProblem("", problem))
                                .toList(),
                        e);
            case CoreException core ->
                new NodeException(
                        switch (core.error()) {
                            case GONE -> NodeErrorCode.GPU_GONE;
                            case NO_SPACE -> NodeErrorCode.NO_FRAME_BUFFER;
                            default -> NodeErrorCode.FIRMWARE_FAILED;
                        },
                        text,
                        e);
            case TypeFileException file ->
                new NodeException(
                        NodeErrorCode.INVALID_FILE,
                        text,
                        file.problems().stream()
                                .map(problem -> new NodeProblem(problem.path(), problem.sentence()))
                                .toList(),
                        file);
            case StoreException store -> new NodeException(NodeErrorCode.STORE_FAILED, text, store);
            case LinuxException linux -> new NodeException(NodeErrorCode.SOCKET_FAILED, text, linux);
            case MissingModuleException missing -> new NodeException(NodeErrorCode.NOT_SUPPORTED, text, missing);
            default -> new NodeException(NodeErrorCode.INTERNAL_ERROR, "Something went wrong inside: " + text, e);
        };
    }

    static NodeErrorCode code(VgpuException.Reason reason) {
        return switch (reason) {
            case UNKNOWN_TYPE -> NodeErrorCode.UNKNOWN_TYPE;
            case OTHER_BOARD -> NodeErrorCode.OTHER_BOARD;
            case UNSUITABLE_TYPE -> NodeErrorCode.UNSUITABLE_TYPE;
            case PLACEMENT -> NodeErrorCode.PLACEMENT;
            case PARAMETERS -> NodeErrorCode.INVALID_DEFINITION;
            case MODE_IN_USE -> NodeErrorCode.MODE_IN_USE;
            case VIRTUAL_FUNCTIONS_IN_USE -> NodeErrorCode.VIRTUAL_FUNCTIONS_IN_USE;
            case OTHER_SIZE -> NodeErrorCode.OTHER_SIZE;
            case TOO_MANY -> NodeErrorCode.TOO_MANY_VGPUS;
            case NO_VIRTUAL_FUNCTION -> NodeErrorCode.NO_VIRTUAL_FUNCTION;
            case NO_FRAME_BUFFER -> NodeErrorCode.NO_FRAME_BUFFER;
            case UUID_IN_USE -> NodeErrorCode.UUID_IN_USE;
            case WRONG_STATE -> NodeErrorCode.WRONG_STATE;
            case NOT_FOUND -> NodeErrorCode.UNKNOWN_VGPU;
            case FIRMWARE -> NodeErrorCode.FIRMWARE_FAILED;
            case GPU_GONE -> NodeErrorCode.GPU_GONE;
            case CLOSED -> NodeErrorCode.NODE_CLOSED;
        };
    }
}
