// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreSession;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.VersionRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a check has: a core, sessions on it that end with the check, and, where the clause has a GPU of its own, that too. */
final class Trial implements AutoCloseable {
    /** What the clauses were written for. */
    static final VersionRange VERSIONS = new VersionRange(new ApiVersion(1, 0), GpuCore.API_VERSION);

    static final ClientIdentity CLIENT = new ClientIdentity("contract", "1");

    private final @Nullable Bench bench;
    private final GpuCore core;
    private final List<CoreSession> sessions = Collections.synchronizedList(new ArrayList<>());

    Trial(@Nullable Bench bench, GpuCore core) {
        this.bench = bench;
        this.core = core;
    }

    GpuCore core() {
        return core;
    }

    GpuDescription gpu() {
        return core.description();
    }

    /** How the core was opened, and how it can be opened again. Not for quick clauses: they have a core that is in use. */
    Bench bench() {
        return Objects.requireNonNull(bench, "A quick clause wants a GPU of its own.");
    }

    /** A session that may do all that this core and this GPU can. */
    CoreSession attach() {
        return attach(CoreEvents.NONE);
    }

    CoreSession attach(CoreEvents listener) {
        return attach(all(), listener);
    }

    CoreSession attach(Set<CoreCapability> wanted, CoreEvents listener) {
        return attach(CLIENT, VERSIONS, wanted, listener);
    }

    CoreSession attach(ClientIdentity client, VersionRange versions, Set<CoreCapability> wanted, CoreEvents listener) {
        CoreSession session = core.attach(client, versions, wanted, listener);
        sessions.add(session);
        return session;
    }

    /** The interface version that the core speaks with us. */
    ApiVersion version() {
        try (CoreSession session = core.attach(CLIENT, VERSIONS, Set.of(), CoreEvents.NONE)) {
            return session.version();
        }
    }

    /** Skips the clause where the core speaks only an older version of the interface. */
    void since(int major, int minor) {
        ApiVersion spoken = version();
        if (spoken.compareTo(new ApiVersion(major, minor)) < 0) {
            throw new SkippedClause("The core speaks version " + spoken + ".");
        }
    }

    /** Skips the clause on a GPU without virtual functions. */
    void needVirtualFunctions(int count) {
        if (gpu().totalVirtualFunctions() < count) {
            throw new SkippedClause("The GPU has " + gpu().totalVirtualFunctions() + " virtual functions.");
        }
    }

    /** All capabilities that this core and this GPU have. */
    Set<CoreCapability> all() {
        Set<CoreCapability> all = EnumSet.allOf(CoreCapability.class);
        if (version().compareTo(new ApiVersion(1, 2)) < 0) {
            all.removeAll(Set.of(CoreCapability.HOST_MEMORY, CoreCapability.ADDRESS_SPACES, CoreCapability.CHANNELS));
        }
        if (gpu().totalVirtualFunctions() == 0) {
            all.removeAll(Set.of(CoreCapability.SR_IOV, CoreCapability.VF_DOORBELL));
        }
        return all;
    }

    @Override
    public void close() {
        List.copyOf(sessions).reversed().forEach(CoreSession::close);
    }
}
