// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import java.nio.charset.StandardCharsets;

/** The shape of a recording's file; the package's description says it in words. Numbers are big-endian. */
final class RecordingFormat {
    static final byte[] MAGIC = "LAMREC\r\n".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;
    static final int MAX_HEADER_BYTES = 4096;

    /** A chunk is written when it has so many bytes. */
    static final int CHUNK_BYTES = 256 << 10;

    /** The most that one event carries; longer runs are several events. */
    static final int MAX_DATA_BYTES = 1 << 20;

    /** A chunk that is nearly full and one event more. */
    static final int MAX_CHUNK_BYTES = CHUNK_BYTES + MAX_DATA_BYTES + 128;

    /** Past that the recorder stops, and a reader does not go. */
    static final long MAX_TOTAL_BYTES = 16L << 30;

    private RecordingFormat() {}
}
