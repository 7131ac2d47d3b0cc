// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.trace;

/** What a record in the ring is; the number in the record is the ordinal. The meaning of its words is the kind's. */
public enum TraceKind {
    /** BAR0 was read. a: offset, b: value, detail: size. */
    REGISTER_READ,
    /** BAR0 was written. As {@link #REGISTER_READ}. */
    REGISTER_WRITE,
    /** Another BAR was read. a: offset, b: value or length, detail: size (0 for a run of bytes) and the BAR from bit 8 on. */
    MEMORY_READ,
    /** Another BAR was written. As {@link #MEMORY_READ}. */
    MEMORY_WRITE,
    /** Configuration space was read. a: offset, b: value, detail: size. */
    CONFIG_READ,
    /** Configuration space was written. As {@link #CONFIG_READ}. */
    CONFIG_WRITE,
    /** A message from the driver, complete. a: function, b: sequence, detail: release; payload. */
    CALL,
    /** Its answer. a: function, b: sequence, c: result, detail: release; payload, and the time the answer took. */
    REPLY,
    /** A message of the GSP's own accord. a: number, detail: release; payload. */
    EVENT,
    /** A step of the boot. a: {@link BootStep}'s ordinal, b: argument, c: result; payload: what there is to say. */
    BOOT,
    /** A vector became pending. a: vector. */
    VECTOR,
    /** The function interrupted. a: {@link io.lamella.pci.InterruptKind}'s ordinal, b: vector or level. */
    INTERRUPT,
    /** A channel was stopped. a: channel, b: Xid, c: address; payload: the sentence. */
    FAULT,
    /** The function's life. a: {@link LifeStep}'s ordinal. */
    LIFE;

    private static final TraceKind[] ALL = values();

    static TraceKind of(int code) {
        return ALL[code];
    }

    static boolean isKnown(int code) {
        return code >= 0 && code < ALL.length;
    }
}
