// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

/** What the process returns; sysexits.h where it has a number for it. */
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;
    /** EX_UNAVAILABLE: the host lacks something. */
    public static final int UNAVAILABLE = 69;

    private ExitCode() {}
}
