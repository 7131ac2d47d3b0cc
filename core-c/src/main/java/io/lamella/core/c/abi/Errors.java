// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GpuGoneException;
import io.lamella.core.RmException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;

/** Exceptions on this side, negative error numbers and sentences on the other. */
public final class Errors {
    private static final Logger LOG = System.getLogger(Errors.class.getName());

    private Errors() {}

    /** The number for a failure; what is not one of the core's own refusals is a bug and logged as such. */
    public static int code(Throwable failure) {
        return switch (failure) {
            case CoreException core -> -core.error().errno();
            case IllegalArgumentException argument -> -CoreError.INVALID.errno();
            case IndexOutOfBoundsException outside -> -CoreError.INVALID.errno();
            case OutOfMemoryError full -> -CoreError.NO_SPACE.errno();
            default -> {
                LOG.log(Level.ERROR, "A call from C failed in a way that it should not", failure);
                yield -CoreError.DEVICE_FAULT.errno();
            }
        };
    }

    /**
     * Ends a call from C that failed: fills in the caller's error, if it wants one.
     *
     * @return the number to return
     */
    public static int report(Throwable failure, MemorySegment error) {
        int code = code(failure);
        if (!Pointers.isNull(error)) {
            MemorySegment struct = Structs.ERROR.behind(error);
            Structs.ERROR.setU32(struct, "code", code);
            Structs.ERROR.setU32(struct, "rm_status", failure instanceof RmException rm ? rm.status() : 0);
            Structs.ERROR.setText(struct, "sentence", sentence(failure));
        }
        return code;
    }

    private static String sentence(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isEmpty()
                ? "Failed: " + failure.getClass().getSimpleName() + "."
                : message;
    }

    /** The failure that a call to C reported. */
    public static CoreException exception(int code, MemorySegment error) {
        String sentence = Structs.ERROR.text(error, "sentence");
        int status = Structs.ERROR.u32(error, "rm_status");
        CoreError kind = kind(code);
        if (sentence.isEmpty()) {
            sentence = "The core refused with " + code + " (" + kind + ") and gave no reason.";
        }
        if (kind == CoreError.GONE) {
            return new GpuGoneException(sentence);
        }
        return status != 0 ? new RmException(kind, status, sentence) : new CoreException(kind, sentence);
    }

    /** What a number means; those that the header does not have mean that the other side is broken. */
    public static CoreError kind(int code) {
        for (CoreError error : CoreError.values()) {
            if (error.errno() == -code) {
                return error;
            }
        }
        return CoreError.DEVICE_FAULT;
    }
}
