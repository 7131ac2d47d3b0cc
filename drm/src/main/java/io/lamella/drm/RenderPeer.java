// SPDX-License-Identifier: Apache-2.0
package io.lamella.drm;

import io.lamella.core.CorePeer;

/** Says that this peer is part of the program. */
public final class RenderPeer implements CorePeer {
    /** Its name. */
    public static final String NAME = "drm";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Uses a whole GPU from the host: buffers, an address space, channels and fences for each user.";
    }
}
