// SPDX-License-Identifier: Apache-2.0
package io.lamella.core;

/** A client's listener. */
@FunctionalInterface
public interface CoreEvents {
    /** Ignores everything. */
    CoreEvents NONE = event -> {};

    /**
     * Called on the core's event thread, one event at a time, in order. May call the session, except for closing it; should not wait for
     * long, as later events wait with it. It hears of what happens after it attached, of nothing earlier. What it throws is logged and otherwise ignored.
     */
    void onEvent(CoreEvent event);
}
