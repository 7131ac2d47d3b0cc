// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreException;
import io.lamella.core.GpuGoneException;
import java.util.List;

/**
 * The manager refused or failed. The message is a sentence for a person: what, which limit, what would do. {@link #reason} is for a
 * program.
 */
public final class VgpuException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** No type has that name. */
        UNKNOWN_TYPE,
        /** The type is for another board. */
        OTHER_BOARD,
        /** The type's memory is not made of the units in which this GPU gives memory away. */
        UNSUITABLE_TYPE,
        /** The GPU is cut into vGPUs of another size. */
        OTHER_SIZE,
        /** The placement id is none of the type's, or taken. */
        PLACEMENT,
        /** Settings that cannot be; the message has all of them. */
        PARAMETERS,
        /** The GPU's mode cannot change while it has vGPUs. */
        MODE_IN_USE,
        /** As many as the type allows. */
        TOO_MANY,
        /** No such virtual function, none is free, or the one asked for is in use. */
        NO_VIRTUAL_FUNCTION,
        /** The number of virtual functions cannot change while a vGPU has one. */
        VIRTUAL_FUNCTIONS_IN_USE,
        /** Not enough frame buffer in one piece. */
        NO_FRAME_BUFFER,
        /** The UUID is in use. */
        UUID_IN_USE,
        /** The vGPU's state does not allow it. */
        WRONG_STATE,
        /** No such vGPU. */
        NOT_FOUND,
        /** The firmware refused, failed or did not answer in time. */
        FIRMWARE,
        /** The GPU is gone. */
        GPU_GONE,
        /** The manager is closed. */
        CLOSED
    }

    private final Reason reason;

    @SuppressWarnings("serial") // Nobody serializes it; List.copyOf gives lists that could be.
    private final List<String> problems;

    public VgpuException(Reason reason, String message) {
        this(reason, message, List.of());
    }

    public VgpuException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.problems = List.of();
    }

    /** For a refusal with more than one reason. */
    public VgpuException(Reason reason, String message, List<String> problems) {
        super(message);
        this.reason = reason;
        this.problems = List.copyOf(problems);
    }

    /** Each thing that is wrong, a sentence each, where there are several; else empty. */
    public List<String> problems() {
        return problems;
    }

    public Reason reason() {
        return reason;
    }

    /** What a failure says, as a sentence. */
    static String sentenceOf(RuntimeException e) {
        String text = e.getMessage();
        return text == null ? e.toString() : text;
    }

    /** What kind of refusal a failure of the core comes to. */
    static Reason reasonOf(RuntimeException e) {
        return switch (e) {
            case VgpuException own -> own.reason();
            case GpuGoneException _ -> Reason.GPU_GONE;
            case CoreException core ->
                switch (core.error()) {
                    case NO_SPACE -> Reason.NO_FRAME_BUFFER;
                    case GONE -> Reason.GPU_GONE;
                    case CLOSED -> Reason.CLOSED;
                    default -> Reason.FIRMWARE;
                };
            default -> Reason.FIRMWARE;
        };
    }
}
