// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.contract;

import io.lamella.core.ApiVersion;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvents;
import io.lamella.core.CoreException;
import io.lamella.core.CoreSession;
import io.lamella.core.EngineInfo;
import io.lamella.core.FbRange;
import io.lamella.core.FbRequest;
import io.lamella.core.GpuCore;
import io.lamella.core.GpuDescription;
import io.lamella.core.VirtualFunction;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Opening, describing and closing a GPU. */
final class CoreClauses {
    static final List<Clause> ALL = List.of(
            Clause.quick("core.open", "A core that was opened is alive.", CoreClauses::alive),
            Clause.quick(
                    "core.description.sound",
                    "The description names a chip, and its sizes, engines and virtual functions fit together.",
                    CoreClauses::sound),
            Clause.quick(
                    "core.description.steady",
                    "The description does not change while the core is open, and sessions give the same.",
                    CoreClauses::steady),
            Clause.full(
                    "core.description.options",
                    "Address, firmware release and host channels are those that the opener gave.",
                    CoreClauses::asOpened),
            Clause.alone(
                    "core.close.ends-sessions",
                    "Closing the core ends its sessions; sessions, resources and attach answer CLOSED from then on.",
                    CoreClauses::closes),
            Clause.alone("core.close.twice", "Closing the core a second time has no effect.", CoreClauses::closesTwice),
            Clause.alone(
                    "core.close.opens-again",
                    "A GPU whose core was closed can be opened again, with nothing taken.",
                    CoreClauses::opensAgain),
            Clause.alone(
                    "core.open.no-firmware",
                    "Opening without firmware files is refused with NOT_FOUND, and does no harm.",
                    CoreClauses::needsFirmware),
            Clause.alone(
                    "core.open.gone", "Opening a function that is gone is refused with GONE.", CoreClauses::opensGone));

    private CoreClauses() {}

    private static void alive(Trial trial) {
        Expect.that(trial.core().isAlive(), "isAlive() is false right after the core was opened.");
        ApiVersion version = trial.version();
        Expect.same(GpuCore.API_VERSION.major(), version.major(), "The major version of its interface");
    }

    private static void sound(Trial trial) {
        GpuDescription gpu = trial.gpu();
        Expect.that(!gpu.chip().isBlank() && !gpu.name().isBlank(), "The GPU has no chip or no name.");
        Expect.that(!gpu.firmwareRelease().isBlank(), "The firmware has no release.");
        Expect.that(
                gpu.vendorId() >>> 16 == 0 && gpu.deviceId() >>> 16 == 0 && gpu.vendorId() != 0xffff,
                "The PCI ids are not of 16 bits.");
        Expect.that(
                gpu.usableFbOffset() >= 0
                        && gpu.usableFbBytes() > 0
                        && gpu.usableFbBytes() <= gpu.fbSizeBytes() - gpu.usableFbOffset(),
                "The usable frame buffer (" + gpu.usableFbOffset() + ", " + gpu.usableFbBytes()
                        + " bytes) is not within " + gpu.fbSizeBytes() + " bytes.");
        Expect.that(gpu.bar1Bytes() > 0, "BAR1 has " + gpu.bar1Bytes() + " bytes.");
        Expect.that(
                gpu.hostChannelIds() > 0 && gpu.hostChannelIds() < gpu.channelIds(),
                "The core keeps " + gpu.hostChannelIds() + " of " + gpu.channelIds() + " channel ids.");
        Expect.that(
                gpu.totalVirtualFunctions() == 0 || Long.bitCount(gpu.vmmuSegmentBytes()) == 1,
                "A VMMU segment has " + gpu.vmmuSegmentBytes() + " bytes, which is no power of two.");
        for (int i = 0; i < gpu.totalVirtualFunctions(); i++) {
            VirtualFunction function = gpu.virtualFunctions().get(i);
            Expect.that(
                    function.index() == i && function.gfid() == i + 1,
                    "Virtual function " + i + " is described as " + function + ".");
        }
        Set<String> names = new HashSet<>();
        for (EngineInfo engine : gpu.engines()) {
            Expect.that(names.add(engine.name()), "Two engines are called " + engine.name() + ".");
            Expect.that(
                    engine.runlistId() >= 0 && engine.nonStallVector() >= -1, "Engine " + engine + " makes no sense.");
        }
        Expect.that(!names.isEmpty(), "The GPU has no engine.");
    }

    private static void steady(Trial trial) {
        GpuDescription first = trial.gpu();
        try (CoreSession session = trial.attach(Set.of(), CoreEvents.NONE)) {
            Expect.same(first, session.gpu(), "The description that a session gives");
        }
        Expect.same(first, trial.core().description(), "The description later");
    }

    private static void asOpened(Trial trial) {
        GpuDescription gpu = trial.gpu();
        Expect.same(trial.bench().options().pciAddress(), gpu.address(), "The address");
        Expect.same(trial.bench().options().hostChannels(), gpu.hostChannelIds(), "The number of host channels");
        Expect.that(
                trial.bench().options().firmwareReleases().contains(gpu.firmwareRelease()),
                "The firmware is " + gpu.firmwareRelease() + ", which was not asked for.");
    }

    private static void closes(Trial trial) {
        CoreSession session = trial.attach();
        FbRange range = session.allocateFb(FbRequest.pages("of a closed core", 1));
        trial.core().close();
        Expect.that(!trial.core().isAlive(), "isAlive() is true after close().");
        Expect.that(!range.isHeld(), "A range is still held after close().");
        Expect.that(trial.core().sessions().isEmpty(), "Sessions are listed after close().");
        Expect.refused(CoreError.CLOSED, "fbUsage() after the core's close()", session::fbUsage);
        Expect.refused(CoreError.CLOSED, "scrub() after the core's close()", () -> session.scrub(range));
        Expect.refused(CoreError.CLOSED, "attach() after close()", () -> trial.attach(Set.of(), CoreEvents.NONE));
    }

    private static void closesTwice(Trial trial) {
        trial.core().close();
        trial.core().close();
        Expect.that(!trial.core().isAlive(), "isAlive() is true after close().");
    }

    private static void opensAgain(Trial trial) {
        long free;
        Set<CoreCapability> all = trial.all();
        try (CoreSession session = trial.attach()) {
            free = session.fbUsage().freeBytes();
            FbRange lost = session.allocateFb(FbRequest.pages("given up", 1));
            lost.quarantine("contract: it comes back when the GPU is opened anew");
        }
        trial.core().close();
        try (GpuCore again = trial.bench().open(trial.bench().firmware());
                CoreSession session = again.attach(Trial.CLIENT, Trial.VERSIONS, all, CoreEvents.NONE)) {
            Expect.same(free, session.fbUsage().freeBytes(), "The free frame buffer after opening again");
            Expect.same(0L, session.fbUsage().quarantinedBytes(), "The frame buffer in quarantine after opening again");
        }
    }

    private static void needsFirmware(Trial trial) {
        trial.core().close();
        Expect.refused(
                CoreError.NOT_FOUND,
                "open() without firmware files",
                () -> trial.bench().open(name -> Optional.empty()).close());
        trial.bench().open(trial.bench().firmware()).close();
    }

    private static void opensGone(Trial trial) {
        trial.core().close();
        trial.bench().slot().vanish();
        try {
            trial.bench().open(trial.bench().firmware()).close();
        } catch (CoreException refusal) {
            Expect.same(CoreError.GONE, refusal.error(), "The refusal to open what is gone");
            return;
        }
        throw new BrokenClause("A function that is gone was opened.");
    }
}
