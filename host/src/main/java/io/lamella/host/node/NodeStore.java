// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import io.lamella.host.store.DocumentStore;
import io.lamella.host.store.EventJournal;
import io.lamella.host.store.StoreException;
import io.lamella.host.store.StoreFiles;
import io.lamella.host.store.StoreReport;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node keeps on disk: {@code vgpus/UUID.json} and {@code gpus/NAME.json}, what is wanted; {@code numbers.json}, so that no number is
 * given twice; and the journal of events. One process at a time may use a directory.
 */
final class NodeStore implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeStore.class.getName());
    private static final String NUMBERS = "numbers";
    private static final long BLOCK = 1 << 16;
    private static final int JOURNAL_FILE_BYTES = 1 << 20;

    private final DocumentStore<StoredVgpu> vgpus;
    private final DocumentStore<StoredGpu> gpus;
    private final DocumentStore<StoredNumbers> numbers;
    private final EventJournal journal;
    private final @Nullable FileChannel lock;
    private final List<NodeEvent> events = new ArrayList<>();
    private final List<String> reports = new ArrayList<>();
    private final long lastPossible;

    /** Numbers that are given and reserved. Guarded by this. */
    private long given;

    private long reserved;
    private boolean journalFailed;

    private NodeStore(Path directory, StoreFiles files, @Nullable FileChannel lock) throws IOException {
        this.lock = lock;
        vgpus = DocumentStore.open(
                directory.resolve("vgpus"), files, StoredJson.codec(StoredVgpu.class, StoredVgpu::schema, 1));
        gpus = DocumentStore.open(
                directory.resolve("gpus"), files, StoredJson.codec(StoredGpu.class, StoredGpu::schema, 1));
        numbers = DocumentStore.open(directory, files, StoredJson.codec(StoredNumbers.class, StoredNumbers::schema, 1));
        journal = EventJournal.open(directory, files, JOURNAL_FILE_BYTES);
        long last = 0;
        for (StoredNumbers stored : numbers.initial().values()) {
            last = Math.max(last, stored.reservedTo());
        }
        for (byte[] record : journal.initial()) {
            NodeEvent event = StoredJson.event(record);
            if (event != null
                    && (events.isEmpty() || event.id() > events.getLast().id())) {
                events.add(event);
                last = Math.max(last, event.id());
            }
        }
        for (StoredVgpu vgpu : vgpus.initial().values()) {
            last = Math.max(last, vgpu.revision());
        }
        lastPossible = last;
        given = last;
        reserved = last;
        for (DocumentStore<?> store : List.of(vgpus, gpus, numbers)) {
            store.reports().stream()
                    // Numbers have no caller who waits for a confirmation.
                    .filter(report -> !store.equals(numbers) || report.kind() == StoreReport.Kind.SET_ASIDE)
                    .forEach(report -> reports.add(report.sentence()));
        }
        journal.reports().forEach(report -> reports.add(report.sentence()));
    }

    /** @throws IOException if the directory cannot be used, or another process uses it */
    static NodeStore open(Path directory) throws IOException {
        StoreFiles.DISK.createDirectories(directory);
        FileChannel lock =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (!tryLock(lock)) {
                throw new IOException("another process uses the state directory " + directory
                        + "; stop it, or give another directory");
            }
            return new NodeStore(directory, StoreFiles.DISK, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            // Held as long as the channel is open.
            FileLock held = channel.tryLock();
            return held != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** For tests: no lock, and another file system. */
    static NodeStore open(Path directory, StoreFiles files) throws IOException {
        return new NodeStore(directory, files, null);
    }

    /** What is kept nowhere. */
    static NodeStore inMemory() {
        try {
            return new NodeStore(Path.of("/"), new MemoryFiles(), null);
        } catch (IOException e) {
            throw new IllegalStateException("Memory has no input or output to fail.", e);
        }
    }

    Map<String, StoredVgpu> initialVgpus() {
        return vgpus.initial();
    }

    Map<String, StoredGpu> initialGpus() {
        return gpus.initial();
    }

    /** Events of earlier lives, oldest first. */
    List<NodeEvent> initialEvents() {
        return List.copyOf(events);
    }

    /** The last number that an earlier life may have given. */
    long lastPossibleNumber() {
        return lastPossible;
    }

    /** What was found wrong, a sentence each. */
    List<String> reports() {
        return List.copyOf(reports);
    }

    /** A number that was never given before, greater than all of them. */
    synchronized long nextNumber() {
        if (given >= reserved) {
            try {
                numbers.put(NUMBERS, new StoredNumbers(StoredNumbers.SCHEMA, reserved + BLOCK));
            } catch (StoreException e) {
                // Better a number that a crash may give again than an event that is lost.
                LOG.log(Level.WARNING, "Numbers of events could not be reserved.", e);
            }
            reserved += BLOCK;
        }
        return ++given;
    }

    void put(String uuid, StoredVgpu vgpu) {
        vgpus.put(uuid, vgpu);
    }

    void deleteVgpu(String uuid) {
        vgpus.delete(uuid);
    }

    void put(String name, StoredGpu gpu) {
        gpus.put(name, gpu);
    }

    /** Writes events down. A failure is logged once; the node goes on without. */
    synchronized void journal(List<NodeEvent> batch) {
        List<byte[]> records = new ArrayList<>();
        boolean audit = false;
        for (NodeEvent event : batch) {
            byte[] record = StoredJson.record(event);
            if (record.length <= EventJournal.MAX_RECORD_BYTES) {
                records.add(record);
                audit |= event.audit();
            }
        }
        try {
            journal.append(records, audit);
            journalFailed = false;
        } catch (IOException e) {
            if (!journalFailed) {
                LOG.log(Level.WARNING, "Events cannot be written to the journal; the node goes on without.", e);
            }
            journalFailed = true;
        }
    }

    @Override
    public void close() {
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "The lock was gone already.", e);
            }
        }
    }

    /** A file system that forgets. */
    private static final class MemoryFiles implements StoreFiles {
        @Override
        public void createDirectories(Path directory) {}

        @Override
        public List<String> list(Path directory) {
            return List.of();
        }

        @Override
        public boolean exists(Path file) {
            return false;
        }

        @Override
        public byte[] read(Path file, int limit) throws IOException {
            throw new IOException("Nothing is kept.");
        }

        @Override
        public void write(Path file, byte[] bytes) {}

        @Override
        public void append(Path file, byte[] bytes) {}

        @Override
        public void truncate(Path file, long sizeBytes) {}

        @Override
        public void sync(Path file) {}

        @Override
        public void syncDirectory(Path directory) {}

        @Override
        public void rename(Path from, Path to) {}

        @Override
        public void delete(Path file) {}
    }
}
