// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.recording;

import io.lamella.gpu.recording.RecordedEvent.EventType;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Reads a recording, which may be anything that someone has found: every length is checked before it is believed. One thread. */
public final class RecordingReader implements AutoCloseable {
    private final DataInputStream in;
    private final RecordingHeader header;
    private final Inflater inflater = new Inflater(true);
    private byte[] chunk = new byte[0];
    private int position;
    private long time;
    private long events;
    private long total;
    private boolean ended;
    private boolean complete;

    /** @throws RecordingException if it is no recording */
    public RecordingReader(Path file) throws IOException {
        in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
        try {
            header = readHeader();
        } catch (EOFException e) {
            in.close();
            throw new RecordingException(file + " is too short to be a recording.");
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private RecordingHeader readHeader() throws IOException {
        byte[] magic = in.readNBytes(RecordingFormat.MAGIC.length);
        if (!Arrays.equals(magic, RecordingFormat.MAGIC)) {
            throw new RecordingException("This file is not a recording of lamella.");
        }
        int version = in.readInt();
        if (version != RecordingFormat.VERSION) {
            throw new RecordingException("This recording has version " + Integer.toUnsignedString(version)
                    + " of the format; this program knows version " + RecordingFormat.VERSION + ".");
        }
        int length = in.readInt();
        int checksum = in.readInt();
        if (length < 0 || length > RecordingFormat.MAX_HEADER_BYTES) {
            throw new RecordingException("The recording's header says that it has " + Integer.toUnsignedString(length)
                    + " bytes; at most " + RecordingFormat.MAX_HEADER_BYTES + " are possible.");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        if (RecordingWriter.checksum(bytes, length) != checksum) {
            throw new RecordingException("The recording's header is damaged: its checksum is wrong.");
        }
        return RecordingHeader.of(bytes);
    }

    /** What it says of itself. */
    public RecordingHeader header() {
        return header;
    }

    /** Whether the end was reached and is the end that the recorder wrote, so that nothing is missing. */
    public boolean isComplete() {
        return complete;
    }

    /** The next event, or null at the end. @throws RecordingException if the file is damaged */
    @Nullable
    RecordedEvent next() throws IOException {
        if (position == chunk.length && !readChunk()) {
            return null;
        }
        try {
            events++;
            EventType type = EventType.of(chunk[position++]);
            if (type.hasTime()) {
                time = Math.addExact(time, number());
            }
            int bar = type.hasBar() ? (int) number() : 0;
            long address = type.hasAddress() ? number() : 0;
            long size = type.hasSize() ? number() : 0;
            long value = type.hasValue() ? number() : 0;
            byte[] data = type.hasData() ? data() : RecordedEvent.NO_DATA;
            RecordedEvent event = new RecordedEvent(type, time, bar, address, size, value, data);
            check(event);
            return event;
        } catch (IndexOutOfBoundsException e) {
            throw damaged("it ends in the middle of a chunk");
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
    }

    private static void check(RecordedEvent event) {
        boolean scalar = event.type().hasSize() && event.type().hasTime();
        if (scalar && event.size() != 1 && event.size() != 2 && event.size() != 4 && event.size() != 8) {
            throw new IllegalArgumentException("an access has " + event.size() + " bytes");
        }
        if (event.type() == EventType.CONFIG_READ || event.type() == EventType.CONFIG_WRITE) {
            if (event.address() < 0 || event.address() > 4096) {
                throw new IllegalArgumentException("configuration space has no offset " + event.address());
            }
        }
        if (event.type().hasBar() && (event.bar() < 0 || event.bar() > 6 || event.address() < 0)) {
            throw new IllegalArgumentException("there is no BAR " + event.bar() + " or no offset in it");
        }
    }

    private RecordingException damaged(String why) {
        return new RecordingException("The recording is damaged at event " + events + ": " + why + ".");
    }

    private byte[] data() {
        long length = number();
        if (length < 0 || length > RecordingFormat.MAX_DATA_BYTES || length > chunk.length - position) {
            throw new IllegalArgumentException("a run of bytes says that it has " + length);
        }
        byte[] data = Arrays.copyOfRange(chunk, position, position + (int) length);
        position += (int) length;
        return data;
    }

    private long number() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte part = chunk[position++];
            value |= (part & 0x7fL) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number does not end");
    }

    private boolean readChunk() throws IOException {
        if (ended) {
            return false;
        }
        try {
            int length = in.readInt();
            if (length == 0) {
                ended = true;
                long count = in.readLong();
                if (count != events) {
                    throw damaged("it ends here, but says that it has " + count + " events");
                }
                complete = true;
                return false;
            }
            int packedLength = in.readInt();
            int checksum = in.readInt();
            if (length < 0
                    || length > RecordingFormat.MAX_CHUNK_BYTES
                    || packedLength <= 0
                    || packedLength > RecordingFormat.MAX_CHUNK_BYTES + 1024) {
                throw damaged("a chunk says that it has " + Integer.toUnsignedString(length) + " bytes, packed "
                        + Integer.toUnsignedString(packedLength));
            }
            total += length;
            if (total > RecordingFormat.MAX_TOTAL_BYTES) {
                throw damaged("it is longer than any recording");
            }
            byte[] packed = new byte[packedLength];
            in.readFully(packed);
            chunk = unpack(packed, length, checksum);
            position = 0;
            return true;
        } catch (EOFException e) {
            // The recorder was killed: what it wrote until then is good.
            ended = true;
            return false;
        }
    }

    private byte[] unpack(byte[] packed, int length, int checksum) throws RecordingException {
        byte[] bytes = new byte[length];
        inflater.reset();
        inflater.setInput(packed);
        int done = 0;
        try {
            while (done < length && !inflater.finished()) {
                int more = inflater.inflate(bytes, done, length - done);
                if (more == 0) {
                    break;
                }
                done += more;
            }
        } catch (DataFormatException e) {
            throw damaged("a chunk cannot be unpacked");
        }
        if (done != length || RecordingWriter.checksum(bytes, length) != checksum) {
            throw damaged("a chunk's length or checksum is wrong");
        }
        return bytes;
    }

    @Override
    public void close() throws IOException {
        ended = true;
        inflater.end();
        in.close();
    }
}
