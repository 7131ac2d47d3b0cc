// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The operations of a file system on which stores are built. What is written is sure to be there after a crash of the machine only when
 * the file, or for names the directory, was synced.
 */
public interface StoreFiles {
    /** The real file system. */
    StoreFiles DISK = new DiskFiles();

    /** Makes a directory, with its parents, that only this user may enter. Without effect if it is there. */
    void createDirectories(Path directory) throws IOException;

    /** Names of the plain files in a directory, sorted. */
    List<String> list(Path directory) throws IOException;

    boolean exists(Path file) throws IOException;

    /** The content. @throws IOException also if the file has more than {@code limit} bytes */
    byte[] read(Path file, int limit) throws IOException;

    /** Makes or empties a file, and writes. */
    void write(Path file, byte[] content) throws IOException;

    /** Writes at the end of a file, which is made if it is not there. */
    void append(Path file, byte[] content) throws IOException;

    /** Cuts a file off. */
    void truncate(Path file, long sizeBytes) throws IOException;

    void sync(Path file) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    /** Gives a file another name in one step; a file that had it is gone. */
    void rename(Path from, Path to) throws IOException;

    /** Removes a file. Without effect if it is not there. */
    void delete(Path file) throws IOException;
}
