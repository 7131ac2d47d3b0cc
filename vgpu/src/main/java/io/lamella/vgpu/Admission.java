// SPDX-License-Identifier: Apache-2.0
package io.lamella.vgpu;

import io.lamella.core.CoreSession;
import io.lamella.core.FbUsage;
import io.lamella.core.VirtualFunction;
import io.lamella.vgpu.VgpuException.Reason;
import io.lamella.vgpu.type.VgpuType;
import io.lamella.vgpu.type.VgpuType.PciId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which a GPU is cut: the type must be the board's, all vGPUs of a GPU have one size, and there must be a virtual function
 * and frame buffer for one more. What is in quarantine counts as what it holds.
 */
final class Admission {
    private final CoreSession session;
    private final List<VgpuType> types;

    /** A refusal. */
    record Refusal(Reason reason, String sentence) {
        VgpuException exception() {
            return new VgpuException(reason, sentence);
        }
    }

    Admission(CoreSession session, List<VgpuType> types) {
        this.session = session;
        this.types = types;
    }

    /** The types of this GPU's board. Does not depend on what runs. */
    List<VgpuType> supported() {
        return types.stream().filter(this::isOfThisBoard).toList();
    }

    private boolean isOfThisBoard(VgpuType type) {
        return type.boardDevice().equals(board());
    }

    private PciId board() {
        return new PciId(session.gpu().vendorId(), session.gpu().deviceId());
    }

    /** Why one more of {@code type} cannot be had beside those that exist, or null if it can. */
    @Nullable
    Refusal refusal(VgpuType type, Collection<Vgpu> existing) {
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
                            + " MiB for the guest; this GPU gives memory away in" + " units of " + (segment >> 20)
                            + " MiB. Change fbLengthMiB in the type's file.");
        }
        Refusal size = sizeRefusal(type, existing);
        if (size != null) {
            return size;
        }
        if (existing.size() >= type.maxInstances()) {
            long fenced = existing.stream()
                    .filter(vgpu -> vgpu.state() == VgpuState.QUARANTINED)
                    .count();
            return new Refusal(
                    Reason.TOO_MANY,
                    "The GPU has " + existing.size() + " of the " + type.maxInstances() + " vGPUs that " + type.name()
                            + " allows" + (fenced == 0 ? "" : ", " + fenced + " of them in quarantine")
                            + "; destroy one first.");
        }
        if (existing.size() >= session.gpu().totalVirtualFunctions()) {
            return new Refusal(
                    Reason.NO_VIRTUAL_FUNCTION,
                    "All " + session.gpu().totalVirtualFunctions()
                            + " virtual functions are in use; destroy a vGPU first.");
        }
        return memoryRefusal(type);
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
        String allowed = supported().stream()
                .filter(other -> other.profileSizeBytes() == sizeBytes)
                .map(VgpuType::name)
                .collect(Collectors.joining(", "));
        return new Refusal(
                Reason.OTHER_SIZE,
                type.name() + " has " + (type.profileSizeBytes() >> 20)
                        + " MiB, and all vGPUs of a GPU have one size. It has "
                        + now + ", so the size is " + (sizeBytes >> 20) + " MiB now: " + allowed
                        + " would do. For another size, destroy those first.");
    }

    private @Nullable Refusal memoryRefusal(VgpuType type) {
        long wanted = type.fbLengthBytes();
        FbUsage usage = session.fbUsage();
        if (wanted <= usage.largestFreeBytes() && wanted + type.gspHeapSizeBytes() <= usage.freeBytes()) {
            return null;
        }
        return new Refusal(
                Reason.NO_FRAME_BUFFER,
                type.name() + " needs " + (wanted >> 20) + " MiB of frame buffer in one piece and "
                        + (type.gspHeapSizeBytes() >> 20) + " MiB for its management heap. The largest free piece has "
                        + (usage.largestFreeBytes() >> 20) + " MiB; free in all are " + (usage.freeBytes() >> 20)
                        + " of "
                        + (usage.usableBytes() >> 20) + " MiB"
                        + (usage.quarantinedBytes() == 0
                                ? ""
                                : ", and " + (usage.quarantinedBytes() >> 20)
                                        + " MiB are given up until the GPU is opened anew")
                        + ".");
    }

    /** The virtual function to use. @throws VgpuException if the wanted one, or any, is not to be had */
    VirtualFunction chooseFunction(OptionalInt wanted, Collection<Vgpu> existing) {
        List<VirtualFunction> all = session.gpu().virtualFunctions();
        if (wanted.isEmpty()) {
            return all.stream()
                    .filter(function -> user(function, existing) == null)
                    .findFirst()
                    .orElseThrow(() -> new VgpuException(
                            Reason.NO_VIRTUAL_FUNCTION,
                            "All " + all.size() + " virtual functions are in use; destroy a vGPU first."));
        }
        int index = wanted.getAsInt();
        if (index < 0 || index >= all.size()) {
            throw new VgpuException(
                    Reason.NO_VIRTUAL_FUNCTION,
                    "There is no virtual function " + index + "; this GPU has 0 to " + (all.size() - 1) + ".");
        }
        Vgpu user = user(all.get(index), existing);
        if (user != null) {
            throw new VgpuException(
                    Reason.NO_VIRTUAL_FUNCTION,
                    "Virtual function " + index + " is in use by vGPU " + user.uuid()
                            + "; take another or leave the choice.");
        }
        return all.get(index);
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
