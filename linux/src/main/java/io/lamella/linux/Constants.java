// SPDX-License-Identifier: Apache-2.0
package io.lamella.linux;

/** Numbers and layouts of 64-bit Linux; a test compares each with the system's headers by compiling a C program. */
final class Constants {
    static final int F_DUPFD_CLOEXEC = 1030;
    static final int F_GETFD = 1;
    static final int F_GETFL = 3;
    static final int F_SETFL = 4;
    static final int F_ADD_SEALS = 1033;
    static final int F_GET_SEALS = 1034;
    static final int F_SEAL_SEAL = 1;
    static final int F_SEAL_SHRINK = 2;
    static final int F_SEAL_GROW = 4;
    static final int O_ACCMODE = 3;
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 2048;

    static final int O_CLOEXEC = 524288;

    static final int KVM_GET_API_VERSION = 0xae00;
    static final int KVM_CREATE_VM = 0xae01;
    static final int KVM_CREATE_VCPU = 0xae41;

    static final int MFD_CLOEXEC = 1;
    static final int MFD_ALLOW_SEALING = 2;
    static final int MFD_NOEXEC_SEAL = 8;
    static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int FALLOC_FL_PUNCH_HOLE = 2;

    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_ANONYMOUS = 32;
    static final int MAP_NORESERVE = 16384;
    static final int MADV_DONTNEED = 4;
    static final int MADV_DONTFORK = 10;
    static final int MADV_HUGEPAGE = 14;
    static final int MADV_DONTDUMP = 16;

    static final int AF_UNIX = 1;
    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_CLOEXEC = 524288;
    static final int SOCK_NONBLOCK = 2048;
    static final int SHUT_RD = 0;
    static final int SHUT_WR = 1;
    static final int SHUT_RDWR = 2;
    static final int SOL_SOCKET = 1;
    static final int SO_SNDBUF = 7;
    static final int SO_RCVBUF = 8;
    static final int SO_PEERCRED = 17;
    static final int SO_RCVTIMEO = 20;
    static final int SO_SNDTIMEO = 21;
    static final int SCM_RIGHTS = 1;
    static final int MSG_CTRUNC = 8;
    static final int MSG_DONTWAIT = 64;
    static final int MSG_NOSIGNAL = 16384;
    static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    static final int EFD_CLOEXEC = 524288;
    static final int EFD_NONBLOCK = 2048;
    static final int POLLIN = 1;
    static final int POLLOUT = 4;
    static final int POLLERR = 8;
    static final int POLLHUP = 16;
    static final int POLLNVAL = 32;

    static final int RWF_NOWAIT = 8;

    static final int STATFS_SIZEOF = 120;
    static final int TMPFS_MAGIC = 0x0102_1994;
    static final int RAMFS_MAGIC = 0x8584_58f6;
    static final int HUGETLBFS_MAGIC = 0x9584_58f6;
    static final int EXT4_SUPER_MAGIC = 0xef53;
    static final int XFS_SUPER_MAGIC = 0x5846_5342;
    static final int BTRFS_SUPER_MAGIC = 0x9123_683e;
    static final int F2FS_SUPER_MAGIC = 0xf2f5_2010;

    static final int AT_EMPTY_PATH = 4096;
    static final int STATX_BASIC_STATS = 0x7ff;
    static final int STATX_SIZEOF = 256;
    static final int STATX_UID = 20;
    static final int STATX_MODE = 28;
    static final int STATX_INO = 32;
    static final int STATX_SIZE = 40;
    static final int STATX_BLOCKS = 48;
    static final int STATX_DEV_MAJOR = 136;
    static final int STATX_DEV_MINOR = 140;
    static final int S_IFMT = 0xf000;
    static final int S_IFREG = 0x8000;
    static final int S_IFSOCK = 0xc000;
    static final int S_IFIFO = 0x1000;
    static final int S_IFDIR = 0x4000;
    static final int S_IFCHR = 0x2000;
    static final int S_IFBLK = 0x6000;
    static final int S_IFLNK = 0xa000;

    static final int MSGHDR_SIZEOF = 56;
    static final int MSGHDR_IOV = 16;
    static final int MSGHDR_IOVLEN = 24;
    static final int MSGHDR_CONTROL = 32;
    static final int MSGHDR_CONTROLLEN = 40;
    static final int MSGHDR_FLAGS = 48;
    static final int IOVEC_SIZEOF = 16;
    static final int IOVEC_LEN = 8;
    static final int CMSGHDR_SIZEOF = 16;
    static final int CMSGHDR_LEVEL = 8;
    static final int CMSGHDR_TYPE = 12;
    static final int SOCKADDR_UN_SIZEOF = 110;
    static final int SOCKADDR_UN_PATH = 2;
    static final int UCRED_SIZEOF = 12;
    static final int UCRED_UID = 4;
    static final int UCRED_GID = 8;
    static final int TIMEVAL_SIZEOF = 16;
    static final int TIMEVAL_USEC = 8;
    static final int POLLFD_SIZEOF = 8;
    static final int POLLFD_EVENTS = 4;
    static final int POLLFD_REVENTS = 6;

    /** The most descriptors that one message can carry (SCM_MAX_FD, which no header exports). */
    static final int MAX_MESSAGE_FDS = 253;

    private Constants() {}
}
