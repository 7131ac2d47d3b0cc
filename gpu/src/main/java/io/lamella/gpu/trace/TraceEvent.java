// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

import java.util.Map;

/**
 * Something that happened in a function, with names.
 *
 * @param atNanos when it began, from the reader's beginning on
 * @param kind of thing
 * @param action what was done: read, write, call, event, ring, raise, signal, ...
 * @param name of the register, message, step or cause
 * @param number of it: offset, function, vector
 * @param known whether the name is a name and not a number
 * @param fields what it carried, decoded: numbers as {@link Long}, addresses, handles and masks as hexadecimal text, flags as
 *     {@link Boolean}, structures as maps, arrays as lists
 * @param reply what the answer carried that the question did not; empty for what has no answer
 * @param result how it ended: a register's value, a status; empty where that has no meaning
 * @param error whether it ended badly
 * @param durationNanos how long it took; 0 where that has no meaning
 */
public record TraceEvent(
        long atNanos,
        Kind kind,
        String action,
        String name,
        long number,
        boolean known,
        Map<String, Object> fields,
        Map<String, Object> reply,
        String result,
        boolean error,
        long durationNanos) {
    /** Kinds that a filter tells apart. */
    public enum Kind {
        /** A message to the GSP with its answer, or one of the GSP's own. */
        RPC,
        /** A step of the start or the end. */
        BOOT,
        /** A register of BAR0. */
        REGISTER,
        /** Memory behind a BAR, or behind a window of BAR0. */
        MEMORY,
        /** Configuration space. */
        CONFIG,
        /** The driver rang. */
        DOORBELL,
        /** A vector became pending, or the function interrupted. */
        INTERRUPT,
        /** A channel was stopped. */
        FAULT,
        /** Connected, reset, gone. */
        LIFE,
        /** Records were lost here, because the reader was too slow; the number says how many slots. */
        GAP
    }
}
