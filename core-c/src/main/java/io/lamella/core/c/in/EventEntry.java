// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.c.abi.HandleTable;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Stubs;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Where a core in C tells a Java listener of events: one stub for all, and a number for each listener. */
final class EventEntry implements AutoCloseable {
    private static final Logger LOG = System.getLogger(EventEntry.class.getName());
    private static final HandleTable ENTRIES = new HandleTable();
    private static final MemorySegment STUB = makeStub();

    private final ClientIdentity client;
    private final CoreEvents listener;
    private final long number;

    EventEntry(ClientIdentity client, CoreEvents listener) {
        this.client = client;
        this.listener = listener;
        number = ENTRIES.add(this);
    }

    private static MemorySegment makeStub() {
        try {
            return Stubs.plain(
                    MethodHandles.lookup()
                            .findStatic(
                                    EventEntry.class,
                                    "onEvent",
                                    MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class)),
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    static MemorySegment stub() {
        return STUB;
    }

    MemorySegment context() {
        return MemorySegment.ofAddress(number);
    }

    @SuppressWarnings("unused") // Found by name.
    private static void onEvent(MemorySegment context, MemorySegment event) {
        EventEntry entry = ENTRIES.find(context.address(), EventEntry.class);
        if (entry != null && !Pointers.isNull(event)) {
            Neutral.event(Structs.EVENT.versioned(event, Structs.EVENT.sizeBytes()))
                    .ifPresent(entry::deliver);
        }
    }

    private void deliver(CoreEvent event) {
        try {
            listener.onEvent(event);
        } catch (RuntimeException failure) {
            LOG.log(Level.WARNING, "The listener of " + client + " failed at " + event, failure);
        }
    }

    /** Events that come from here on are dropped. */
    @Override
    public void close() {
        ENTRIES.remove(number);
    }
}
