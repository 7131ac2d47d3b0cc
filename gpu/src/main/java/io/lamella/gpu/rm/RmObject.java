// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.rm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An object that a driver has allocated. Belongs to one client; used on the function's tasks only. */
public final class RmObject {
    private final RmClient client;
    private final int handle;
    private final int classNumber;
    private final @Nullable RmObject parent;
    private final List<RmObject> children = new ArrayList<>();
    private @Nullable Object state;

    RmObject(RmClient client, int handle, int classNumber, @Nullable RmObject parent) {
        this.client = client;
        this.handle = handle;
        this.classNumber = classNumber;
        this.parent = parent;
    }

    public RmClient client() {
        return client;
    }

    public int handle() {
        return handle;
    }

    public int classNumber() {
        return classNumber;
    }

    public @Nullable RmObject parent() {
        return parent;
    }

    List<RmObject> children() {
        return children;
    }

    /** What the class keeps with it, if it is of that type. */
    public <T> @Nullable T state(Class<T> type) {
        return type.isInstance(state) ? type.cast(state) : null;
    }

    /** What the class keeps with it. */
    public void setState(@Nullable Object newState) {
        state = newState;
    }
}
