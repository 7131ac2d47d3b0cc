// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.AddressSpace;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.VirtualFunction;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Each call is refused to a session that did not ask for it. */
final class CapabilityClauses {
    static final List<Clause> ALL = List.of(
            needed(
                    CoreCapability.GSP_CLIENT,
                    "openGspClient",
                    (trial, poor, rich) -> refuse("openGspClient", () -> poor.openGspClient("x"))),
            needed(CoreCapability.FB_MEMORY, "allocateFb, isFbFree, fbUsage, scrub", CapabilityClauses::memory),
            needed(CoreCapability.BAR1_MAPPING, "map", CapabilityClauses::mapping),
            needed(CoreCapability.CHANNEL_IDS, "allocateChannels, freeChannels", (trial, poor, rich) -> {
                refuse("allocateChannels", () -> poor.allocateChannels("x", 1));
                refuse("freeChannels", poor::freeChannels);
            }),
            needed(CoreCapability.SR_IOV, "setVirtualFunctions, enabledVirtualFunctions", (trial, poor, rich) -> {
                trial.needVirtualFunctions(1);
                refuse("setVirtualFunctions", () -> poor.setVirtualFunctions(0));
                refuse("enabledVirtualFunctions", poor::enabledVirtualFunctions);
            }),
            needed(CoreCapability.VF_DOORBELL, "ringDoorbell", (trial, poor, rich) -> {
                trial.needVirtualFunctions(1);
                VirtualFunction first = trial.gpu().virtualFunctions().getFirst();
                refuse("ringDoorbell", () -> poor.ringDoorbell(first));
            }),
            needed(CoreCapability.HOST_MEMORY, "allocateHostMemory", (trial, poor, rich) -> {
                trial.since(1, 2);
                refuse("allocateHostMemory", () -> poor.allocateHostMemory("x", 1));
            }),
            needed(CoreCapability.ADDRESS_SPACES, "createAddressSpace", (trial, poor, rich) -> {
                trial.since(1, 2);
                refuse("createAddressSpace", () -> poor.createAddressSpace("x"));
            }),
            needed(CoreCapability.CHANNELS, "openChannel", (trial, poor, rich) -> {
                trial.since(1, 2);
                EngineInfo engine = Work.engine(poor);
                try (AddressSpace space = poor.createAddressSpace("own")) {
                    refuse("openChannel", () -> poor.openChannel("x", engine, space, 8));
                }
            }));

    private CapabilityClauses() {}

    /** What is refused. */
    private interface Refusals {
        /**
         * @param poor has every capability but the one
         * @param rich has every one
         */
        void check(Trial trial, CoreSession poor, CoreSession rich);
    }

    private static Clause needed(CoreCapability capability, String calls, Refusals refusals) {
        return Clause.quick(
                "capability." + capability.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                "Without the capability " + capability + " NOT_PERMITTED is the answer to " + calls + ".",
                trial -> {
                    Set<CoreCapability> others = EnumSet.copyOf(trial.all());
                    others.remove(capability);
                    try (CoreSession poor = trial.attach(others, CoreEvents.NONE);
                            CoreSession rich = trial.attach()) {
                        refusals.check(trial, poor, rich);
                    }
                });
    }

    private static void refuse(String call, Expect.Call run) {
        Expect.refused(CoreError.NOT_PERMITTED, call + " without the capability", run);
    }

    private static void memory(Trial trial, CoreSession poor, CoreSession rich) {
        refuse("allocateFb", () -> poor.allocateFb(FbRequest.pages("x", 1)));
        refuse("isFbFree", () -> poor.isFbFree(0, 1));
        refuse("fbUsage", poor::fbUsage);
        try (FbRange range = rich.allocateFb(FbRequest.pages("another's", 1))) {
            refuse("scrub", () -> poor.scrub(range));
        }
    }

    private static void mapping(Trial trial, CoreSession poor, CoreSession rich) {
        try (FbRange own = poor.allocateFb(FbRequest.pages("own", 1));
                FbRange other = rich.allocateFb(FbRequest.pages("another's", 1))) {
            refuse("map of an own range", () -> poor.map(own));
            refuse("map of another's range", () -> poor.map(other));
        }
    }
}
