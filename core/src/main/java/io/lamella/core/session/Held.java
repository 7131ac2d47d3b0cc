// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreResource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicReference;

/** A resource of a session: held, then given back or given up, once. */
abstract class Held implements CoreResource {
    private static final Logger LOG = System.getLogger(Held.class.getName());

    private enum State {
        HELD,
        RELEASED,
        QUARANTINED
    }

    private final ClientSession session;
    private final String label;
    private final AtomicReference<State> state = new AtomicReference<>(State.HELD);

    Held(ClientSession session, String label) {
        this.session = session;
        this.label = label;
    }

    /** Gives back. Called once. */
    abstract void release();

    /** Notes that it is never given back. Called once, instead of {@link #release}. */
    abstract void giveUp();

    /** What it is, for lists and reports. */
    abstract String describe();

    ClientSession session() {
        return session;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public boolean isHeld() {
        return state.get() == State.HELD;
    }

    /** @throws CoreException {@code CLOSED} if it is not held any more, {@code GONE} */
    void checkHeld() {
        session.core().device().checkPresent();
        if (!isHeld()) {
            throw new CoreException(CoreError.CLOSED, describe() + " was given back.");
        }
    }

    @Override
    public void close() {
        if (state.compareAndSet(State.HELD, State.RELEASED)) {
            finish(this::release);
        }
    }

    @Override
    public void quarantine(String reason) {
        if (state.compareAndSet(State.HELD, State.QUARANTINED)) {
            LOG.log(Level.WARNING, "{0} of {1} is quarantined: {2}", describe(), session.client(), reason);
            finish(this::giveUp);
        }
    }

    private void finish(Runnable step) {
        session.forget(this);
        try {
            step.run();
        } catch (CoreException failure) {
            if (failure.error() != CoreError.GONE) {
                LOG.log(Level.WARNING, "Could not give back {0}: {1}", describe(), failure.getMessage());
            }
        }
    }
}
