// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.GspAbi;
import io.lamella.hw.gsp.GspEvent;
import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import io.lamella.hw.gsp.RmControl;
import io.lamella.hw.struct.Struct;
import io.lamella.hw.struct.StructField;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Events that a driver has asked for, and their delivery. */
final class EventObjects implements ClassTable.Handler {
    /** The low half of a notify index is what happened, the high half says how to notify. */
    private static final int NOTIFIER_MASK = 0xffff;

    private static final int ACTION_DISABLE = 0;
    private static final int ACTION_SINGLE = 1;
    private static final int ACTION_REPEAT = 2;

    private final RmSystem system;
    private final List<Event> events = new ArrayList<>();
    private final StructField.U32 notifyIndex;
    private final StructField.U64 data;
    private final StructField.U32 setEvent;
    private final StructField.U32 setAction;

    private static final class Event {
        private final RmObject object;
        private final int notifyIndex;
        private final long data;
        private int action = ACTION_DISABLE;

        Event(RmObject object, int notifyIndex, long data) {
            this.object = object;
            this.notifyIndex = notifyIndex;
            this.data = data;
        }
    }

    EventObjects(RmSystem system, ClassTable classes, ControlTable controls) {
        this.system = system;
        GspAbi abi = system.abi();
        Struct allocation = abi.struct("NV0005_ALLOC_PARAMETERS");
        notifyIndex = allocation.u32("notifyIndex");
        data = allocation.u64("data");
        Struct set = abi.control(RmControl.EVENT_SET_NOTIFICATION);
        setEvent = set.u32("event");
        setAction = set.u32("action");
        for (RmClass type : List.of(RmClass.EVENT, RmClass.EVENT_KERNEL_CALLBACK)) {
            classes.add(type, Set.of(RmClass.ROOT, RmClass.DEVICE, RmClass.SUBDEVICE), this);
        }
        controls.add(RmControl.EVENT_SET_NOTIFICATION, this::setNotification);
    }

    @Override
    public NvStatus allocate(RmObject object, MemorySegment params) {
        Event event = new Event(object, notifyIndex.get(params, 0), data.get(params, 0));
        object.setState(event);
        events.add(event);
        return NvStatus.OK;
    }

    @Override
    public void free(RmObject object) {
        events.remove(object.state(Event.class));
    }

    private NvStatus setNotification(RmObject subdevice, MemorySegment params) {
        int wanted = setEvent.get(params, 0) & NOTIFIER_MASK;
        int action = setAction.get(params, 0);
        if (action != ACTION_DISABLE && action != ACTION_SINGLE && action != ACTION_REPEAT) {
            return NvStatus.INVALID_ARGUMENT;
        }
        for (Event event : events) {
            if (event.object.client() == subdevice.client() && (event.notifyIndex & NOTIFIER_MASK) == wanted) {
                event.action = action;
            }
        }
        return NvStatus.OK;
    }

    /** Tells every driver object that asked for {@code notifier}, with {@code eventData} of at most 256 bytes. */
    void post(int notifier, MemorySegment eventData) {
        Struct layout = system.abi().payload(GspEvent.POST_EVENT).orElseThrow();
        for (Event event : List.copyOf(events)) {
            if ((event.notifyIndex & NOTIFIER_MASK) != notifier || event.action == ACTION_DISABLE) {
                continue;
            }
            // The data begins before the structure ends; drivers expect the structure's size plus the data's.
            MemorySegment payload = MemorySegment.ofArray(new byte[layout.sizeBytes() + (int) eventData.byteSize()]);
            layout.u32("hClient").set(payload, 0, event.object.client().handle());
            layout.u32("hEvent").set(payload, 0, event.object.handle());
            layout.u32("notifyIndex").set(payload, 0, notifier);
            layout.u32("data").set(payload, 0, (int) event.data);
            layout.u32("eventDataSize").set(payload, 0, (int) eventData.byteSize());
            MemorySegment.copy(eventData, 0, payload, layout.offsetOf("eventData"), eventData.byteSize());
            if (event.action == ACTION_SINGLE) {
                event.action = ACTION_DISABLE;
            }
            system.events().send(GspEvent.POST_EVENT, payload);
        }
    }
}
