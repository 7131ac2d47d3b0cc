// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * What a descriptor refers to.
 *
 * @param kind of file
 * @param sizeBytes its length
 * @param allocatedBytes what it takes up; less than its length where it has holes
 * @param device the number of the device that it lives on
 * @param inode its number there
 * @param uid its owner
 */
public record FileStatus(Kind kind, long sizeBytes, long allocatedBytes, long device, long inode, int uid) {
    /** Kinds of file; {@code OTHER} has no file type at all, as an eventfd. */
    public enum Kind {
        REGULAR,
        DIRECTORY,
        SOCKET,
        PIPE,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        SYMBOLIC_LINK,
        OTHER
    }

    static FileStatus of(MemorySegment statx) {
        Kind kind = switch (statx.get(JAVA_SHORT, Constants.STATX_MODE) & Constants.S_IFMT) {
            case Constants.S_IFREG -> Kind.REGULAR;
            case Constants.S_IFDIR -> Kind.DIRECTORY;
            case Constants.S_IFSOCK -> Kind.SOCKET;
            case Constants.S_IFIFO -> Kind.PIPE;
            case Constants.S_IFCHR -> Kind.CHARACTER_DEVICE;
            case Constants.S_IFBLK -> Kind.BLOCK_DEVICE;
            case Constants.S_IFLNK -> Kind.SYMBOLIC_LINK;
            default -> Kind.OTHER;
        };
        long device = Integer.toUnsignedLong(statx.get(JAVA_INT, Constants.STATX_DEV_MAJOR)) << 32
                | Integer.toUnsignedLong(statx.get(JAVA_INT, Constants.STATX_DEV_MINOR));
        return new FileStatus(
                kind,
                statx.get(JAVA_LONG, Constants.STATX_SIZE),
                statx.get(JAVA_LONG, Constants.STATX_BLOCKS) * 512,
                device,
                statx.get(JAVA_LONG, Constants.STATX_INO),
                statx.get(JAVA_INT, Constants.STATX_UID));
    }
}
