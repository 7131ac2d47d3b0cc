// SPDX-License-Identifier: Apache-2.0
package io.lamella.host.node;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets one operation at a time work on something, and refuses others instead of letting them wait. */
final class Guard {
    private final String what;
    private final AtomicReference<@Nullable Operation> current = new AtomicReference<>();

    private record Operation(String name, long begunNanos) {}

    /** @param what for sentences, such as {@code vGPU web-1} */
    Guard(String what) {
        this.what = what;
    }

    /** Does {@code work} as the only operation. @throws NodeException {@code OPERATION_IN_PROGRESS} */
    void run(String name, Runnable work) {
        Operation mine = new Operation(name, System.nanoTime());
        Operation running = current.compareAndExchange(null, mine);
        if (running != null) {
            long seconds = (System.nanoTime() - running.begunNanos) / 1_000_000_000;
            throw new NodeException(
                    NodeErrorCode.OPERATION_IN_PROGRESS,
                    "Cannot " + name + " " + what + " now: another operation on it, \"" + running.name
                            + "\", runs since " + seconds + " s. Try again when it is done.");
        }
        try {
            work.run();
        } finally {
            current.set(null);
        }
    }

    /** The name of the operation that runs, or null. */
    @Nullable
    String running() {
        Operation running = current.get();
        return running == null ? null : running.name;
    }
}
