// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.gpu.host.FaultReport;
import io.lamella.gpu.host.Runlist;
import io.lamella.gpu.mmu.BarAperture;
import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspFunction;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The resource manager that runs on one function's GSP, from one boot to the next. It answers the driver's messages. All of it is used on
 * the function's tasks only; {@link #objectCount} may be asked from anywhere.
 */
public final class ResourceManager {
    private static final int BAR_1 = 0;
    private static final int BAR_2 = 1;

    private final RmSystem system;
    private final UnsupportedCalls unsupported;
    private final RmObjects objects = new RmObjects();
    private final ControlTable controls;
    private final ClassTable classes;
    private final EventObjects events;
    private final PowerControls power;
    private final ChannelObjects channels;
    private final Envelope controlEnvelope;
    private final Envelope allocEnvelope;
    private volatile int objectCount;

    /**
     * An answer.
     *
     * @param result of the message itself; 0 where only what it asked for was refused
     * @param payload what goes back
     */
    public record Answer(int result, MemorySegment payload) {
        static Answer ok(MemorySegment payload) {
            return new Answer(NvStatus.OK.code(), payload);
        }
    }

    /** The fixed part in front of parameters. */
    private record Envelope(Struct layout, StructField.U32 status, StructField.U32 paramsSize) {
        static Envelope of(Struct layout) {
            return new Envelope(layout, layout.u32("status"), layout.u32("paramsSize"));
        }

        long declaredBytes(MemorySegment payload) {
            return layout.fits(payload, 0) ? layout.sizeBytes() + paramsSize.value(payload, 0) : payload.byteSize();
        }

        int field(String name, MemorySegment payload) {
            return layout.u32(name).get(payload, 0);
        }

        /** The parameters, or null if they are not all there. */
        @Nullable
        MemorySegment params(MemorySegment payload) {
            long length = paramsSize.value(payload, 0);
            return length > payload.byteSize() - layout.sizeBytes()
                    ? null
                    : payload.asSlice(layout.sizeBytes(), length);
        }
    }

    /**
     * Starts it: the driver's view of video memory is laid out, BAR1 is bound.
     *
     * @param unsupported where to count what is asked for and not here
     * @param extension what this function's firmware can do beyond others, or null
     */
    public ResourceManager(RmSystem system, UnsupportedCalls unsupported, @Nullable RmExtension extension) {
        this.system = system;
        this.unsupported = unsupported;
        GspAbi abi = system.abi();
        controls = new ControlTable(abi);
        classes = new ClassTable(abi);
        controlEnvelope = Envelope.of(abi.controlEnvelope());
        allocEnvelope = Envelope.of(abi.allocEnvelope());
        ClassTable.Handler plain = (object, params) -> NvStatus.OK;
        classes.add(RmClass.DEVICE, Set.of(RmClass.ROOT), plain);
        classes.add(RmClass.SUBDEVICE, Set.of(RmClass.DEVICE), plain);
        new AddressSpaces(system, classes, controls);
        events = new EventObjects(system, classes, controls);
        List<Runlist> runlists = system.channels().runlists();
        DisplayEngine display = DisplayEngine.of(system);
        BoardControls.addTo(controls, runlists, display);
        display.addTo(classes, controls);
        BoardControls.addHostEnginesTo(controls, runlists);
        channels = new ChannelObjects(system, classes, controls);
        power = new PowerControls(abi, objects, system.channels());
        power.addTo(controls);
        RmIdentity.Sriov sriov = system.identity().sriov();
        if (sriov != null) {
            FrameBufferControls.addTo(system, sriov, controls);
        }
        if (extension != null) {
            extension.addControls(system, controls);
        }
        makeInternalObjects();
        bindBar1();
    }

    private void makeInternalObjects() {
        try {
            RmClient client = objects.addClient(StaticInfo.INTERNAL_CLIENT);
            RmObject device = objects.add(client.root(), StaticInfo.INTERNAL_DEVICE, RmClass.DEVICE.number());
            objects.add(device, StaticInfo.INTERNAL_SUBDEVICE, RmClass.SUBDEVICE.number());
        } catch (RmObjects.Refusal e) {
            throw new IllegalStateException("An empty resource manager has no room.", e);
        }
    }

    private void bindBar1() {
        FbLayout layout = system.layout();
        system.memory().fb().clear(layout.usableEnd(), FbLayout.RESERVED_BYTES);
        system.memory().bar1().bind(layout.bar1Root());
    }

    /** How many objects drivers have now, the firmware's own left out. */
    public int objectCount() {
        return objectCount;
    }

    /** Tells the driver of an event of the subdevice, where it asked for it; at most 256 bytes of data. */
    public void postEvent(int notifier, MemorySegment eventData) {
        events.post(notifier, eventData);
    }

    /** Tells the driver that a channel was stopped for an error. */
    public void channelStopped(FaultReport report) {
        channels.tell(report);
    }

    /** Answers a message. The payload is a copy already and may become the answer's. */
    public Answer handle(GspFunction function, MemorySegment payload) {
        Answer answer = switch (function) {
            case GET_GSP_STATIC_INFO -> Answer.ok(StaticInfo.build(system));
            case UPDATE_BAR_PDE -> updateBarPde(payload);
            case GSP_RM_CONTROL -> control(payload);
            case GSP_RM_ALLOC -> allocate(payload);
            case FREE -> free(payload);
            case ALLOC_MEMORY -> new Answer(power.allocateMemory(payload).code(), payload);
            default -> unknown(function.number(), payload);
        };
        objectCount = objects.total() - 3;
        return answer;
    }

    /** The answer to a message that is not here. */
    public Answer unknown(int function, MemorySegment payload) {
        unsupported.count(
                "rpc", function, GspFunction.of(function).map(Enum::name).orElse(""));
        return new Answer(NvStatus.NOT_SUPPORTED.code(), payload);
    }

    private static Answer malformed(MemorySegment payload) {
        return new Answer(NvStatus.INVALID_PARAM_STRUCT.code(), payload);
    }

    private Answer updateBarPde(MemorySegment payload) {
        Struct layout = system.abi().payload(GspFunction.UPDATE_BAR_PDE).orElseThrow();
        if (!layout.fits(payload, 0)) {
            return malformed(payload);
        }
        int bar = layout.u32("info.barType").get(payload, 0);
        if ((bar != BAR_1 && bar != BAR_2)
                || layout.u64("info.entryLevelShift").get(payload, 0)
                        != system.memory().mmu().format().upperShift(0)) {
            return new Answer(NvStatus.INVALID_ARGUMENT.code(), payload);
        }
        FbLayout fb = system.layout();
        long root = bar == BAR_1 ? fb.bar1Root() : fb.bar2Root();
        BarAperture aperture =
                bar == BAR_1 ? system.memory().bar1() : system.memory().bar2();
        system.memory().fb().writeLong(root, layout.u64("info.entryValue").get(payload, 0));
        aperture.bind(root);
        return Answer.ok(payload);
    }

    private Answer control(MemorySegment payload) {
        if (!controlEnvelope.layout.fits(payload, 0)) {
            return malformed(payload);
        }
        NvStatus status = dispatchControl(payload);
        controlEnvelope.status.set(payload, 0, status.code());
        return Answer.ok(payload);
    }

    private NvStatus dispatchControl(MemorySegment payload) {
        int number = controlEnvelope.field("cmd", payload);
        ControlTable.Entry entry = controls.find(number);
        if (entry == null) {
            String name = system.abi().controlOf(number).map(Enum::name).orElse("");
            unsupported.count("control", number, name);
            return NvStatus.NOT_SUPPORTED;
        }
        RmClient client = objects.client(controlEnvelope.field("hClient", payload));
        if (client == null) {
            return NvStatus.INVALID_CLIENT;
        }
        RmObject target = client.find(controlEnvelope.field("hObject", payload));
        if (target == null) {
            return NvStatus.INVALID_OBJECT_HANDLE;
        }
        // The upper half of a control's number is the class that it is for.
        if (!answers(target.classNumber(), number >>> 16)) {
            return NvStatus.INVALID_OBJECT;
        }
        MemorySegment params = controlEnvelope.params(payload);
        if (params == null || params.byteSize() < entry.paramsBytes()) {
            return NvStatus.INVALID_PARAM_STRUCT;
        }
        return entry.handler().handle(target, params);
    }

    /** Channels of every generation answer controls that have the number of an older one. */
    private boolean answers(int classNumber, int controlClass) {
        return classNumber == controlClass
                || (controlClass == ChannelObjects.CONTROL_CLASS
                        && classNumber == system.architecture().channelClass().number());
    }

    private Answer allocate(MemorySegment payload) {
        if (!allocEnvelope.layout.fits(payload, 0)) {
            return malformed(payload);
        }
        NvStatus status;
        try {
            MemorySegment params = allocEnvelope.params(payload);
            status = params == null ? NvStatus.INVALID_PARAM_STRUCT : dispatchAlloc(payload, params);
        } catch (RmObjects.Refusal e) {
            status = e.status();
        }
        allocEnvelope.status.set(payload, 0, status.code());
        return Answer.ok(payload);
    }

    private NvStatus dispatchAlloc(MemorySegment payload, MemorySegment params) throws RmObjects.Refusal {
        int classNumber = allocEnvelope.field("hClass", payload);
        int clientHandle = allocEnvelope.field("hClient", payload);
        StructField.U32 objectField = allocEnvelope.layout.u32("hObject");
        int handle = objectField.get(payload, 0);
        if (handle == 0) {
            handle = objects.chooseHandle();
            objectField.set(payload, 0, handle);
        }
        if (classNumber == RmClass.ROOT.number()) {
            objects.addClient(handle);
            return NvStatus.OK;
        }
        ClassTable.Entry entry = classes.find(classNumber);
        if (entry == null) {
            unsupported.count(
                    "class",
                    classNumber,
                    RmClass.of(classNumber).map(Enum::name).orElse(""));
            return NvStatus.NOT_SUPPORTED;
        }
        RmClient client = objects.client(clientHandle);
        if (client == null) {
            return NvStatus.INVALID_CLIENT;
        }
        RmObject parent = client.find(allocEnvelope.field("hParent", payload));
        if (parent == null
                || RmClass.of(parent.classNumber())
                        .filter(entry.parents()::contains)
                        .isEmpty()) {
            return NvStatus.INVALID_OBJECT_PARENT;
        }
        if (params.byteSize() == 0) {
            params = MemorySegment.ofArray(new byte[entry.paramsBytes()]);
        }
        if (params.byteSize() < entry.paramsBytes()) {
            return NvStatus.INVALID_PARAM_STRUCT;
        }
        RmObject object = objects.add(parent, handle, classNumber);
        NvStatus status = entry.handler().allocate(object, params);
        if (status != NvStatus.OK) {
            objects.remove(object);
        }
        return status;
    }

    private Answer free(MemorySegment payload) {
        Struct layout = system.abi().freeEnvelope();
        if (!layout.fits(payload, 0)) {
            return malformed(payload);
        }
        int clientHandle = layout.u32("hRoot").get(payload, 0);
        RmClient client = objects.client(clientHandle);
        RmObject object =
                client == null ? null : client.find(layout.u32("hObjectOld").get(payload, 0));
        NvStatus status;
        if (client == null) {
            status = NvStatus.INVALID_CLIENT;
        } else if (object == null || isInternal(object)) {
            status = NvStatus.INVALID_OBJECT_OLD;
        } else {
            release(objects.remove(object));
            status = NvStatus.OK;
        }
        layout.u32("status").set(payload, 0, status.code());
        return Answer.ok(payload);
    }

    /** The firmware's own objects stay; what a driver put below them may go. */
    private static boolean isInternal(RmObject object) {
        return object.client().handle() == StaticInfo.INTERNAL_CLIENT
                && (object.handle() == StaticInfo.INTERNAL_CLIENT
                        || object.handle() == StaticInfo.INTERNAL_DEVICE
                        || object.handle() == StaticInfo.INTERNAL_SUBDEVICE);
    }

    /** How long a message that fills its elements says it is in full; what the message carries if it does not say. */
    public static long declaredBytes(GspFunction function, MemorySegment payload) {
        // These parts have the same shape in every release.
        GspAbi any = GspAbi.common();
        return switch (function) {
            case SET_REGISTRY -> Registry.declaredBytes(any, payload);
            case GSP_RM_CONTROL -> Envelope.of(any.controlEnvelope()).declaredBytes(payload);
            case GSP_RM_ALLOC -> Envelope.of(any.allocEnvelope()).declaredBytes(payload);
            case ALLOC_MEMORY ->
                Objects.requireNonNullElse(PowerControls.declaredBytes(any, payload), payload.byteSize());
            default -> payload.byteSize();
        };
    }

    private void release(List<RmObject> removed) {
        for (RmObject object : removed) {
            ClassTable.Entry entry = classes.find(object.classNumber());
            if (entry != null) {
                entry.handler().free(object);
            }
        }
    }

    /** What {@link RmControl} calls a number, for listings. */
    public String nameOfControl(int number) {
        return system.abi().controlOf(number).map(Enum::name).orElse("0x" + Integer.toHexString(number));
    }
}
