// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreSession;
import io.lamella.core.VersionRange;
import java.util.List;
import java.util.Set;

/** Who comes in, with which version, for what. */
final class AttachClauses {
    private static final int FAR = 1000;

    static final List<Clause> ALL = List.of(
            Clause.quick(
                    "attach.version.highest-in-common",
                    "attach agrees on the highest version that client and core both know.",
                    AttachClauses::agrees),
            Clause.quick(
                    "attach.version.none-in-common",
                    "attach refuses a client with NOT_SUPPORTED if the core knows none of its versions.",
                    AttachClauses::refusesVersions),
            Clause.quick(
                    "attach.version.same-for-all",
                    "Every client is offered the same versions, however many are attached.",
                    AttachClauses::sameForAll),
            Clause.quick("attach.client", "A session says whose it is.", AttachClauses::knowsClient),
            Clause.quick(
                    "attach.capabilities.exact",
                    "A session has the capabilities that were asked for, no more and no fewer.",
                    AttachClauses::exact),
            Clause.full(
                    "attach.capabilities.no-virtual-functions",
                    "On a GPU without virtual functions SR_IOV and VF_DOORBELL are refused with NOT_SUPPORTED.",
                    AttachClauses::noVirtualFunctions),
            Clause.quick(
                    "attach.sessions.listed",
                    "sessions() lists those that are open, the oldest first, and no others.",
                    AttachClauses::listed),
            Clause.quick(
                    "attach.refused.nothing-left",
                    "An attach that is refused leaves no session.",
                    AttachClauses::clean));

    private AttachClauses() {}

    private static CoreSession with(Trial trial, ApiVersion lowest, ApiVersion highest) {
        return trial.attach(Trial.CLIENT, new VersionRange(lowest, highest), Set.of(), CoreEvents.NONE);
    }

    private static void agrees(Trial trial) {
        ApiVersion newest = trial.version();
        ApiVersion oldest = new ApiVersion(newest.major(), 0);
        Expect.same(oldest, with(trial, oldest, oldest).version(), "The version agreed on with a client of " + oldest);
        Expect.same(newest, with(trial, newest, newest).version(), "The version agreed on with a client of " + newest);
        ApiVersion later = new ApiVersion(newest.major(), newest.minor() + FAR);
        ApiVersion agreed = with(trial, oldest, later).version();
        Expect.that(
                agreed.compareTo(newest) >= 0 && agreed.compareTo(later) < 0,
                "A client of " + oldest + " to " + later + " gets " + agreed + ", although the core knows " + newest
                        + ".");
    }

    private static void refusesVersions(Trial trial) {
        ApiVersion newest = trial.version();
        List<VersionRange> unknown = List.of(
                VersionRange.only(new ApiVersion(newest.major() + 1, 0)),
                VersionRange.only(new ApiVersion(newest.major(), newest.minor() + FAR)),
                new VersionRange(new ApiVersion(FAR, 0), new ApiVersion(FAR, FAR)));
        for (VersionRange range : unknown) {
            Expect.refused(
                    CoreError.NOT_SUPPORTED,
                    "attach() of a client of versions " + range.lowest() + " to " + range.highest(),
                    () -> trial.attach(Trial.CLIENT, range, Set.of(), CoreEvents.NONE));
        }
    }

    private static void sameForAll(Trial trial) {
        ApiVersion first = trial.attach(Set.of(), CoreEvents.NONE).version();
        CoreSession old = with(trial, Trial.VERSIONS.lowest(), Trial.VERSIONS.lowest());
        ApiVersion later = trial.attach(Set.of(), CoreEvents.NONE).version();
        Expect.same(first, later, "The version that a later client gets");
        Expect.same(Trial.VERSIONS.lowest(), old.version(), "The version of the older client");
    }

    private static void knowsClient(Trial trial) {
        ClientIdentity who = new ClientIdentity("Kunde für Verträge", "2.1 αβγ");
        CoreSession session = trial.attach(who, Trial.VERSIONS, Set.of(), CoreEvents.NONE);
        Expect.same(who, session.client(), "The session's client");
    }

    private static void exact(Trial trial) {
        Expect.same(
                Set.of(), trial.attach(Set.of(), CoreEvents.NONE).capabilities(), "The set of capabilities of none");
        for (CoreCapability one : trial.all()) {
            Expect.same(
                    Set.of(one),
                    trial.attach(Set.of(one), CoreEvents.NONE).capabilities(),
                    "The set of capabilities of one that asked for " + one);
        }
        Expect.same(trial.all(), trial.attach().capabilities(), "The set of capabilities of one that asked for all");
    }

    private static void noVirtualFunctions(Trial trial) {
        if (trial.gpu().totalVirtualFunctions() > 0) {
            throw new SkippedClause("The GPU has virtual functions.");
        }
        for (CoreCapability one : List.of(CoreCapability.SR_IOV, CoreCapability.VF_DOORBELL)) {
            Expect.refused(
                    CoreError.NOT_SUPPORTED, "attach() for " + one, () -> trial.attach(Set.of(one), CoreEvents.NONE));
        }
    }

    /** The clients of the sessions that are listed; a core may wrap its sessions anew each time. */
    private static List<ClientIdentity> listedClients(Trial trial) {
        return trial.core().sessions().stream().map(CoreSession::client).toList();
    }

    private static void listed(Trial trial) {
        List<ClientIdentity> before = listedClients(trial);
        ClientIdentity first = new ClientIdentity("contract-first", "");
        ClientIdentity second = new ClientIdentity("contract-second", "");
        CoreSession one = trial.attach(first, Trial.VERSIONS, Set.of(), CoreEvents.NONE);
        CoreSession two = trial.attach(second, Trial.VERSIONS, Set.of(), CoreEvents.NONE);
        List<ClientIdentity> added =
                listedClients(trial).subList(before.size(), listedClients(trial).size());
        Expect.same(List.of(first, second), added, "The list of new sessions");
        one.close();
        Expect.that(!listedClients(trial).contains(first), "A session that was closed is listed.");
        Expect.that(listedClients(trial).contains(second), "An open session is not listed once another was closed.");
        two.close();
        Expect.same(before, listedClients(trial), "The list of sessions after all");
    }

    private static void clean(Trial trial) {
        int before = trial.core().sessions().size();
        Expect.refused(
                CoreError.NOT_SUPPORTED,
                "attach() of a client of version " + FAR + ".0",
                () -> trial.attach(
                        Trial.CLIENT, VersionRange.only(new ApiVersion(FAR, 0)), trial.all(), CoreEvents.NONE));
        Expect.same(before, trial.core().sessions().size(), "The number of sessions after a refusal");
    }
}
