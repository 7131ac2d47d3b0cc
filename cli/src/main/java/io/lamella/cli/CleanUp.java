// SPDX-License-Identifier: Apache-2.0
package io.lamella.cli;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a command must take down again, newest first: when it is done, when it fails, and when somebody presses Ctrl-C. Each thing is
 * closed once, however often and from wherever {@link #close} is called; a second caller waits for the first.
 */
final class CleanUp implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CleanUp.class.getName());

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Thread hook = new Thread(this::closeAll, "clean-up");
    private boolean isClosed;

    CleanUp() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Takes something to close.
     *
     * @throws IllegalStateException if the command is being interrupted; the thing is closed then
     */
    synchronized <T extends AutoCloseable> T add(T thing) {
        if (isClosed) {
            closeQuietly(thing);
            throw new IllegalStateException("The command was interrupted.");
        }
        open.push(thing);
        return thing;
    }

    private synchronized void closeAll() {
        isClosed = true;
        while (!open.isEmpty()) {
            closeQuietly(open.pop());
        }
    }

    private static void closeQuietly(AutoCloseable thing) {
        try {
            thing.close();
        } catch (Exception e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Could not take down " + thing.getClass().getSimpleName() + ".",
                    e);
        }
    }

    @Override
    public void close() {
        closeAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down: the hook runs, finds nothing and ends.
            LOG.log(System.Logger.Level.DEBUG, "Already shutting down.", e);
        }
    }
}
