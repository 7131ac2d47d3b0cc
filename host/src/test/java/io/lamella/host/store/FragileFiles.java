// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that knows what would be on disk and what only in memory, and that can be made to stop or fail at any operation,
 * in a write at any byte.
 */
final class FragileFiles implements StoreFiles {
    /** What is left after a crash. */
    enum Crash {
        /** The process was killed: everything that it did is there. */
        KILL,
        /** The machine lost power, and nothing got to disk that was not synced. */
        POWER_LOST_ALL,
        /** The same, but names got there, with content as far as that was synced. */
        POWER_KEPT_NAMES,
        /** The same, but content got there, with names as far as those were synced. */
        POWER_KEPT_CONTENT
    }

    /** Thrown where the process stops; nothing that catches exceptions catches it. */
    static final class Stopped extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static final class Inode {
        byte[] cached = new byte[0];
        byte[] durable = new byte[0];
    }

    private final Map<Path, Inode> cached = new LinkedHashMap<>();
    private final Map<Path, Inode> durable = new LinkedHashMap<>();
    private int operations;
    private int stopAt = -1;
    private int stopByte = Integer.MAX_VALUE;
    private int failFrom = -1;
    private int failTo = -1;
    private int lastWriteBytes;

    /** The process stops before operation {@code index}, counted from 0; if that is a write, after {@code bytes} of it. */
    void stopAt(int index, int bytes) {
        stopAt = index;
        stopByte = bytes;
    }

    /** Operations from one to before another throw. */
    void failAt(int from, int to) {
        failFrom = from;
        failTo = to;
    }

    int operations() {
        return operations;
    }

    /** How many bytes the operation at which it stopped would have written; -1 if it was no write. */
    int stoppedWriteBytes() {
        return lastWriteBytes;
    }

    /** What is there when it comes up again. */
    FragileFiles after(Crash crash) {
        FragileFiles next = new FragileFiles();
        boolean names = crash == Crash.KILL || crash == Crash.POWER_KEPT_NAMES;
        boolean content = crash == Crash.KILL || crash == Crash.POWER_KEPT_CONTENT;
        (names ? cached : durable).forEach((path, inode) -> {
            Inode copy = new Inode();
            copy.cached = content ? inode.cached : inode.durable;
            copy.durable = copy.cached;
            next.cached.put(path, copy);
            next.durable.put(path, copy);
        });
        return next;
    }

    private void operation(@Nullable Runnable partialWrite, int writeBytes) throws IOException {
        int index = operations++;
        if (index == stopAt) {
            lastWriteBytes = writeBytes;
            if (partialWrite != null) {
                partialWrite.run();
            }
            throw new Stopped();
        }
        if (index >= failFrom && index < failTo) {
            throw new IOException("injected at operation " + index);
        }
    }

    private void operation() throws IOException {
        operation(null, -1);
    }

    private Inode inode(Path file) throws IOException {
        Inode inode = cached.get(file);
        if (inode == null) {
            throw new IOException(file + " is not there");
        }
        return inode;
    }

    @Override
    public void createDirectories(Path directory) {}

    @Override
    public List<String> list(Path directory) {
        List<String> names = new ArrayList<>();
        for (Path file : cached.keySet()) {
            if (directory.equals(file.getParent())) {
                names.add(file.getFileName().toString());
            }
        }
        names.sort(null);
        return names;
    }

    @Override
    public boolean exists(Path file) {
        return cached.containsKey(file);
    }

    @Override
    public byte[] read(Path file, int limit) throws IOException {
        byte[] content = inode(file).cached;
        if (content.length > limit) {
            throw new IOException("too long");
        }
        return content.clone();
    }

    @Override
    public void write(Path file, byte[] content) throws IOException {
        Runnable partial = () -> {
            Inode inode = cached.computeIfAbsent(file, ignored -> new Inode());
            inode.cached = Arrays.copyOf(content, Math.min(stopByte, content.length));
        };
        operation(stopByte >= 0 ? partial : null, content.length);
        cached.computeIfAbsent(file, ignored -> new Inode()).cached = content.clone();
    }

    @Override
    public void append(Path file, byte[] content) throws IOException {
        byte[] before = cached.containsKey(file) ? inode(file).cached : new byte[0];
        operation(
                () -> cached.computeIfAbsent(file, ignored -> new Inode()).cached =
                        joined(before, Arrays.copyOf(content, Math.min(stopByte, content.length))),
                content.length);
        cached.computeIfAbsent(file, ignored -> new Inode()).cached = joined(before, content);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Override
    public void truncate(Path file, long sizeBytes) throws IOException {
        operation();
        Inode inode = inode(file);
        inode.cached = Arrays.copyOf(inode.cached, (int) sizeBytes);
    }

    @Override
    public void sync(Path file) throws IOException {
        operation();
        Inode inode = inode(file);
        inode.durable = inode.cached;
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        operation();
        durable.keySet().removeIf(file -> directory.equals(file.getParent()));
        cached.forEach((file, inode) -> {
            if (directory.equals(file.getParent())) {
                durable.put(file, inode);
            }
        });
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        operation();
        Inode inode = inode(from);
        cached.remove(from);
        cached.put(to, inode);
    }

    @Override
    public void delete(Path file) throws IOException {
        operation();
        cached.remove(file);
    }
}
