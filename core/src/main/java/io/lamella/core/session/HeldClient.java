// SPDX-License-Identifier: Apache-2.0
package io.lamella.core.session;

import io.lamella.core.CoreError;
import io.lamella.core.CoreException;
import io.lamella.core.GspClient;
import io.lamella.core.RmObject;
import io.lamella.core.RmReply;
import io.lamella.core.RmRequest;
import io.lamella.core.gsp.ResourceManager;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A client of the resource manager that a session holds. Handles are the driver's to choose; each client has its own. */
final class HeldClient extends Held implements GspClient {
    private static final int CLIENT = 0xc1d0_0000;
    private static final int DEVICE = 0xde1d_0000;
    private static final int SUBDEVICE = 0x5d1d_0000;
    private static final int FIRST_OBJECT = 0x0ba0_0000;
    private static final int LONGEST_NAME = 63;

    private final ResourceManager manager;
    private final int id;
    private final RmObject client;
    private final RmObject device;
    private final RmObject subdevice;
    // Each object with the handle of its parent.
    private final Map<RmObject, Integer> objects = new ConcurrentHashMap<>();
    private final AtomicInteger nextHandle = new AtomicInteger(FIRST_OBJECT);

    /** @param id tells clients apart, 1 to 0xffff */
    HeldClient(ClientSession session, String label, int id) {
        super(session, label);
        this.manager = session.core().resourceManager();
        this.id = id;
        int handle = CLIENT | id;
        byte[] name = label.getBytes(StandardCharsets.UTF_8);
        RmRequest root = RmRequest.of("ROOT").with("hClient", Integer.toUnsignedLong(handle));
        client = create(
                handle,
                handle,
                manager.knows("ROOT", "processName")
                        ? root.with("processName", Arrays.copyOf(name, Math.min(name.length, LONGEST_NAME)))
                        : root);
        try {
            device =
                    create(handle, DEVICE, RmRequest.of("DEVICE").with("hClientShare", Integer.toUnsignedLong(handle)));
            subdevice = create(DEVICE, SUBDEVICE, RmRequest.of("SUBDEVICE"));
        } catch (CoreException failure) {
            freeQuietly(handle);
            throw failure;
        }
    }

    /** Creates an object with a handle of the caller's choice. */
    RmObject create(int parent, int handle, RmRequest parameters) {
        RmObject object = new RmObject(handle, manager.allocate(CLIENT | id, parent, handle, parameters));
        objects.put(object, parent);
        return object;
    }

    private void freeQuietly(int handle) {
        try {
            manager.free(handle, handle);
        } catch (CoreException alsoFailed) {
            // The failure that led here says more.
        }
    }

    @Override
    public RmObject client() {
        return client;
    }

    @Override
    public RmObject device() {
        return device;
    }

    @Override
    public RmObject subdevice() {
        return subdevice;
    }

    @Override
    public RmReply control(RmObject object, RmRequest request) {
        checkOwn(object);
        return manager.control(client.handle(), object.handle(), request);
    }

    @Override
    public RmObject allocate(RmObject parent, RmRequest parameters) {
        checkOwn(parent);
        return create(parent.handle(), nextHandle.getAndIncrement(), parameters);
    }

    @Override
    public void free(RmObject object) {
        checkOwn(object);
        if (object.equals(client)) {
            throw new CoreException(CoreError.INVALID, "The client itself is freed by closing it.");
        }
        manager.free(client.handle(), object.handle());
        forget(object);
    }

    /** The firmware has freed what is below it too. */
    private void forget(RmObject object) {
        objects.remove(object);
        objects.forEach((other, parent) -> {
            if (parent == object.handle() && !other.equals(object)) {
                forget(other);
            }
        });
    }

    @Override
    public boolean hasField(String control, String field) {
        return manager.knows(control, field);
    }

    private void checkOwn(RmObject object) {
        checkHeld();
        if (!objects.containsKey(object)) {
            throw new CoreException(
                    CoreError.NOT_FOUND, String.format("Object 0x%x is not one of %s.", object.handle(), describe()));
        }
    }

    @Override
    void release() {
        // If this fails the firmware may still have a client of that number, so it is not used again.
        manager.free(client.handle(), client.handle());
        session().core().clientIds().give(id, 1);
    }

    @Override
    void giveUp() {}

    @Override
    String describe() {
        return String.format("GSP client \"%s\" (0x%x)", label(), client.handle());
    }
}
