// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.out;

import io.lamella.core.AddressSpace;
import io.lamella.core.ApiVersion;
import io.lamella.core.BarMapping;
import io.lamella.core.Channel;
import io.lamella.core.ChannelRange;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.CoreResource;
import io.lamella.core.CoreSession;
import io.lamella.core.FbRange;
import io.lamella.core.GspClient;
import io.lamella.core.HostMemory;
import io.lamella.core.VersionRange;
import io.lamella.core.c.abi.Limits;
import io.lamella.core.c.abi.Neutral;
import io.lamella.core.c.abi.Pointers;
import io.lamella.core.c.abi.Structs;
import io.lamella.core.c.abi.Text;
import io.lamella.core.c.out.Handles.OpenGpu;
import io.lamella.core.c.out.Handles.OpenResource;
import io.lamella.core.c.out.Handles.OpenSession;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/** The table's functions about sessions, and those that every resource has. Named after the header's, which says what they do. */
final class SessionCalls {
    private static final long LISTENER_SECONDS = 10;
    private static final int FB = 1;
    private static final int CHANNEL_IDS = 2;
    private static final int BAR1 = 3;
    private static final int RM = 4;
    private static final int HOST_MEMORY = 5;
    private static final int SPACE = 6;
    private static final int CHANNEL = 7;

    private final Handles handles;

    SessionCalls(Handles handles) {
        this.handles = handles;
    }

    int sessionAttach(long handle, MemorySegment attach, MemorySegment out, MemorySegment error) {
        Pointers.need(out);
        OpenGpu gpu = handles.gpu(handle);
        MemorySegment wanted = Structs.ATTACH.versioned(attach, Structs.ATTACH.sizeBytes());
        MemorySegment driverVersion = Structs.ATTACH.pointer(wanted, "driver_version");
        ClientIdentity client = new ClientIdentity(
                Text.read(Structs.ATTACH.pointer(wanted, "client"), Limits.IDENTITY_BYTES, "the client's name"),
                Pointers.isNull(driverVersion)
                        ? ""
                        : Text.read(driverVersion, Limits.IDENTITY_BYTES, "the client's version"));
        VersionRange versions = new VersionRange(
                version(Structs.ATTACH.u32(wanted, "lowest")), version(Structs.ATTACH.u32(wanted, "highest")));
        Set<CoreCapability> capabilities = Neutral.capabilities(Structs.ATTACH.u64(wanted, "capabilities"));
        EventGate gate = new EventGate(
                Structs.ATTACH.pointer(wanted, "on_event"), Structs.ATTACH.pointer(wanted, "event_context"));
        CoreSession session = gpu.core.attach(client, versions, capabilities, gate);
        Pointers.putLong(out, handles.add(gpu, new OpenSession(gpu, session, gate)));
        return 0;
    }

    private static ApiVersion version(int packed) {
        return new ApiVersion(Limits.major(packed), Limits.minor(packed));
    }

    int sessionInfo(long handle, MemorySegment out, MemorySegment error) {
        OpenSession open = handles.session(handle);
        MemorySegment info = Structs.SESSION_INFO.versioned(out, Structs.SESSION_INFO.sizeBytes());
        CoreSession session = open.session;
        Structs.SESSION_INFO.setU32(
                info,
                "version",
                Limits.version(session.version().major(), session.version().minor()));
        Structs.SESSION_INFO.setU64(info, "session", handle);
        Structs.SESSION_INFO.setU64(info, "gpu", open.gpu.handle());
        Structs.SESSION_INFO.setU64(info, "capabilities", Neutral.bits(session.capabilities()));
        Structs.SESSION_INFO.setText(info, "client", session.client().name());
        Structs.SESSION_INFO.setText(info, "driver_version", session.client().driverVersion());
        return 0;
    }

    int sessionHeld(long handle, MemorySegment out, long capacity, MemorySegment size, MemorySegment error) {
        Pointers.need(size);
        StringBuilder lines = new StringBuilder();
        for (String line : handles.session(handle).session.held()) {
            lines.append(line.replace('\n', ' ')).append('\n');
        }
        Text.give(out, capacity, size, lines.toString());
        return 0;
    }

    int sessionClose(long handle, MemorySegment error) {
        if (handles.wasOpen(handle)) {
            return 0;
        }
        OpenSession open = handles.session(handle);
        if (open.gate.isOwn()) {
            throw new CoreException(CoreError.BUSY, "A session cannot be closed from its own listener.");
        }
        if (handles.forget(open.gpu, open)) {
            open.session.close();
            if (!open.gate.shut(LISTENER_SECONDS)) {
                throw new CoreException(
                        CoreError.BUSY, "The session is closed, but its listener still runs; its context must stay.");
            }
        }
        return 0;
    }

    int resourceInfo(long handle, MemorySegment out, MemorySegment error) {
        CoreResource resource = handles.resource(handle).resource;
        MemorySegment info = Structs.RESOURCE_INFO.behind(out);
        Structs.RESOURCE_INFO.setU32(info, "kind", kind(resource));
        Structs.RESOURCE_INFO.setU32(info, "held", resource.isHeld() ? 1 : 0);
        Structs.RESOURCE_INFO.setText(info, "label", resource.label());
        return 0;
    }

    private static int kind(CoreResource resource) {
        return switch (resource) {
            case FbRange fb -> FB;
            case ChannelRange ids -> CHANNEL_IDS;
            case BarMapping mapping -> BAR1;
            case GspClient client -> RM;
            case HostMemory memory -> HOST_MEMORY;
            case AddressSpace space -> SPACE;
            case Channel channel -> CHANNEL;
            default -> 0;
        };
    }

    int resourceClose(long handle, MemorySegment error) {
        if (!handles.wasOpen(handle)) {
            OpenResource open = handles.resource(handle);
            if (handles.forget(open.session, open)) {
                open.resource.close();
            }
        }
        return 0;
    }

    int resourceQuarantine(long handle, MemorySegment reason, MemorySegment error) {
        String why = Text.read(reason, Limits.REASON_BYTES, "the reason");
        if (!handles.wasOpen(handle)) {
            OpenResource open = handles.resource(handle);
            if (handles.forget(open.session, open)) {
                open.resource.quarantine(why);
            }
        }
        return 0;
    }
}
