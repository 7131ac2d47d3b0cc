// SPDX-License-Identifier: Apache-2.0
/** The DRM-like peer: the whole GPU for programs of the host. */
module io.lamella.drm {
    requires static transitive org.jspecify;
    requires transitive io.lamella.core;
    requires io.lamella.hw;

    exports io.lamella.drm;

    provides io.lamella.core.CorePeer with
            io.lamella.drm.RenderPeer;
}
