// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * An append-only journal of records of bounded size: two files, of which the older goes when the younger is full.
 *
 * <p>A record is its length (4 bytes), the CRC32C of the content (4 bytes), both big-endian, and the content. Reading ends at the first
 * record that is not whole; the rest of that file is kept beside it and cut off, so that what is appended later can be read again.
 *
 * <p>One thread at a time.
 */
public final class EventJournal {
    /** The most that a record has. */
    public static final int MAX_RECORD_BYTES = 64 << 10;

    private static final int HEADER_BYTES = 8;
    private static final int MAX_WRITE_BYTES = MAX_RECORD_BYTES + HEADER_BYTES;
    private static final String YOUNG = "events.log";
    private static final String OLD = "events.old.log";

    private final Path directory;
    private final StoreFiles files;
    private final int fileLimitBytes;
    private final List<byte[]> found = new ArrayList<>();
    private final List<StoreReport> reports = new ArrayList<>();
    private long youngBytes;

    private EventJournal(Path directory, StoreFiles files, int fileLimitBytes) {
        this.directory = directory;
        this.files = files;
        this.fileLimitBytes = fileLimitBytes;
    }

    /**
     * Reads what is there.
     *
     * @param fileLimitBytes how long each of the two files may become
     * @throws IOException if the directory cannot be used
     */
    public static EventJournal open(Path directory, StoreFiles files, int fileLimitBytes) throws IOException {
        EventJournal journal = new EventJournal(directory, files, fileLimitBytes);
        files.createDirectories(directory);
        journal.read(OLD);
        journal.youngBytes = journal.read(YOUNG);
        return journal;
    }

    /** The records that were there when it was opened, oldest first. */
    public List<byte[]> initial() {
        return List.copyOf(found);
    }

    /** What was to be said when it was opened. */
    public List<StoreReport> reports() {
        return List.copyOf(reports);
    }

    private long read(String name) throws IOException {
        Path file = directory.resolve(name);
        if (!files.exists(file)) {
            return 0;
        }
        byte[] content = files.read(file, fileLimitBytes + MAX_WRITE_BYTES);
        int at = 0;
        while (true) {
            int length = wholeRecord(content, at);
            if (length < 0) {
                break;
            }
            found.add(Arrays.copyOfRange(content, at + HEADER_BYTES, at + HEADER_BYTES + length));
            at += HEADER_BYTES + length;
        }
        if (at < content.length) {
            Path aside = directory.resolve(name + ".damaged");
            files.write(aside, Arrays.copyOfRange(content, at, content.length));
            files.sync(aside);
            files.truncate(file, at);
            files.sync(file);
            reports.add(new StoreReport(
                    StoreReport.Kind.JOURNAL_CUT,
                    name,
                    "The last " + (content.length - at) + " bytes of the event journal " + file
                            + " are no whole record; they are now in " + aside.getFileName() + "."));
        }
        return at;
    }

    /** The length of the record at {@code at}, or -1 if there is no whole one. */
    private static int wholeRecord(byte[] content, int at) {
        if (content.length - at < HEADER_BYTES) {
            return -1;
        }
        ByteBuffer header = ByteBuffer.wrap(content, at, HEADER_BYTES);
        int length = header.getInt();
        int crc = header.getInt();
        if (length < 1 || length > MAX_RECORD_BYTES || length > content.length - at - HEADER_BYTES) {
            return -1;
        }
        return crc(content, at + HEADER_BYTES, length) == crc ? length : -1;
    }

    private static int crc(byte[] content, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(content, offset, length);
        return (int) crc.getValue();
    }

    /**
     * Appends records.
     *
     * @param records up to {@value #MAX_RECORD_BYTES} bytes each
     * @param durable whether to return only when they are on disk
     * @throws IOException if they cannot be written; some of them may be
     */
    public void append(List<byte[]> records, boolean durable) throws IOException {
        ByteArrayOutputStream some = new ByteArrayOutputStream();
        for (byte[] record : records) {
            if (record.length < 1 || record.length > MAX_RECORD_BYTES) {
                throw new IllegalArgumentException(
                        "A record has 1 to " + MAX_RECORD_BYTES + " bytes, not " + record.length + ".");
            }
            if (some.size() + HEADER_BYTES + record.length > MAX_WRITE_BYTES) {
                write(some.toByteArray());
                some.reset();
            }
            some.writeBytes(ByteBuffer.allocate(HEADER_BYTES)
                    .putInt(record.length)
                    .putInt(crc(record, 0, record.length))
                    .array());
            some.writeBytes(record);
        }
        if (some.size() > 0) {
            write(some.toByteArray());
        }
        if (durable && !records.isEmpty()) {
            files.sync(directory.resolve(YOUNG));
        }
    }

    private void write(byte[] bytes) throws IOException {
        Path young = directory.resolve(YOUNG);
        if (youngBytes > 0 && youngBytes + bytes.length > fileLimitBytes) {
            files.sync(young);
            files.rename(young, directory.resolve(OLD));
            youngBytes = 0;
        }
        try {
            files.append(young, bytes);
        } catch (IOException e) {
            mend(young, e);
            throw e;
        }
        if (youngBytes == 0) {
            files.syncDirectory(directory);
        }
        youngBytes += bytes.length;
    }

    /** Takes back what a failed write left, so that later records can be read. */
    private void mend(Path young, IOException cause) {
        try {
            if (files.exists(young)) {
                files.truncate(young, youngBytes);
            }
        } catch (IOException again) {
            cause.addSuppressed(again);
        }
    }
}
