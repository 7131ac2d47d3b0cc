// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import io.lamella.gpu.trace.TraceEvent;

/** Shows events, one after the other. */
interface TracePrinter {
    void print(TraceEvent event);

    /** Everything so far is to be visible. At the end, and when nothing has happened for a moment. */
    void flush();

    /** Nothing comes any more. */
    default void end() {
        flush();
    }
}
