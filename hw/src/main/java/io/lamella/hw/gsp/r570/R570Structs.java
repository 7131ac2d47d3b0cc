// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp.r570;

import io.lamella.hw.gsp.r535.R535Structs;
import io.lamella.hw.struct.StructCatalog;

/** Structures of release 570.144. */
public final class R570Structs {
    /** Every structure; those that did not change are release 535.113.01's. */
    public static final StructCatalog STRUCTS = R535Structs.STRUCTS.extendedBy(
            R570Structs.class, "gsp.layout", "object.layout", "engine.layout", "display.layout", "vgpu.layout");

    private R570Structs() {}
}
