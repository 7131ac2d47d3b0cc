// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import io.lamella.hw.gsp.NvStatus;
import io.lamella.hw.gsp.RmClass;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All clients of one resource manager, with limits that a driver in its right mind never meets. */
final class RmObjects {
    static final int MAX_CLIENTS = 1024;
    static final int MAX_OBJECTS_PER_CLIENT = 4096;
    static final int MAX_OBJECTS = 16_384;

    private static final int FIRST_CHOSEN_HANDLE = 0xc300_0000;

    private final Map<Integer, RmClient> clients = new LinkedHashMap<>();
    private int total;
    private int nextHandle = FIRST_CHOSEN_HANDLE;

    /** A failure of an operation, as the status that the driver gets. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;
        private final NvStatus status;

        Refusal(NvStatus status) {
            super(status.name(), null, false, false);
            this.status = status;
        }

        NvStatus status() {
            return status;
        }
    }

    @Nullable
    RmClient client(int handle) {
        return clients.get(handle);
    }

    Collection<RmClient> clients() {
        return clients.values();
    }

    int total() {
        return total;
    }

    RmClient addClient(int handle) throws Refusal {
        if (clients.containsKey(handle)) {
            throw new Refusal(NvStatus.INSERT_DUPLICATE_NAME);
        }
        if (clients.size() >= MAX_CLIENTS || total >= MAX_OBJECTS) {
            throw new Refusal(NvStatus.INSUFFICIENT_RESOURCES);
        }
        RmClient client = new RmClient(handle, RmClass.ROOT.number());
        clients.put(handle, client);
        total++;
        return client;
    }

    RmObject add(RmObject parent, int handle, int classNumber) throws Refusal {
        RmClient client = parent.client();
        if (client.find(handle) != null) {
            throw new Refusal(NvStatus.INSERT_DUPLICATE_NAME);
        }
        if (client.objectCount() >= MAX_OBJECTS_PER_CLIENT || total >= MAX_OBJECTS) {
            throw new Refusal(NvStatus.INSUFFICIENT_RESOURCES);
        }
        RmObject object = new RmObject(client, handle, classNumber, parent);
        client.add(object);
        total++;
        return object;
    }

    /** A handle that nobody uses, for drivers that leave the choice to the firmware. */
    int chooseHandle() {
        while (clients.containsKey(nextHandle)) {
            nextHandle++;
        }
        return nextHandle++;
    }

    /** Takes an object and everything below it out; they come back with children before their parents. */
    List<RmObject> remove(RmObject top) {
        List<RmObject> found = new ArrayList<>();
        ArrayDeque<RmObject> open = new ArrayDeque<>();
        open.push(top);
        while (!open.isEmpty()) {
            RmObject object = open.pop();
            found.add(object);
            object.children().forEach(open::push);
        }
        List<RmObject> ordered = found.reversed();
        for (RmObject object : ordered) {
            object.client().remove(object);
        }
        if (top.parent() == null) {
            clients.remove(top.handle());
        }
        total -= ordered.size();
        return ordered;
    }
}
