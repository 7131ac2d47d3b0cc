// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Documents by key, each in a file of its own, that survive a crash at any moment with either their old or their new content.
 *
 * <p>A change goes: new content beside the file, synced; a marker whose name has the content's checksum; directory synced; renamed over
 * the file; directory synced; marker removed. When {@link #put} returns the new content is on disk. A marker that a crash left says, by
 * comparing, whether the old state counts or the new. Removal goes by a marker too. A file that cannot be read is given another name,
 * reported, and never removed.
 *
 * <p>May be used from any thread. Changes of one document must come one after the other; those of different ones need not.
 *
 * @param <T> what a document is
 */
public final class DocumentStore<T> {
    /** Longer files are set aside. */
    public static final int MAX_DOCUMENT_BYTES = 1 << 20;

    private static final String SUFFIX = ".json";
    private static final String FRESH = ".json.new";
    private static final String PUTTING = ".json.putting-";
    private static final String DELETING = ".json.deleting";
    private static final Pattern PUTTING_NAME = Pattern.compile("(.+)\\.json\\.putting-([0-9a-f]{8})");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Path directory;
    private final StoreFiles files;
    private final Codec<T> codec;
    private final Map<String, byte[]> stored = new HashMap<>();
    private final Map<String, T> found = new TreeMap<>();
    private final List<StoreReport> reports = new ArrayList<>();

    /**
     * Documents as files.
     *
     * @param <T> what a document is
     */
    public interface Codec<T> {
        byte[] encode(T document);

        /** @throws IllegalArgumentException with a sentence if this is no such document */
        T decode(String key, byte[] content);
    }

    private DocumentStore(Path directory, StoreFiles files, Codec<T> codec) {
        this.directory = directory;
        this.files = files;
        this.codec = codec;
    }

    /**
     * Reads all documents of a directory, which is made if it is not there, and tidies up after a crash.
     *
     * @throws IOException if the directory cannot be used
     */
    public static <T> DocumentStore<T> open(Path directory, StoreFiles files, Codec<T> codec) throws IOException {
        DocumentStore<T> store = new DocumentStore<>(directory, files, codec);
        files.createDirectories(directory);
        store.recover();
        store.load();
        return store;
    }

    /** What was there when the store was opened. */
    public Map<String, T> initial() {
        return Map.copyOf(found);
    }

    /** What was to be said when the store was opened. */
    public List<StoreReport> reports() {
        return List.copyOf(reports);
    }

    private void recover() throws IOException {
        List<String> names = files.list(directory);
        Set<String> told = new HashSet<>();
        for (String name : names) {
            Matcher putting = PUTTING_NAME.matcher(name);
            if (putting.matches()) {
                String file = putting.group(1) + SUFFIX;
                told.add(file);
                boolean done = names.contains(file) && putting.group(2).equals(sum(content(file)));
                report(
                        done ? StoreReport.Kind.NEW_STATE : StoreReport.Kind.OLD_STATE,
                        file,
                        done
                                ? "A change of " + file
                                        + " was finished, but perhaps not confirmed; its new content counts."
                                : unfinished(file, names));
            } else if (name.endsWith(DELETING)) {
                String file = base(name, DELETING);
                boolean there = names.contains(file);
                report(
                        there ? StoreReport.Kind.OLD_STATE : StoreReport.Kind.NEW_STATE,
                        file,
                        "The removal of " + file
                                + (there
                                        ? " was not finished; it is still there."
                                        : " was finished, but perhaps not confirmed; it is gone."));
            }
        }
        for (String name : names) {
            if (name.endsWith(FRESH) && told.add(base(name, FRESH))) {
                report(StoreReport.Kind.OLD_STATE, base(name, FRESH), unfinished(base(name, FRESH), names));
            }
        }
        for (String name : names) {
            if (name.endsWith(FRESH)
                    || name.endsWith(DELETING)
                    || PUTTING_NAME.matcher(name).matches()) {
                files.delete(directory.resolve(name));
            }
        }
    }

    private static String unfinished(String file, List<String> names) {
        return "A change of " + file + " was not finished; "
                + (names.contains(file) ? "its old content counts." : "it does not exist.");
    }

    private byte[] content(String name) {
        try {
            return files.read(directory.resolve(name), MAX_DOCUMENT_BYTES);
        } catch (IOException e) {
            // It is set aside with this as the reason when documents are loaded.
            return new byte[0];
        }
    }

    private static String sum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return "%08x".formatted(crc.getValue());
    }

    private static String base(String name, String ending) {
        return name.substring(0, name.length() - ending.length()) + SUFFIX;
    }

    private void load() throws IOException {
        for (String name : files.list(directory)) {
            if (!name.endsWith(SUFFIX)) {
                continue;
            }
            String key = name.substring(0, name.length() - SUFFIX.length());
            try {
                byte[] content = files.read(directory.resolve(name), MAX_DOCUMENT_BYTES);
                found.put(key, codec.decode(key, content));
                stored.put(key, content);
            } catch (IllegalArgumentException | IOException e) {
                setAside(name, e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }
    }

    private void setAside(String name, String why) throws IOException {
        int number = 1;
        while (files.exists(directory.resolve(name + ".aside-" + number))) {
            number++;
        }
        String aside = name + ".aside-" + number;
        files.rename(directory.resolve(name), directory.resolve(aside));
        files.syncDirectory(directory);
        report(
                StoreReport.Kind.SET_ASIDE,
                name,
                "The file " + directory.resolve(name) + " cannot be used and is now " + aside + ": " + why);
    }

    private void report(StoreReport.Kind kind, String file, String sentence) {
        reports.add(new StoreReport(kind, file, sentence));
    }

    private Path file(String key, String suffix) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("A document's key has up to 100 letters, digits, '.', '_', '-'.");
        }
        return directory.resolve(key + suffix);
    }

    /**
     * Stores a document, in the place of the one with this key if there is one.
     *
     * @throws StoreException if that fails; the old one is still stored then, unless it says otherwise
     */
    public void put(String key, T document) {
        byte[] content = codec.encode(document);
        byte @Nullable [] old = old(key);
        boolean renamed = false;
        try {
            prepare(key, content);
            files.rename(file(key, FRESH), file(key, SUFFIX));
            renamed = true;
            files.syncDirectory(directory);
        } catch (IOException e) {
            throw failed(key, old, renamed, e, FRESH, PUTTING + sum(content));
        }
        remember(key, content);
        tidy(key, FRESH, PUTTING + sum(content));
    }

    private void prepare(String key, byte[] content) throws IOException {
        files.write(file(key, FRESH), content);
        files.sync(file(key, FRESH));
        files.write(file(key, PUTTING + sum(content)), new byte[0]);
        files.syncDirectory(directory);
    }

    /** Removes a document. Without effect if there is none. @throws StoreException as {@link #put} */
    public void delete(String key) {
        byte @Nullable [] old = old(key);
        boolean removed = false;
        try {
            files.write(file(key, DELETING), new byte[0]);
            files.syncDirectory(directory);
            files.delete(file(key, SUFFIX));
            removed = true;
            files.syncDirectory(directory);
        } catch (IOException e) {
            throw failed(key, old, removed, e, DELETING);
        }
        remember(key, null);
        tidy(key, DELETING);
    }

    /** Brings the old state back after a failure, as far as the file system lets us. */
    private StoreException failed(
            String key, byte @Nullable [] old, boolean changed, IOException cause, String... leftovers) {
        boolean uncertain = false;
        try {
            if (changed && old != null) {
                prepare(key, old);
                files.rename(file(key, FRESH), file(key, SUFFIX));
                files.syncDirectory(directory);
                tidy(key, FRESH, PUTTING + sum(old));
            } else if (changed) {
                files.delete(file(key, SUFFIX));
                files.syncDirectory(directory);
            }
        } catch (IOException again) {
            cause.addSuppressed(again);
            uncertain = true;
        }
        if (!uncertain) {
            tidy(key, leftovers);
        }
        return new StoreException(
                "The state in " + directory + " could not be written: " + cause.getMessage()
                        + (uncertain
                                ? ". Whether the change counts will be said at the next start."
                                : ". Nothing was changed."),
                uncertain,
                cause);
    }

    /** Removes what a change left beside its file. If that fails it is done, and reported, at the next start. */
    private void tidy(String key, String... leftovers) {
        for (String leftover : leftovers) {
            try {
                files.delete(file(key, leftover));
            } catch (IOException e) {
                System.getLogger(DocumentStore.class.getName())
                        .log(System.Logger.Level.DEBUG, "A marker stays until the next start.", e);
            }
        }
    }

    private byte @Nullable [] old(String key) {
        synchronized (stored) {
            return stored.get(key);
        }
    }

    private void remember(String key, byte @Nullable [] content) {
        synchronized (stored) {
            if (content == null) {
                stored.remove(key);
            } else {
                stored.put(key, Objects.requireNonNull(content));
            }
        }
    }
}
