// SPDX-License-Identifier: Apache-2.0
package io.lamella.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.lamella.core.AddressSpace;
import io.lamella.core.ApiVersion;
import io.lamella.core.ClientIdentity;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreOptions;
import io.lamella.core.CoreResource;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.FbUsage;
import io.lamella.core.FirmwareSource;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.GpuGoneException;
import io.lamella.core.GspClient;
import io.lamella.core.HostMemory;
import io.lamella.core.VersionRange;
import io.lamella.core.contract.ClauseResult;
import io.lamella.core.contract.ContractReport;
import io.lamella.core.contract.ContractSubject;
import io.lamella.core.contract.CoreContract;
import io.lamella.it.WrongCore.Mistake;
import io.lamella.pci.PciSlot;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Clauses can fail: a core with one mistake is refused by the clause that is about it. */
@Timeout(120)
class WrongCoresTest {
    /** Does nothing where something is due. */
    private static final Mistake NOTHING = (call, self, arguments) -> null;

    /** Accepts what is refused otherwise, and gives what it gave last. */
    private static final Mistake ACCEPTS = new Mistake() {
        @Override
        public Object instead(WrongCore.Call call, Object self, Object[] arguments) throws Throwable {
            try {
                return call.run(arguments);
            } catch (CoreException refusal) {
                return null;
            }
        }
    };

    private static Mistake says(CoreError error) {
        return (call, self, arguments) -> {
            try {
                return call.run(arguments);
            } catch (GpuGoneException gone) {
                throw gone;
            } catch (CoreException refusal) {
                throw new CoreException(error, String.valueOf(refusal.getMessage()));
            }
        };
    }

    private static Mistake gives(Object wrong) {
        return (call, self, arguments) -> {
            Object ignored = call.run(arguments);
            return ignored == null ? null : wrong;
        };
    }

    private static Mistake plus(long distance) {
        return (call, self, arguments) -> {
            Object right = call.run(arguments);
            if (right instanceof Integer number) {
                return number + (int) distance;
            }
            return (Long) Objects.requireNonNull(right) + distance;
        };
    }

    private static WrongCore at(String method, Mistake mistake) {
        return new WrongCore().with(method, mistake);
    }

    /** Cores by the clause that finds their mistake. */
    private static Map<String, WrongCore> cores() {
        Map<String, WrongCore> all = new LinkedHashMap<>();
        all.put("core.open", at("GpuCore.isAlive", gives(false)));
        all.put("core.close.ends-sessions", at("GpuCore.isAlive", gives(true)));
        all.put("core.description.options", at("GpuCore.description", (call, self, arguments) -> {
            GpuDescription right = (GpuDescription) Objects.requireNonNull(call.run(arguments));
            return new GpuDescription(
                    right.chip(),
                    right.name(),
                    right.address().plus(1),
                    right.vendorId(),
                    right.deviceId(),
                    right.subsystemVendorId(),
                    right.subsystemId(),
                    right.revision(),
                    right.firmwareRelease(),
                    right.fbSizeBytes(),
                    right.usableFbOffset(),
                    right.usableFbBytes(),
                    right.vmmuSegmentBytes(),
                    right.bar1Bytes(),
                    right.channelIds(),
                    right.hostChannelIds(),
                    right.virtualFunctions(),
                    right.engines());
        }));
        all.put("attach.version.highest-in-common", at("CoreSession.version", gives(new ApiVersion(1, 3))));
        all.put("attach.version.none-in-common", at("GpuCore.attach", (call, self, arguments) -> {
            arguments[1] = VersionRange.only(new ApiVersion(1, 2));
            return call.run(arguments);
        }));
        all.put("attach.client", at("CoreSession.client", gives(new ClientIdentity("somebody", ""))));
        all.put("attach.capabilities.exact", at("GpuCore.attach", (call, self, arguments) -> {
            arguments[2] = EnumSet.allOf(CoreCapability.class);
            return call.run(arguments);
        }));
        all.put("capability.fb-memory", at("GpuCore.attach", (call, self, arguments) -> {
            Set<Object> more = new HashSet<>((Set<?>) Objects.requireNonNull(arguments[2]));
            more.add(CoreCapability.FB_MEMORY);
            arguments[2] = more;
            return call.run(arguments);
        }));
        all.put("attach.sessions.listed", at("GpuCore.sessions", gives(List.of())));
        all.put("fb.range.aligned", at("FbRange.offset", plus(4096)));
        all.put("fb.range.within", at("FbRange.end", plus(1L << 40)));
        all.put("fb.range.disjoint", at("FbRange.offset", gives(0L)));
        all.put("fb.range.label", at("FbRange.label", gives("another")));
        all.put("fb.at.exact", at("CoreSession.allocateFb", (call, self, arguments) -> {
            FbRequest asked = (FbRequest) Objects.requireNonNull(arguments[0]);
            return call.run(
                    new FbRequest(asked.label(), asked.sizeBytes(), asked.alignment(), FbRequest.Position.TOP_DOWN));
        }));
        all.put("fb.at.taken", at("CoreSession.allocateFb", says(CoreError.BUSY)));
        all.put("fb.size.invalid", at("CoreSession.allocateFb", says(CoreError.NO_SPACE)));
        all.put("fb.label.invalid", at("CoreSession.allocateFb", ACCEPTS));
        all.put("fb.usage", at("CoreSession.fbUsage", gives(new FbUsage(1L << 30, 1 << 20, 1 << 20, 0))));
        all.put("fb.is-free", at("CoreSession.isFbFree", gives(true)));
        all.put("fb.close.gives-back", at("FbRange.close", NOTHING));
        all.put("fb.scrub.zeroes", at("CoreSession.scrub", NOTHING));
        all.put("fb.quarantine.never-again", at("FbRange.quarantine", (call, self, arguments) -> {
            ((FbRange) self).close();
            return null;
        }));
        all.put("channel-ids.range", at("ChannelRange.first", gives(0)));
        all.put("channel-ids.aligned", at("ChannelRange.first", plus(1)));
        all.put("channel-ids.disjoint", at("ChannelRange.first", gives(128)));
        all.put("channel-ids.invalid", at("CoreSession.allocateChannels", ACCEPTS));
        all.put("channel-ids.close", at("CoreSession.freeChannels", gives(7)));
        all.put("bar1.same-memory", at("CoreSession.map", (call, self, arguments) -> {
            if (arguments.length == 3) {
                arguments[1] = 0L;
            }
            return call.run(arguments);
        }));
        all.put(
                "bar1.little-endian",
                at(
                        "BarMapping.readLong",
                        (call, self, arguments) ->
                                Long.reverseBytes((Long) Objects.requireNonNull(call.run(arguments)))));
        all.put("bar1.bulk", at("BarMapping.fill", NOTHING));
        all.put("bar1.bounds", at("BarMapping.writeInt", (call, self, arguments) -> {
            try {
                return call.run(arguments);
            } catch (IndexOutOfBoundsException swallowed) {
                return null;
            }
        }));
        all.put("bar1.arguments", at("CoreSession.map", says(CoreError.NO_SPACE)));
        all.put("bar1.place", at("BarMapping.barOffset", gives(0L)));
        all.put("bar1.range-ends", at("BarMapping.isHeld", gives(true)));
        all.put("gsp.client.objects", at("GspClient.device", (call, self, arguments) -> ((GspClient) self).client()));
        all.put("gsp.control.answer", at("RmReply.number", gives(0L)));
        all.put("gsp.control.unknown-name", at("GspClient.control", says(CoreError.INVALID)));
        all.put("gsp.control.does-not-fit", at("GspClient.control", says(CoreError.NOT_SUPPORTED)));
        all.put("gsp.has-field", at("GspClient.hasField", gives(true)));
        all.put("gsp.object.life", at("GspClient.free", NOTHING));
        all.put("gsp.object.foreign", at("GspClient.free", ACCEPTS));
        all.put("gsp.client.label", at("CoreSession.openGspClient", says(CoreError.BUSY)));
        all.put("host-memory.size", at("HostMemory.sizeBytes", plus(1)));
        all.put(
                "host-memory.zeroed",
                at(
                        "HostMemory.memory",
                        (call, self, arguments) -> Arena.ofAuto()
                                .allocate(((HostMemory) self).sizeBytes())
                                .fill((byte) 1)));
        all.put("address-space.bind.invalid", at("AddressSpace.bind", ACCEPTS));
        all.put("address-space.unbind.whole", at("AddressSpace.unbind", ACCEPTS));
        all.put("address-space.unbound-faults", at("AddressSpace.unbind", NOTHING));
        all.put("address-space.read-only", at("AddressSpace.bind", (call, self, arguments) -> {
            arguments[4] = AddressSpace.Access.READ_WRITE;
            return call.run(arguments);
        }));
        all.put("channel.copy", at("Channel.submit", NOTHING));
        all.put("channel.properties", at("Channel.entries", gives(4)));
        all.put("channel.submit.invalid", at("Channel.submit", ACCEPTS));
        all.put("channel.ring-full", at("Channel.pendingEntries", gives(0)));
        all.put("channel.fault", at("Channel.error", gives(Optional.empty())));
        all.put("sr-iov.enable", at("CoreSession.setVirtualFunctions", NOTHING));
        all.put("sr-iov.change", at("CoreSession.setVirtualFunctions", ACCEPTS));
        all.put("doorbell.unknown", at("CoreSession.ringDoorbell", ACCEPTS));
        all.put("events.sr-iov", listening((listener, event) -> {
            listener.onEvent(event);
            listener.onEvent(event);
        }));
        all.put("events.order", listening(new Reordering()::hear));
        all.put(
                "events.one-at-a-time",
                listening((listener, event) -> Thread.ofPlatform().daemon().start(() -> listener.onEvent(event))));
        all.put("events.listener-throws", listening(new Offended()::hear));
        all.put("session.held", at("CoreSession.held", gives(List.of())));
        all.put("session.close.calls", at("CoreSession.freeChannels", ACCEPTS));
        all.put("session.close.gives-back", at("CoreSession.close", NOTHING));
        all.put("threads.sessions", at("BarMapping.readLong", gives(0L)));
        all.put("gone.event", listening((listener, event) -> {
            if (!(event instanceof CoreEvent.FunctionGone)) {
                listener.onEvent(event);
            }
        }));
        all.put("gone.calls", at("CoreSession.fbUsage", (call, self, arguments) -> {
            try {
                return call.run(arguments);
            } catch (GpuGoneException gone) {
                throw new CoreException(CoreError.TIMED_OUT, "It does not answer.");
            }
        }));
        all.put("gone.in-mid-call", at("GspClient.control", (call, self, arguments) -> {
            try {
                return call.run(arguments);
            } catch (GpuGoneException gone) {
                Thread.sleep(8_000);
                throw gone;
            }
        }));
        all.put("gone.close", at("CoreResource.close", (call, self, arguments) -> {
            ((CoreResource) self).isHeld();
            Thread.sleep(60);
            throw new CoreException(CoreError.GONE, "It cannot be closed.");
        }));
        return all;
    }

    /** Makes events go wrong on their way to the listener. */
    private interface Way {
        void pass(CoreEvents listener, CoreEvent event);
    }

    private static WrongCore listening(Way way) {
        return at("GpuCore.attach", (call, self, arguments) -> {
            CoreEvents listener = (CoreEvents) Objects.requireNonNull(arguments[3]);
            arguments[3] = (CoreEvents) event -> way.pass(listener, event);
            return call.run(arguments);
        });
    }

    /** Holds every other event back until the next one. */
    private static final class Reordering {
        private final Map<CoreEvents, CoreEvent> waiting = new ConcurrentHashMap<>();

        void hear(CoreEvents listener, CoreEvent event) {
            CoreEvent first = waiting.remove(listener);
            if (first == null) {
                waiting.put(listener, event);
            } else {
                listener.onEvent(event);
                listener.onEvent(first);
            }
        }
    }

    /** Tells a listener that has thrown nothing more. */
    private static final class Offended {
        private final Set<CoreEvents> banned = ConcurrentHashMap.newKeySet();

        void hear(CoreEvents listener, CoreEvent event) {
            if (!banned.contains(listener)) {
                try {
                    listener.onEvent(event);
                } catch (RuntimeException thrown) {
                    banned.add(listener);
                }
            }
        }
    }

    private static ContractReport check(WrongCore core, String clause) {
        return CoreContract.check(
                new ContractSubject(core, ContractGpus::next, ContractGpus.FIRMWARE, CoreOptions.DEFAULT),
                one -> one.id().equals(clause));
    }

    @TestFactory
    Stream<DynamicTest> aMistakeIsFoundByTheClauseThatIsAboutIt() {
        return cores().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    ContractReport report = check(entry.getValue(), entry.getKey());
                    assertThat(report.clauses()).hasSize(1);
                    ClauseResult result = report.clauses().getFirst();
                    assertThat(result.outcome()).isEqualTo(ClauseResult.Outcome.FAILED);
                    assertThat(result.reason()).isNotBlank();
                    assertThat(report.refusal().orElseThrow()).contains(entry.getKey(), result.sentence());
                }));
    }

    @Test
    void aCoreThatOpensNothingIsRefusedAtOnce() {
        AtomicInteger slots = new AtomicInteger();
        ContractReport report = CoreContract.check(new ContractSubject(
                new WrongCore() {
                    @Override
                    public GpuCore open(PciSlot slot, FirmwareSource firmware, CoreOptions options) {
                        throw new CoreException(CoreError.DEVICE_FAULT, "This core drives nothing.");
                    }
                },
                () -> {
                    slots.incrementAndGet();
                    return ContractGpus.next();
                },
                ContractGpus.FIRMWARE,
                CoreOptions.DEFAULT));
        assertThat(report.broken()).singleElement().satisfies(broken -> {
            assertThat(broken.id()).isEqualTo("core.open");
            assertThat(broken.reason()).contains("This core drives nothing.");
        });
        assertThat(report.count(ClauseResult.Outcome.SKIPPED))
                .isEqualTo(CoreContract.clauses().size() - 1);
        assertThat(slots).hasValue(1);
    }

    /** What a daemon does with a core from a library. */
    @Test
    void theQuickCheckRefusesInASentenceAndLeavesNothingBehind() {
        try (PciSlot slot = ContractGpus.next();
                GpuCore good = GpuCore.open(slot, ContractGpus.FIRMWARE, CoreOptions.DEFAULT)) {
            CoreContract.checkQuickly("warm", good);
            ContractReport report = CoreContract.checkQuickly("good", good);
            assertThat(report.broken()).isEmpty();
            assertThat(good.sessions()).isEmpty();
            assertThat(report.millis()).isLessThan(5_000);
            System.out.println("The quick clauses took " + report.millis() + " ms.");
        }
        WrongCore wrong = at("RmReply.number", gives(0L));
        try (PciSlot slot = ContractGpus.next();
                GpuCore bad = wrong.open(slot, ContractGpus.FIRMWARE, CoreOptions.DEFAULT)) {
            assertThat(CoreContract.checkQuickly(wrong.name(), bad).refusal().orElseThrow())
                    .startsWith(
                            "The core wrong is refused: it breaks clause gsp.control.answer (A control's answer can");
        }
    }
}
