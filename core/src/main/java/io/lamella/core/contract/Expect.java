// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GpuGoneException;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What a check expects. Whatever is otherwise breaks the clause, with a sentence that says so. */
final class Expect {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long PAUSE_NANOS = 200_000;

    private Expect() {}

    /** A call that is expected to do something. */
    interface Call {
        void run() throws Exception;
    }

    /** @param otherwise what happened if it is not so, as a sentence */
    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new BrokenClause(otherwise);
        }
    }

    /** @param what the thing that has a value, at the beginning of a sentence */
    static void same(@Nullable Object expected, @Nullable Object found, String what) {
        if (!Objects.equals(expected, found)) {
            throw new BrokenClause(what + " is " + found + "; " + expected + " was due.");
        }
    }

    /** A refusal with this error and with a sentence. */
    static void refused(CoreError error, String what, Call call) {
        CoreException refusal = refusal(error, what, call);
        if (refusal.error() != error) {
            throw new BrokenClause(
                    what + " is answered with " + refusal.error() + " (" + refusal.getMessage() + "); " + error
                            + " was due.",
                    refusal);
        }
        if (refusal.getMessage() == null || refusal.getMessage().isBlank()) {
            throw new BrokenClause(what + " is refused without a word of why.", refusal);
        }
    }

    /** Either of two refusals. */
    static void refused(CoreError one, CoreError other, String what, Call call) {
        CoreException refusal = refusal(one, what, call);
        if (refusal.error() != one && refusal.error() != other) {
            throw new BrokenClause(
                    what + " is answered with " + refusal.error() + " (" + refusal.getMessage() + "); " + one + " or "
                            + other + " was due.",
                    refusal);
        }
    }

    private static CoreException refusal(CoreError error, String what, Call call) {
        try {
            call.run();
        } catch (CoreException refusal) {
            return refusal;
        } catch (Exception other) {
            throw new BrokenClause(what + " is answered with " + other + "; " + error + " was due.", other);
        }
        throw new BrokenClause(what + " is accepted; " + error + " was due.");
    }

    /** The end of a function: the exception of its own that such a call throws. */
    static void gone(String what, Call call) {
        try {
            call.run();
        } catch (GpuGoneException gone) {
            return;
        } catch (Exception other) {
            throw new BrokenClause(what + " is answered with " + other + "; the GPU is gone.", other);
        }
        throw new BrokenClause(what + " succeeds although the GPU is gone.");
    }

    static void outOfBounds(String what, Call call) {
        try {
            call.run();
        } catch (IndexOutOfBoundsException refusal) {
            return;
        } catch (Exception other) {
            throw new BrokenClause(what + " is answered with " + other + "; it is out of bounds.", other);
        }
        throw new BrokenClause(what + " is accepted; it is out of bounds.");
    }

    /** Waits for something that is to come by itself. */
    static void soon(long limitMillis, BooleanSupplier holds, String otherwise) {
        long begun = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - begun > limitMillis * NANOS_PER_MILLI) {
                throw new BrokenClause(otherwise);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** A call that must end within a time, however it ends. */
    static void within(long limitMillis, String what, Call call) throws Exception {
        long begun = System.nanoTime();
        call.run();
        long millis = (System.nanoTime() - begun) / NANOS_PER_MILLI;
        that(millis <= limitMillis, what + " took " + millis + " ms; " + limitMillis + " ms are allowed.");
    }
}
