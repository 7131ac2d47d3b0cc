// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

/**
 * Where a file lives, as far as mapping it is concerned. Touching a mapped page may wait for whoever has the page: the kernel itself, or
 * its disk, for the ones that are named here; another process, which may never answer, for FUSE, and for network and stacked file systems.
 */
public enum FileSystem {
    TMPFS,
    HUGETLBFS,
    RAMFS,
    EXT4,
    XFS,
    BTRFS,
    F2FS,
    /** Anything else. */
    OTHER;

    static FileSystem of(int magic) {
        return switch (magic) {
            case Constants.TMPFS_MAGIC -> TMPFS;
            case Constants.HUGETLBFS_MAGIC -> HUGETLBFS;
            case Constants.RAMFS_MAGIC -> RAMFS;
            case Constants.EXT4_SUPER_MAGIC -> EXT4;
            case Constants.XFS_SUPER_MAGIC -> XFS;
            case Constants.BTRFS_SUPER_MAGIC -> BTRFS;
            case Constants.F2FS_SUPER_MAGIC -> F2FS;
            default -> OTHER;
        };
    }

    /** Whether no other process can make whoever touches a mapped page wait for ever. */
    public boolean answersByItself() {
        return this != OTHER;
    }
}
