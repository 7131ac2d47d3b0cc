// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Writes a recording. Any thread. When the file cannot be written, or becomes too long, the recording ends there and whoever is recorded goes on:
 * {@link #failure} says why.
 */
final class RecordingWriter implements AutoCloseable {
    private final Path file;
    private final DataOutputStream out;
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final byte[] chunk = new byte[RecordingFormat.MAX_CHUNK_BYTES];
    private final byte[] packed = new byte[RecordingFormat.MAX_CHUNK_BYTES + 1024];
    private int filled;
    private long lastTime;
    private long events;
    private long total;
    private boolean closed;
    private @Nullable String failure;

    /** @throws IOException if the file cannot be made */
    RecordingWriter(Path file, RecordingHeader header) throws IOException {
        this.file = file;
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
        byte[] bytes = header.bytes();
        out.write(RecordingFormat.MAGIC);
        out.writeInt(RecordingFormat.VERSION);
        out.writeInt(bytes.length);
        out.writeInt(checksum(bytes, bytes.length));
        out.write(bytes);
    }

    static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** Why the recording ended early, as a sentence, or null. */
    synchronized @Nullable String failure() {
        return failure;
    }

    synchronized void add(EventType type, long timeNanos, int bar, long address, long size, long value) {
        begin(type, timeNanos, bar, address, size, value);
        finish();
    }

    /** An event with data; a long one becomes several. */
    synchronized void add(EventType type, long timeNanos, int bar, long address, MemorySegment data) {
        long done = 0;
        do {
            int piece = (int) Math.min(data.byteSize() - done, RecordingFormat.MAX_DATA_BYTES);
            begin(type, timeNanos, bar, address + done, 0, 0);
            if (isOpen()) {
                number(piece);
                MemorySegment.copy(data, done, MemorySegment.ofArray(chunk), filled, piece);
                filled += piece;
            }
            finish();
            done += piece;
        } while (done < data.byteSize());
    }

    private boolean isOpen() {
        return !closed && failure == null;
    }

    private void begin(EventType type, long timeNanos, int bar, long address, long size, long value) {
        if (!isOpen()) {
            return;
        }
        events++;
        chunk[filled++] = (byte) type.code();
        if (type.hasTime()) {
            long now = Math.max(timeNanos, lastTime);
            number(now - lastTime);
            lastTime = now;
        }
        if (type.hasBar()) {
            number(bar);
        }
        if (type.hasAddress()) {
            number(address);
        }
        if (type.hasSize()) {
            number(size);
        }
        if (type.hasValue()) {
            number(value);
        }
    }

    /** Seven bits to a byte, the lowest first. */
    private void number(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            chunk[filled++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        chunk[filled++] = (byte) left;
    }

    private void finish() {
        if (isOpen() && filled >= RecordingFormat.CHUNK_BYTES) {
            writeChunk();
        }
    }

    private void writeChunk() {
        if (filled == 0) {
            return;
        }
        try {
            deflater.reset();
            deflater.setInput(chunk, 0, filled);
            deflater.finish();
            int length = 0;
            while (!deflater.finished() && length < packed.length) {
                length += deflater.deflate(packed, length, packed.length - length);
            }
            if (!deflater.finished()) {
                throw new IOException("a chunk of " + filled + " bytes became larger by packing");
            }
            out.writeInt(filled);
            out.writeInt(length);
            out.writeInt(checksum(chunk, filled));
            out.write(packed, 0, length);
            total += filled;
            if (total > RecordingFormat.MAX_TOTAL_BYTES - RecordingFormat.MAX_CHUNK_BYTES) {
                failure = "The recording has reached " + RecordingFormat.MAX_TOTAL_BYTES + " bytes and ends here.";
            }
        } catch (IOException e) {
            failure = "The recording " + file + " could not be written on: " + e.getMessage();
        }
        filled = 0;
    }

    /** Completes the file. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        writeChunk();
        closed = true;
        deflater.end();
        try {
            if (failure == null) {
                out.writeInt(0);
                out.writeLong(events);
            }
            out.close();
        } catch (IOException e) {
            failure = "The recording " + file + " could not be completed: " + e.getMessage();
        }
    }
}
