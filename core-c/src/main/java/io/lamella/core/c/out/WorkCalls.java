// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.AddressSpace;
import io.lamella.core.Channel;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreException;
import io.lamella.core.EngineInfo;
import io.lamella.core.GpuMemory;
import io.lamella.core.HostMemory;
import io.lamella.core.VirtualFunction;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Struct;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.Handles.OpenResource;
import io.lamella.core.c.out.Handles.OpenSession;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The table's functions about virtual functions, and about work: host memory, address spaces, channels. Named after the header's, which
 * says what they do.
 */
final class WorkCalls {
    private final Handles handles;

    WorkCalls(Handles handles) {
        this.handles = handles;
    }

    int sriovEnabled(long handle, MemorySegment count, MemorySegment error) {
        Pointers.need(count);
        Pointers.putInt(count, handles.session(handle).session.enabledVirtualFunctions());
        return 0;
    }

    int sriovEnable(long handle, int count, MemorySegment error) {
        handles.session(handle).session.setVirtualFunctions(count);
        return 0;
    }

    int vfDoorbell(long handle, int index, MemorySegment error) {
        OpenSession open = handles.session(handle);
        List<VirtualFunction> functions = open.session.gpu().virtualFunctions();
        if (index < 0 || index >= functions.size()) {
            throw new CoreException(
                    CoreError.NOT_FOUND,
                    "There is no virtual function " + Integer.toUnsignedString(index) + "; this GPU has "
                            + functions.size() + ".");
        }
        open.session.ringDoorbell(functions.get(index));
        return 0;
    }

    int hostMemoryAllocate(
            long handle,
            MemorySegment label,
            long sizeBytes,
            MemorySegment out,
            MemorySegment info,
            MemorySegment error) {
        Pointers.need(out);
        MemorySegment struct = Structs.HOST_MEMORY_INFO.behind(info);
        OpenSession open = handles.session(handle);
        HostMemory memory =
                open.session.allocateHostMemory(Text.read(label, Limits.LABEL_BYTES, "the label"), sizeBytes);
        Structs.HOST_MEMORY_INFO.setPointer(struct, "memory", memory.memory());
        Structs.HOST_MEMORY_INFO.setU64(struct, "size", memory.sizeBytes());
        Pointers.putLong(out, handles.add(open, new OpenResource(open, memory)));
        return 0;
    }

    int spaceCreate(long handle, MemorySegment label, MemorySegment out, MemorySegment size, MemorySegment error) {
        Pointers.need(out, size);
        OpenSession open = handles.session(handle);
        AddressSpace space = open.session.createAddressSpace(Text.read(label, Limits.LABEL_BYTES, "the label"));
        Pointers.putLong(size, space.sizeBytes());
        Pointers.putLong(out, handles.add(open, new OpenResource(open, space)));
        return 0;
    }

    private AddressSpace space(long handle) {
        return handles.resource(handle, AddressSpace.class, "address space");
    }

    int spaceBind(
            long handle, long address, long memory, long offset, long sizeBytes, int access, MemorySegment error) {
        AddressSpace.Access kind = Neutral.value(Neutral.ACCESSES, access, "kind of access");
        GpuMemory bound = handles.resource(memory, GpuMemory.class, "memory");
        space(handle).bind(address, bound, offset, sizeBytes, kind);
        return 0;
    }

    int spaceUnbind(long handle, long address, long sizeBytes, MemorySegment error) {
        space(handle).unbind(address, sizeBytes);
        return 0;
    }

    int channelOpen(
            long handle,
            MemorySegment label,
            int engine,
            long space,
            int entries,
            MemorySegment out,
            MemorySegment info,
            MemorySegment error) {
        Pointers.need(out);
        MemorySegment struct = Structs.CHANNEL_INFO.behind(info);
        OpenSession open = handles.session(handle);
        List<EngineInfo> engines = open.session.gpu().engines();
        if (engine < 0 || engine >= engines.size()) {
            throw new CoreException(
                    CoreError.NOT_FOUND,
                    "There is no engine " + Integer.toUnsignedString(engine) + "; this GPU has " + engines.size()
                            + ".");
        }
        Channel channel = open.session.openChannel(
                Text.read(label, Limits.LABEL_BYTES, "the label"), engines.get(engine), space(space), entries);
        Structs.CHANNEL_INFO.setU32(struct, "channel_id", channel.channelId());
        Structs.CHANNEL_INFO.setU32(struct, "engine", engine);
        Structs.CHANNEL_INFO.setU32(struct, "entries", channel.entries());
        Structs.CHANNEL_INFO.setU32(struct, "reserved", 0);
        Pointers.putLong(out, handles.add(open, new OpenResource(open, channel)));
        return 0;
    }

    private Channel channel(long handle) {
        return handles.resource(handle, Channel.class, "channel");
    }

    int channelSubmit(long handle, long pushAddress, int lengthBytes, MemorySegment error) {
        channel(handle).submit(pushAddress, lengthBytes);
        return 0;
    }

    int channelPending(long handle, MemorySegment entries, MemorySegment error) {
        Pointers.need(entries);
        Pointers.putInt(entries, channel(handle).pendingEntries());
        return 0;
    }

    int channelError(long handle, MemorySegment out, MemorySegment error) {
        Struct type = Structs.CHANNEL_ERROR;
        MemorySegment struct = type.behind(out);
        Optional<CoreEvent.ChannelError> why = channel(handle).error();
        struct.fill((byte) 0);
        why.ifPresent(reason -> {
            type.setU32(struct, "present", 1);
            type.setU32(struct, "gfid", reason.gfid());
            type.setU32(struct, "engine_type", reason.engineType());
            type.setU32(struct, "channel_id", reason.channelId());
            type.setU32(struct, "exception_type", reason.exceptionType());
        });
        return 0;
    }
}
