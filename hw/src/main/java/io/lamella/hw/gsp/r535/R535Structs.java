// SPDX-License-Identifier: Apache-2.0
package io.lamella.hw.gsp.r535;

import io.lamella.hw.struct.StructCatalog;

/** Structures of release 535.113.01. */
public final class R535Structs {
    /** Every structure. */
    public static final StructCatalog STRUCTS = StructCatalog.load(
            R535Structs.class, "gsp.layout", "object.layout", "engine.layout", "display.layout", "vgpu.layout");

    private R535Structs() {}
}
