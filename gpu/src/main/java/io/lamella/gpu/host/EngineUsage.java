// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.host;

import java.util.ArrayList;
import java.util.List;

/**
 * What the engines did for one function since its GSP was made; whatever drivers and channels came and went. Counts only grow. A
 * turn counts when it ends, so the last few milliseconds may be missing.
 *
 * @param engines time that each engine worked, in the order of the runlists
 * @param grantedNanos time that the scheduler's slices gave to it, with what passed between its turns
 * @param idleNanos time in which it had channels and none of them had work
 */
public record EngineUsage(List<Engine> engines, long grantedNanos, long idleNanos) {
    public EngineUsage {
        engines = List.copyOf(engines);
    }

    /**
     * One engine.
     *
     * @param name such as {@code CE0}
     * @param busyNanos how long it worked
     */
    public record Engine(String name, long busyNanos) {}

    /** How long engines worked, together. */
    public long busyNanos() {
        return engines.stream().mapToLong(Engine::busyNanos).sum();
    }

    /** What was added since an earlier moment of the same function. */
    public EngineUsage since(EngineUsage earlier) {
        List<Engine> each = new ArrayList<>();
        for (int i = 0; i < engines.size(); i++) {
            Engine now = engines.get(i);
            each.add(new Engine(
                    now.name(), now.busyNanos() - earlier.engines.get(i).busyNanos()));
        }
        return new EngineUsage(each, grantedNanos - earlier.grantedNanos, idleNanos - earlier.idleNanos);
    }
}
