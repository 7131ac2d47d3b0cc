// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

/**
 * One thing in a recording.
 *
 * @param type what it is; says which of the other values mean something
 * @param timeNanos when the access began, from the recording's start on
 * @param bar which
 * @param address offset in the BAR or configuration space, or the I/O virtual address
 * @param size of the access or the range, in bytes; the kind of an interrupt
 * @param value what was read or written, what may be done with a range, the vector or the level
 * @param data what was read or written, where it is a run of bytes
 */
// The data is compared by Arrays.equals where it is compared.
@SuppressWarnings("ArrayRecordComponent")
record RecordedEvent(EventType type, long timeNanos, int bar, long address, long size, long value, byte[] data) {
    static final byte[] NO_DATA = {};

    private static final int TIME = 1;
    private static final int BAR = 2;
    private static final int ADDRESS = 4;
    private static final int SIZE = 8;
    private static final int VALUE = 16;
    private static final int DATA = 32;

    enum EventType {
        CONFIG_READ(1, TIME | ADDRESS | SIZE | VALUE),
        CONFIG_WRITE(2, TIME | ADDRESS | SIZE | VALUE),
        BAR_READ(3, TIME | BAR | ADDRESS | SIZE | VALUE),
        BAR_WRITE(4, TIME | BAR | ADDRESS | SIZE | VALUE),
        RUN_READ(5, TIME | BAR | ADDRESS | DATA),
        RUN_WRITE(6, TIME | BAR | ADDRESS | DATA),
        RESET(7, TIME),
        CONNECT(8, TIME),
        DISCONNECT(9, TIME),
        DMA_READ(16, ADDRESS | DATA),
        DMA_WRITE(17, ADDRESS | DATA),
        DMA_READ_FAULT(18, ADDRESS | SIZE),
        DMA_WRITE_FAULT(19, ADDRESS | SIZE),
        MAP(20, ADDRESS | SIZE | VALUE),
        UNMAP(21, ADDRESS | SIZE),
        INTERRUPT(22, SIZE | VALUE),
        PIN(23, VALUE),
        /** The function had not come to rest when the access before it in the file was over. */
        UNSETTLED(24, 0);

        private static final EventType[] BY_CODE = new EventType[32];

        static {
            for (EventType type : values()) {
                BY_CODE[type.code] = type;
            }
        }

        private final int code;
        private final int parts;

        EventType(int code, int parts) {
            this.code = code;
            this.parts = parts;
        }

        int code() {
            return code;
        }

        /** @throws IllegalArgumentException if there is no such type */
        static EventType of(int code) {
            if (code < 0 || code >= BY_CODE.length || BY_CODE[code] == null) {
                throw new IllegalArgumentException("no event has the code " + code);
            }
            return BY_CODE[code];
        }

        boolean hasTime() {
            return (parts & TIME) != 0;
        }

        boolean hasBar() {
            return (parts & BAR) != 0;
        }

        boolean hasAddress() {
            return (parts & ADDRESS) != 0;
        }

        boolean hasSize() {
            return (parts & SIZE) != 0;
        }

        boolean hasValue() {
            return (parts & VALUE) != 0;
        }

        boolean hasData() {
            return (parts & DATA) != 0;
        }

        /** Whether it came from the driver's side, so that it closes what the function did meanwhile. */
        boolean isAccess() {
            return hasTime();
        }
    }
}
