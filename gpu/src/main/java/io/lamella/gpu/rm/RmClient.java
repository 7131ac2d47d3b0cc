// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client: a tree of objects with handles of its own. Two clients may use the same handles. */
public final class RmClient {
    private final RmObject root;
    private final Map<Integer, RmObject> objects = new HashMap<>();

    RmClient(int handle, int rootClass) {
        root = new RmObject(this, handle, rootClass, null);
        objects.put(handle, root);
    }

    public int handle() {
        return root.handle();
    }

    /** The client as an object, the parent of all others. */
    public RmObject root() {
        return root;
    }

    /** The object of that handle. */
    public @Nullable RmObject find(int handle) {
        return objects.get(handle);
    }

    int objectCount() {
        return objects.size();
    }

    void add(RmObject object) {
        objects.put(object.handle(), object);
        RmObject parent = object.parent();
        if (parent != null) {
            parent.children().add(object);
        }
    }

    void remove(RmObject object) {
        objects.remove(object.handle());
        RmObject parent = object.parent();
        if (parent != null) {
            parent.children().remove(object);
        }
    }
}
