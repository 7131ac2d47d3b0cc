// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.c.abi;

import io.lamella.core.AddressSpace;
import io.lamella.core.CoreCapability;
import io.lamella.core.CoreError;
import io.lamella.core.CoreEvent;
import io.lamella.core.CoreEvent.GuestDriver;
import io.lamella.core.CoreException;
import io.lamella.core.FbRequest;
import io.lamella.core.PciAddress;
import io.lamella.core.RmObject;
import io.lamella.pci.InterruptKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The core's plain values, as structs and numbers of the header and back. */
public final class Neutral {
    /** In the order of their bits. New ones are added at the end. */
    private static final List<CoreCapability> CAPABILITIES = List.of(
            CoreCapability.GSP_CLIENT,
            CoreCapability.FB_MEMORY,
            CoreCapability.BAR1_MAPPING,
            CoreCapability.CHANNEL_IDS,
            CoreCapability.SR_IOV,
            CoreCapability.VF_DOORBELL,
            CoreCapability.HOST_MEMORY,
            CoreCapability.ADDRESS_SPACES,
            CoreCapability.CHANNELS);

    /** Alignments of frame buffer, in the order of their numbers. */
    public static final List<FbRequest.Alignment> ALIGNMENTS =
            List.of(FbRequest.Alignment.PAGE, FbRequest.Alignment.LARGE_PAGE, FbRequest.Alignment.VMMU_SEGMENT);

    /** What the GPU may do in an address space, in the order of their numbers. */
    public static final List<AddressSpace.Access> ACCESSES =
            List.of(AddressSpace.Access.READ_WRITE, AddressSpace.Access.READ_ONLY);

    /** Kinds of interrupts, in the order of their numbers. */
    public static final List<InterruptKind> INTERRUPTS =
            List.of(InterruptKind.INTX, InterruptKind.MSI, InterruptKind.MSI_X);

    private static final List<GuestDriver.Change> CHANGES =
            List.of(GuestDriver.Change.LOADED, GuestDriver.Change.UNLOADED, GuestDriver.Change.CRASHED);

    private static final int FUNCTION_GONE = 1;
    private static final int SRIOV_CHANGED = 2;
    private static final int CHANNEL_ERROR = 3;
    private static final int OS_ERROR = 4;
    private static final int GUEST_DRIVER = 5;
    private static final int FIRMWARE_HALTED = 6;
    private static final int NON_STALL = 7;

    private Neutral() {}

    /**
     * The value that a number stands for.
     *
     * @param what finishes the sentence "There is no such ..."
     * @throws CoreException {@code INVALID}
     */
    public static <T> T value(List<T> values, int number, String what) {
        if (number < 0 || number >= values.size()) {
            throw new CoreException(
                    CoreError.INVALID, "There is no such " + what + ": " + Integer.toUnsignedString(number) + ".");
        }
        return values.get(number);
    }

    public static long bits(Set<CoreCapability> capabilities) {
        long bits = 0;
        for (CoreCapability capability : capabilities) {
            bits |= 1L << CAPABILITIES.indexOf(capability);
        }
        return bits;
    }

    /** @throws CoreException {@code NOT_SUPPORTED} for bits without a meaning */
    public static Set<CoreCapability> capabilities(long bits) {
        Set<CoreCapability> set = EnumSet.noneOf(CoreCapability.class);
        for (int i = 0; i < CAPABILITIES.size(); i++) {
            if ((bits >>> i & 1) != 0) {
                set.add(CAPABILITIES.get(i));
            }
        }
        if (bits >>> CAPABILITIES.size() != 0) {
            throw new CoreException(
                    CoreError.NOT_SUPPORTED, String.format("The capabilities 0x%x have bits without a meaning.", bits));
        }
        return set;
    }

    public static void putAddress(Struct type, MemorySegment struct, PciAddress address) {
        type.setU32(struct, "address.domain", address.domain());
        type.setU32(struct, "address.bus", address.bus());
        type.setU32(struct, "address.device", address.device());
        type.setU32(struct, "address.function", address.function());
    }

    public static PciAddress address(Struct type, MemorySegment struct) {
        return new PciAddress(
                type.u32(struct, "address.domain"),
                type.u32(struct, "address.bus"),
                type.u32(struct, "address.device"),
                type.u32(struct, "address.function"));
    }

    public static RmObject object(MemorySegment struct) {
        return new RmObject(Structs.RM_OBJECT.u32(struct, "handle"), Structs.RM_OBJECT.u32(struct, "rm_class"));
    }

    public static void putObject(MemorySegment struct, RmObject object) {
        Structs.RM_OBJECT.setU32(struct, "handle", object.handle());
        Structs.RM_OBJECT.setU32(struct, "rm_class", object.rmClass());
    }

    /** An event as a struct, for the life of an arena. */
    public static MemorySegment event(Arena arena, CoreEvent event) {
        MemorySegment struct = Structs.EVENT.allocate(arena);
        switch (event) {
            case CoreEvent.FunctionGone gone -> put(struct, FUNCTION_GONE, 0, gone.reason());
            case CoreEvent.SrIovChanged changed -> put(struct, SRIOV_CHANGED, changed.enabled(), "");
            case CoreEvent.ChannelError error -> {
                put(struct, CHANNEL_ERROR, 0, "");
                Structs.EVENT.setU32(struct, "gfid", error.gfid());
                Structs.EVENT.setU32(struct, "engine_type", error.engineType());
                Structs.EVENT.setU32(struct, "channel_id", error.channelId());
                Structs.EVENT.setU32(struct, "exception_type", error.exceptionType());
            }
            case CoreEvent.OsError error -> {
                put(struct, OS_ERROR, 0, error.text());
                Structs.EVENT.setU32(struct, "runlist_id", error.runlistId());
                Structs.EVENT.setU32(struct, "channel_id", error.channelId());
                Structs.EVENT.setU32(struct, "exception_type", error.exceptionType());
            }
            case GuestDriver driver -> {
                put(struct, GUEST_DRIVER, CHANGES.indexOf(driver.change()), "");
                Structs.EVENT.setU32(struct, "gfid", driver.gfid());
            }
            case CoreEvent.FirmwareHalted halted -> put(struct, FIRMWARE_HALTED, 0, halted.reason());
            case CoreEvent.NonStall stall -> put(struct, NON_STALL, stall.vector(), "");
        }
        return struct;
    }

    private static void put(MemorySegment struct, int kind, int value, String text) {
        Structs.EVENT.setU32(struct, "kind", kind);
        Structs.EVENT.setU32(struct, "value", value);
        Structs.EVENT.setText(struct, "text", text);
    }

    /** An event from a struct; empty for kinds that are newer than this. */
    public static Optional<CoreEvent> event(MemorySegment struct) {
        int value = Structs.EVENT.u32(struct, "value");
        String text = Structs.EVENT.text(struct, "text");
        int gfid = Structs.EVENT.u32(struct, "gfid");
        int engineType = Structs.EVENT.u32(struct, "engine_type");
        int runlistId = Structs.EVENT.u32(struct, "runlist_id");
        int channelId = Structs.EVENT.u32(struct, "channel_id");
        int exceptionType = Structs.EVENT.u32(struct, "exception_type");
        return Optional.ofNullable(
                switch (Structs.EVENT.u32(struct, "kind")) {
                    case FUNCTION_GONE -> new CoreEvent.FunctionGone(text);
                    case SRIOV_CHANGED -> new CoreEvent.SrIovChanged(value);
                    case CHANNEL_ERROR -> new CoreEvent.ChannelError(gfid, engineType, channelId, exceptionType);
                    case OS_ERROR -> new CoreEvent.OsError(exceptionType, runlistId, channelId, text);
                    case GUEST_DRIVER ->
                        value >= 0 && value < CHANGES.size() ? new GuestDriver(gfid, CHANGES.get(value)) : null;
                    case FIRMWARE_HALTED -> new CoreEvent.FirmwareHalted(text);
                    case NON_STALL -> new CoreEvent.NonStall(value);
                    default -> null;
                });
    }
}
