// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.AddressSpace;
import io.lamella.core.Channel;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.EngineInfo;
import io.lamella.core.device.Bytes;
import io.lamella.core.device.Device;
import io.lamella.hw.method.GpFifo;
import io.lamella.hw.method.Userd;
import io.lamella.hw.reg.Vfn;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A channel that a session holds: its ring, its user area, and its place among the GPU's channels. */
final class HeldChannel extends Held implements Channel {
    /** What is kept free for a ring in its address space. */
    static final long MOST_RING_BYTES = 0x1_0000;

    private final HeldSpace space;
    private final EngineInfo engine;
    private final ChannelParts parts;
    private final int entries;
    private final int token;
    private final AtomicReference<CoreEvent.@Nullable ChannelError> error = new AtomicReference<>();
    private volatile String reason = "";
    // Guarded by this.
    private int put;
    private int get;

    /** @param parts what it is made of; this gives it back */
    HeldChannel(ClientSession session, String label, HeldSpace space, EngineInfo engine, ChannelParts parts) {
        super(session, label);
        this.space = space;
        this.engine = engine;
        this.parts = parts;
        this.entries = parts.entries();
        this.token = session.core().architecture().doorbellToken(engine.runlistId(), parts.channelId());
    }

    @Override
    public int channelId() {
        return parts.channelId();
    }

    @Override
    public EngineInfo engine() {
        return engine;
    }

    @Override
    public int entries() {
        return entries;
    }

    @Override
    public void submit(long pushAddress, int lengthBytes) {
        if (pushAddress % 4 != 0
                || lengthBytes % 4 != 0
                || lengthBytes < 4
                || lengthBytes > MOST_PUSH_BYTES
                || pushAddress < AddressSpace.FIRST_ADDRESS
                || pushAddress > space.sizeBytes() - lengthBytes) {
            throw new CoreException(
                    CoreError.INVALID,
                    String.format(
                            "A push buffer of %d bytes at 0x%x: it takes 4 to %d bytes, in words, within the address space.",
                            lengthBytes, pushAddress, MOST_PUSH_BYTES));
        }
        synchronized (this) {
            checkRunning();
            int next = (put + 1) % entries;
            if (next == get) {
                get = readGet();
                if (next == get) {
                    throw new CoreException(
                            CoreError.BUSY,
                            "The ring of " + describe() + " is full: " + (entries - 1) + " entries are pending.");
                }
            }
            parts.ring()
                    .memory()
                    .set(Bytes.LONG, (long) put * GpFifo.ENTRY_BYTES, GpFifo.entry(pushAddress, lengthBytes / 4));
            put = next;
            // The entry and what it refers to come before the index that shows it.
            VarHandle.fullFence();
            device().writeBar(Device.BAR1, parts.userArea() + Userd.GP_PUT, put);
            device().write(Vfn.USER_DOORBELL.offset(), token);
        }
    }

    @Override
    public synchronized int pendingEntries() {
        checkHeld();
        get = readGet();
        return Math.floorMod(put - get, entries);
    }

    private int readGet() {
        int value = device().readBar(Device.BAR1, parts.userArea() + Userd.GP_GET);
        if (value < 0 || value >= entries) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    "The engine says that it is at entry " + Integer.toUnsignedLong(value) + " of a ring of " + entries
                            + ".");
        }
        return value;
    }

    private void checkRunning() {
        checkHeld();
        CoreEvent.ChannelError stopped = error.get();
        if (stopped != null) {
            throw new CoreException(
                    CoreError.DEVICE_FAULT,
                    describe() + " stopped with error " + stopped.exceptionType()
                            + (reason.isEmpty() ? "." : ": " + reason));
        }
    }

    private Device device() {
        return session().core().device();
    }

    @Override
    public Optional<CoreEvent.ChannelError> error() {
        return Optional.ofNullable(error.get());
    }

    /** The firmware's words on what is about to be an error. */
    void noteReason(String text) {
        if (error.get() == null) {
            reason = text;
        }
    }

    /** The firmware has stopped it. Whether that is news. */
    boolean fail(CoreEvent.ChannelError why) {
        return error.compareAndSet(null, why);
    }

    @Override
    void release() {
        space.remove(this);
        parts.release();
        // Unless the id is another's by now.
        session().core().openChannels().remove(channelId(), this);
    }

    @Override
    void giveUp() {
        space.remove(this);
    }

    @Override
    String describe() {
        return "channel \"" + label() + "\" (" + parts.channelId() + " on " + engine.name() + ")";
    }
}
