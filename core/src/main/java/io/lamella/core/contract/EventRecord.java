// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** A listener that remembers. */
final class EventRecord implements CoreEvents {
    private static final long LIMIT_MILLIS = 3_000;

    private final List<CoreEvent> heard = new CopyOnWriteArrayList<>();

    @Override
    public void onEvent(CoreEvent event) {
        heard.add(event);
    }

    /** What was heard so far, oldest first. */
    List<CoreEvent> heard() {
        return List.copyOf(heard);
    }

    /** What was heard so far of one kind. */
    <E extends CoreEvent> List<E> heard(Class<E> kind) {
        return heard.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Waits until one like this was heard. */
    <E extends CoreEvent> E await(Class<E> kind, Predicate<E> which) {
        Expect.soon(
                LIMIT_MILLIS,
                () -> heard(kind).stream().anyMatch(which),
                "No event " + kind.getSimpleName() + " came within " + LIMIT_MILLIS + " ms.");
        return heard(kind).stream().filter(which).findFirst().orElseThrow();
    }
}
