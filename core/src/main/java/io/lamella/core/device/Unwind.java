// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.device;

import io.lamella.core.GpuGoneException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has to be undone, newest first. Each step of a sequence adds its own undoing once it has succeeded; whoever ends the sequence, early
 * or late, unwinds. A step that fails to be undone is logged and does not keep the others from theirs.
 */
public final class Unwind {
    private static final Logger LOG = System.getLogger(Unwind.class.getName());

    private record Step(String what, Runnable undo) {}

    private final Deque<Step> steps = new ArrayDeque<>();

    /** @param what finishes the sentence "Could not ..." */
    public void add(String what, Runnable undo) {
        steps.push(new Step(what, undo));
    }

    /** Undoes everything. Never throws. */
    public void run() {
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.undo.run();
            } catch (GpuGoneException gone) {
                // With the hardware goes what was done to it.
            } catch (RuntimeException failure) {
                LOG.log(Level.WARNING, "Could not {0}: {1}", step.what, failure.getMessage());
            }
        }
    }
}
