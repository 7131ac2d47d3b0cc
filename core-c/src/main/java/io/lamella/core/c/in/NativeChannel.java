// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.in;

import io.lamella.core.Channel;
import io.lamella.core.CoreEvent;
import io.lamella.core.EngineInfo;
import io.lamella.core.c.abi.CallArena;
import io.lamella.core.c.abi.CoreFunction;
import io.lamella.core.c.abi.Struct;
import io.lamella.core.c.abi.Structs;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A channel of a core in C. */
final class NativeChannel extends NativeResource implements Channel {
    private final EngineInfo engine;
    private final int channelId;
    private final int entries;

    NativeChannel(NativeSession session, long handle, String label, EngineInfo engine, int channelId, int entries) {
        super(session, handle, label);
        this.engine = engine;
        this.channelId = channelId;
        this.entries = entries;
    }

    @Override
    public int channelId() {
        return channelId;
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
        link().submit(handle(), pushAddress, lengthBytes);
    }

    @Override
    public int pendingEntries() {
        return link().pending(handle());
    }

    @Override
    public Optional<CoreEvent.ChannelError> error() {
        try (CallArena arena = CallArena.open()) {
            Struct type = Structs.CHANNEL_ERROR;
            MemorySegment out = type.allocate(arena);
            link().call(CoreFunction.CHANNEL_ERROR, handle(), out);
            return type.u32(out, "present") == 0
                    ? Optional.empty()
                    : Optional.of(new CoreEvent.ChannelError(
                            type.u32(out, "gfid"),
                            type.u32(out, "engine_type"),
                            type.u32(out, "channel_id"),
                            type.u32(out, "exception_type")));
        }
    }
}
