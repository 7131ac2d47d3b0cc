// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.GpuCore;
import io.lamella.core.RmReply;
import io.lamella.core.c.abi.HandleTable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What C has open, by number, each with its owner: an owner's closing takes the numbers of all that it owns. */
final class Handles {
    private final HandleTable table = new HandleTable();

    /** Something open. */
    abstract static sealed class Open {
        private final Set<Open> owned = ConcurrentHashMap.newKeySet();
        private long handle;

        long handle() {
            return handle;
        }
    }

    /** A GPU, and what is to be closed after it. */
    static final class OpenGpu extends Open {
        final GpuCore core;
        final AutoCloseable below;

        OpenGpu(GpuCore core, AutoCloseable below) {
            this.core = core;
            this.below = below;
        }

        /** The gates of its sessions. */
        Set<EventGate> gates() {
            Set<EventGate> gates = ConcurrentHashMap.newKeySet();
            for (Open open : super.owned) {
                if (open instanceof OpenSession session) {
                    gates.add(session.gate);
                }
            }
            return gates;
        }
    }

    /** A session. */
    static final class OpenSession extends Open {
        final OpenGpu gpu;
        final CoreSession session;
        final EventGate gate;

        OpenSession(OpenGpu gpu, CoreSession session, EventGate gate) {
            this.gpu = gpu;
            this.session = session;
            this.gate = gate;
        }
    }

    /** A resource. */
    static final class OpenResource extends Open {
        final OpenSession session;
        final CoreResource resource;

        OpenResource(OpenSession session, CoreResource resource) {
            this.session = session;
            this.resource = resource;
        }

        /** It, if it is of that kind. */
        <T extends CoreResource> T as(Class<T> type, Handles handles, String what) {
            if (!type.isInstance(resource)) {
                throw handles.table.missing(handle(), what);
            }
            return type.cast(resource);
        }
    }

    /** An answer. */
    static final class OpenReply extends Open {
        final OpenResource owner;
        final RmReply reply;

        OpenReply(OpenResource owner, RmReply reply) {
            this.owner = owner;
            this.reply = reply;
        }
    }

    /** Gives a number to something without an owner. */
    long add(Open open) {
        open.handle = table.add(open);
        return open.handle;
    }

    /** Gives a number to what {@code owner} owns. If the owner was closed meanwhile, the number leads nowhere at once. */
    long add(Open owner, Open open) {
        long handle = add(open);
        owner.owned.add(open);
        if (table.find(owner.handle, Open.class) != owner) {
            forget(open);
        }
        return handle;
    }

    OpenGpu gpu(long handle) {
        return table.get(handle, OpenGpu.class, "GPU");
    }

    OpenSession session(long handle) {
        return table.get(handle, OpenSession.class, "session");
    }

    OpenResource resource(long handle) {
        return table.get(handle, OpenResource.class, "resource");
    }

    OpenReply reply(long handle) {
        return table.get(handle, OpenReply.class, "reply");
    }

    <T extends CoreResource> T resource(long handle, Class<T> type, String what) {
        return table.get(handle, OpenResource.class, what).as(type, this, what);
    }

    /** The number that a session has, or 0 if it was not opened here or is being closed. */
    @SuppressWarnings("ReferenceEquality") // It is that very session or another one.
    long of(OpenGpu gpu, CoreSession session) {
        for (Open open : ((Open) gpu).owned) {
            if (open instanceof OpenSession known && known.session == session) {
                return known.handle();
            }
        }
        return 0;
    }

    /** Whether something had the number once, so that closing it again is no mistake. */
    boolean wasOpen(long handle) {
        return table.wasTaken(handle);
    }

    /** Takes the number of something away, and those of all that it owns. False if it had none any more. */
    boolean forget(Open open) {
        boolean was = table.remove(open.handle);
        open.owned.forEach(this::forget);
        open.owned.clear();
        return was;
    }

    /** As {@link #forget(Open)}, and its owner forgets it too. */
    boolean forget(Open owner, Open open) {
        owner.owned.remove(open);
        return forget(open);
    }

    int size() {
        return table.size();
    }
}
