// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreResource;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** A resource of a core in C: its handle, until it is closed. */
abstract sealed class NativeResource implements CoreResource
        permits NativeFb,
                NativeChannelIds,
                NativeMapping,
                NativeRmClient,
                NativeHostMemory,
                NativeSpace,
                NativeChannel {
    private static final Logger LOG = System.getLogger(NativeResource.class.getName());

    private final NativeSession session;
    private final long handle;
    private final String label;
    private final AtomicBoolean closed = new AtomicBoolean();

    NativeResource(NativeSession session, long handle, String label) {
        this.session = session;
        this.handle = handle;
        this.label = label;
    }

    NativeSession session() {
        return session;
    }

    CoreLink link() {
        return session.link();
    }

    /** @throws CoreException {@code CLOSED} once it was closed from this side; the core knows about the rest */
    long handle() {
        if (closed.get()) {
            throw new CoreException(CoreError.CLOSED, "\"" + label + "\" was given back.");
        }
        return handle;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public boolean isHeld() {
        if (closed.get()) {
            return false;
        }
        try (CallArena arena = CallArena.open()) {
            MemorySegment info = Structs.RESOURCE_INFO.allocate(arena);
            link().call(CoreFunction.RESOURCE_INFO, handle, info);
            return Structs.RESOURCE_INFO.u32(info, "held") != 0;
        } catch (CoreException closedMeanwhile) {
            return false;
        }
    }

    /** What ends on this side before the core takes the resource back. False if it must not be taken back now. */
    boolean endMemory() {
        return true;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            finish(() -> link().call(CoreFunction.RESOURCE_CLOSE, handle));
        }
    }

    @Override
    public void quarantine(String reason) {
        if (closed.compareAndSet(false, true)) {
            finish(() -> {
                try (CallArena arena = CallArena.open()) {
                    String some = reason.substring(0, Math.min(reason.length(), Limits.REASON_BYTES / 4));
                    link().call(CoreFunction.RESOURCE_QUARANTINE, handle, Text.allocate(arena, some));
                }
            });
        }
    }

    private void finish(Runnable step) {
        if (!endMemory()) {
            LOG.log(Level.ERROR, "\"{0}\" is in use by a call and cannot be given back.", label);
            return;
        }
        try {
            step.run();
        } catch (CoreException refused) {
            if (refused.error() != CoreError.CLOSED && refused.error() != CoreError.GONE) {
                LOG.log(Level.WARNING, "The core did not take \"{0}\" back: {1}", label, refused.getMessage());
            }
        }
    }
}
