// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.io.Console;

/** What standard output is connected to. */
public final class Terminal {
    private Terminal() {}

    /** Whether a person watches, so that lines may move. Never with {@code TERM=dumb}. */
    // The JDK's annotation for the null checker still says that there may be no console.
    @SuppressWarnings("SystemConsoleNull")
    public static boolean isInteractive() {
        Console console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }
}
