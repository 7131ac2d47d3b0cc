// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

/** The header's numbers. */
public final class Limits {
    public static final int MAJOR = 1;
    public static final int MINOR = 2;
    public static final int SENTENCE_BYTES = 512;
    public static final int LABEL_BYTES = 512;
    public static final int IDENTITY_BYTES = 256;
    public static final int NAME_BYTES = 128;
    public static final int REASON_BYTES = 512;
    public static final int SPEC_BYTES = 256;
    public static final int SHORT_BYTES = 32;
    public static final int GPU_NAME_BYTES = 64;
    public static final int MAX_RELEASES = 8;
    public static final int MAX_FIELDS = 8192;
    public static final int MAX_BLOB_BYTES = 65536;
    public static final long MAX_BLOCK_BYTES = 1L << 30;

    /** More than any list that a core gives should have; bounds what is believed of the other side. */
    public static final int MAX_LIST = 65536;

    private Limits() {}

    /** How a version is one number. */
    public static int version(int major, int minor) {
        return major << 16 | minor;
    }

    public static int major(int version) {
        return version >>> 16;
    }

    public static int minor(int version) {
        return version & 0xffff;
    }
}
