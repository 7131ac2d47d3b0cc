// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreSession;
import io.lamella.core.FbUsage;
import io.lamella.core.GpuDescription;
import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.placement.Placement;
import io.lamella.vgpu.placement.PlacementLayout;
import io.lamella.vgpu.placement.PlacementLayout.Occupant;
import io.lamella.vgpu.placement.PlacementMode;
import io.lamella.vgpu.placement.PlacementSpace;
import io.lamella.vgpu.type.VgpuType;
import io.lamella.vgpu.type.VgpuType.PciId;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which a GPU is cut: the type must be the board's, there must be a placement for it in the GPU's mode, and a virtual
 * function, and memory for its management heap. What is in quarantine counts as what it holds.
 */
final class Admission {
    private final CoreSession session;
    private final VirtualFunctions functions;
    private final List<VgpuType> types;
    private final List<VgpuType> supported;
    private final PlacementSpace space;

    /** A refusal. */
    record Refusal(Reason reason, String sentence) {
        VgpuException exception() {
            return new VgpuException(reason, sentence);
        }
    }

    Admission(CoreSession session, VirtualFunctions functions, List<VgpuType> types) {
        this.session = session;
        this.functions = functions;
        this.types = types;
        this.supported = types.stream().filter(this::isOfThisBoard).toList();
        GpuDescription gpu = session.gpu();
        long nominal =
                supported.stream().mapToLong(VgpuType::boardFbBytes).findFirst().orElse(gpu.fbSizeBytes());
        this.space = PlacementSpace.of(gpu, nominal);
    }

    /** The types of this GPU's board. Does not depend on what runs. */
    List<VgpuType> supported() {
        return supported;
    }

    PlacementSpace space() {
        return space;
    }

    private boolean isOfThisBoard(VgpuType type) {
        return type.boardDevice().equals(board());
    }

    private PciId board() {
        return new PciId(session.gpu().vendorId(), session.gpu().deviceId());
    }

    /** The type with this name, of this board. @throws VgpuException */
    VgpuType find(String name) {
        for (VgpuType type : types) {
            if (type.name().equals(name)) {
                Refusal refusal = kindRefusal(type);
                if (refusal != null) {
                    throw refusal.exception();
                }
                return type;
            }
        }
        throw new VgpuException(
                Reason.UNKNOWN_TYPE,
                "There is no vGPU type \"" + name + "\". The types of this board are "
                        + String.join(
                                ", ", supported.stream().map(VgpuType::name).toList()) + ".");
    }

    /** What lies where now. */
    PlacementLayout layout(PlacementMode mode, Collection<Vgpu> existing) {
        List<Occupant> occupants = existing.stream()
                .map(vgpu -> new Occupant("vGPU " + vgpu.uuid(), vgpu.type(), vgpu.placement()))
                .toList();
        PlacementLayout own = new PlacementLayout(space, mode, occupants, Set.of());
        Set<Integer> blocked = new HashSet<>();
        for (int unit = 0; unit < space.units(); unit++) {
            if (own.at(new Placement(unit, 1)).isEmpty()
                    && !session.isFbFree(space.offsetOf(unit), space.unitBytes())) {
                blocked.add(unit);
            }
        }
        return new PlacementLayout(space, mode, occupants, blocked);
    }

    private @Nullable Refusal kindRefusal(VgpuType type) {
        if (!isOfThisBoard(type)) {
            return new Refusal(
                    Reason.OTHER_BOARD,
                    type.name() + " is a type of the board " + type.board() + " (" + type.boardDevice()
                            + "); this GPU is " + session.gpu().name() + " (" + board() + ").");
        }
        long segment = session.gpu().vmmuSegmentBytes();
        if (segment == 0 || type.fbLengthBytes() % segment != 0) {
            return new Refusal(
                    Reason.UNSUITABLE_TYPE,
                    type.name() + " has " + (type.fbLengthBytes() >> 20)
                            + " MiB for the guest; this GPU gives memory away in units of " + (segment >> 20)
                            + " MiB. Change fbLengthMiB in the type's file.");
        }
        if (type.fbLengthBytes() > space.roomBytes(type)) {
            return new Refusal(
                    Reason.UNSUITABLE_TYPE,
                    type.name() + " has " + (type.fbLengthBytes() >> 20) + " MiB for the guest; on this GPU its "
                            + type.placementUnits() + " units of placement are " + (space.roomBytes(type) >> 20)
                            + " MiB. Lower fbLengthMiB in the type's file.");
        }
        return null;
    }

    /** Why one more of {@code type} cannot be had, or null if it can. */
    @Nullable
    Refusal refusal(VgpuType type, PlacementLayout layout, Collection<Vgpu> existing) {
        Refusal kind = kindRefusal(type);
        if (kind != null) {
            return kind;
        }
        if (type.placementUnits() > space.units()) {
            return new Refusal(
                    Reason.NO_FRAME_BUFFER,
                    type.name() + " needs " + type.placementUnits() + " units of placement; this GPU has "
                            + space.units() + ". A smaller type is needed.");
        }
        Refusal size = layout.mode() == PlacementMode.EQUAL_SIZE ? sizeRefusal(type, existing) : null;
        if (size != null) {
            return size;
        }
        Refusal count = countRefusal(type, layout.mode(), existing);
        if (count != null) {
            return count;
        }
        return layout.freeIds(type).isEmpty() ? placementRefusal(type, layout) : heapRefusal(type);
    }

    private @Nullable Refusal countRefusal(VgpuType type, PlacementMode mode, Collection<Vgpu> existing) {
        long alike = existing.stream()
                .filter(vgpu -> vgpu.type().profileSizeBytes() == type.profileSizeBytes())
                .count();
        if (alike >= type.maxInstances(mode)) {
            long fenced = existing.stream()
                    .filter(vgpu -> vgpu.state() == VgpuState.QUARANTINED)
                    .count();
            return new Refusal(
                    Reason.TOO_MANY,
                    "The GPU has " + alike + " of the " + type.maxInstances(mode) + " vGPUs that " + type.name()
                            + " allows in " + mode.label() + " mode"
                            + (fenced == 0 ? "" : ", " + fenced + " of them in quarantine")
                            + "; release one first.");
        }
        return existing.size() < functions.usable() ? null : functionsRefusal();
    }

    private Refusal functionsRefusal() {
        int usable = functions.usable();
        int total = session.gpu().totalVirtualFunctions();
        return new Refusal(
                Reason.NO_VIRTUAL_FUNCTION,
                "All " + usable + (usable < total ? " virtual functions that are enabled" : " virtual functions")
                        + " are in use; release a vGPU first"
                        + (usable < total ? ", or enable more of the " + total + " while none runs." : "."));
    }

    private @Nullable Refusal sizeRefusal(VgpuType type, Collection<Vgpu> existing) {
        Map<String, Long> running = existing.stream()
                .filter(vgpu -> vgpu.type().profileSizeBytes() != type.profileSizeBytes())
                .collect(Collectors.groupingBy(vgpu -> vgpu.type().name(), TreeMap::new, Collectors.counting()));
        if (running.isEmpty()) {
            return null;
        }
        long sizeBytes = existing.iterator().next().type().profileSizeBytes();
        String now = running.entrySet().stream()
                .map(entry -> entry.getValue() + " of " + entry.getKey())
                .collect(Collectors.joining(", "));
        String allowed = supported.stream()
                .filter(other -> other.profileSizeBytes() == sizeBytes)
                .map(VgpuType::name)
                .collect(Collectors.joining(", "));
        return new Refusal(
                Reason.OTHER_SIZE,
                type.name() + " has " + (type.profileSizeBytes() >> 20)
                        + " MiB, and in equal-size mode all vGPUs of a GPU have one size. It has "
                        + now + ", so the size is " + (sizeBytes >> 20) + " MiB now: " + allowed
                        + " would do. For another size release those first; with none left the GPU can also be set to"
                        + " mixed-size mode.");
    }

    private Refusal placementRefusal(VgpuType type, PlacementLayout layout) {
        String ids = layout.space().ids(layout.mode(), type).toString();
        return new Refusal(
                Reason.NO_FRAME_BUFFER,
                "None of the placements of " + type.name() + " (" + type.placementUnits() + " units at " + ids
                        + ") is free. Of " + space.units() + " units " + layout.freeUnits()
                        + " are free, the longest run has " + layout.largestFreeRun() + ": [" + layout.map()
                        + "]. A smaller type may fit, or release a vGPU.");
    }

    private @Nullable Refusal heapRefusal(VgpuType type) {
        FbUsage usage = session.fbUsage();
        if (type.fbLengthBytes() + type.gspHeapSizeBytes() <= usage.freeBytes()) {
            return null;
        }
        return new Refusal(
                Reason.NO_FRAME_BUFFER,
                type.name() + " needs " + (type.fbLengthBytes() >> 20) + " MiB of frame buffer and "
                        + (type.gspHeapSizeBytes() >> 20) + " MiB for its management heap. Free are "
                        + (usage.freeBytes() >> 20) + " of " + (usage.usableBytes() >> 20) + " MiB"
                        + (usage.quarantinedBytes() == 0
                                ? ""
                                : ", and " + (usage.quarantinedBytes() >> 20)
                                        + " MiB are given up until the GPU is opened anew")
                        + ".");
    }

    /** What is to be had of a type now. */
    TypeAvailability availability(VgpuType type, PlacementLayout layout, Collection<Vgpu> existing) {
        List<Integer> all = space.ids(layout.mode(), type);
        Refusal refusal = refusal(type, layout, existing);
        if (refusal != null) {
            return new TypeAvailability(type, 0, all, List.of(), refusal.reason(), refusal.sentence());
        }
        List<Integer> free = layout.freeIds(type);
        long alike = existing.stream()
                .filter(vgpu -> vgpu.type().profileSizeBytes() == type.profileSizeBytes())
                .count();
        long remaining = Math.min(
                Math.min(free.size(), type.maxInstances(layout.mode()) - alike), functions.usable() - existing.size());
        return new TypeAvailability(type, (int) remaining, all, free, null, "");
    }

    /** Where it shall lie. @throws VgpuException {@code PLACEMENT} if the wanted id is none of the type's, or taken */
    Placement choosePlacement(VgpuType type, OptionalInt wanted, PlacementLayout layout) {
        if (wanted.isEmpty()) {
            return new Placement(layout.bestId(type, supported).orElseThrow(), type.placementUnits());
        }
        Placement placement = new Placement(wanted.getAsInt(), type.placementUnits());
        List<Integer> free = layout.freeIds(type);
        if (free.contains(placement.id())) {
            return placement;
        }
        String why;
        if (!space.ids(layout.mode(), type).contains(placement.id())) {
            why = "is none of " + type.name() + " in " + layout.mode().label() + " mode";
        } else {
            List<Occupant> there = layout.at(placement);
            why = "is taken by "
                    + (there.isEmpty()
                            ? "another client of the GPU"
                            : there.getFirst().label());
        }
        throw new VgpuException(
                Reason.PLACEMENT,
                "Placement id " + placement.id() + " " + why + ". Free are "
                        + free.stream().map(String::valueOf).collect(Collectors.joining(", "))
                        + "; or leave the choice.");
    }

    /** The virtual function to use. @throws VgpuException if the wanted one, or any, is not to be had */
    VirtualFunction chooseFunction(OptionalInt wanted, Collection<Vgpu> existing) {
        List<VirtualFunction> total = session.gpu().virtualFunctions();
        List<VirtualFunction> usable = total.subList(0, functions.usable());
        if (wanted.isEmpty()) {
            return usable.stream()
                    .filter(function -> user(function, existing) == null)
                    .findFirst()
                    .orElseThrow(() -> functionsRefusal().exception());
        }
        int index = wanted.getAsInt();
        if (index < 0 || index >= usable.size()) {
            throw new VgpuException(
                    Reason.NO_VIRTUAL_FUNCTION,
                    index < 0 || index >= total.size()
                            ? "There is no virtual function " + index + "; this GPU has 0 to " + (total.size() - 1)
                                    + "."
                            : "Virtual function " + index + " is not enabled, only the first " + usable.size()
                                    + " are. Enable more while no vGPU runs, or take another function.");
        }
        Vgpu user = user(usable.get(index), existing);
        if (user != null) {
            throw new VgpuException(
                    Reason.NO_VIRTUAL_FUNCTION,
                    "Virtual function " + index + " is in use by vGPU " + user.uuid() + ", which is " + user.state()
                            + ". "
                            + (LifeCycle.rule(user.state(), VgpuVerb.ASSIGN) instanceof LifeCycle.Refused refused
                                    ? refused.sentence() + " "
                                    : "")
                            + "Or take another function, or leave the choice.");
        }
        return usable.get(index);
    }

    private static @Nullable Vgpu user(VirtualFunction function, Collection<Vgpu> existing) {
        for (Vgpu vgpu : existing) {
            if (vgpu.function().index() == function.index()) {
                return vgpu;
            }
        }
        return null;
    }
}
