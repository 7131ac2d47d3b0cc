// SPDX-License-Identifier: Apache-2.0
package io.lamella.gpu.ce;

import io.lamella.gpu.host.EngineClass;
import io.lamella.gpu.host.EngineContext;
import io.lamella.gpu.host.EngineObject;
import io.lamella.hw.Architecture;
import io.lamella.hw.method.CopyMethod;

/** Classes of copy engines: what differs between them is what methods there are and how long addresses may be. */
enum CopyClass implements EngineClass {
    AMPERE_DMA_COPY_B(CopyMethod.CLASS_ID, 49, false),
    BLACKWELL_DMA_COPY_B(CopyMethod.BLACKWELL_CLASS_ID, 57, true);

    private final int number;
    private final long addressHighMask;
    private final boolean prefetches;

    /** By offset: which element of an object's state a method sets; 0 for no method. */
    private static final byte[] PLACES = new byte[CopyMethod.PM_TRIGGER_END.offset() / 4 + 1];

    static {
        byte place = 0;
        for (CopyMethod method : CopyMethod.values()) {
            PLACES[method.offset() / 4] = ++place;
        }
    }

    CopyClass(int number, int addressBits, boolean prefetches) {
        this.number = number;
        this.addressHighMask = (1L << (addressBits - 32)) - 1;
        this.prefetches = prefetches;
    }

    /** The class that a family of chips has. */
    static CopyClass of(Architecture architecture) {
        return switch (architecture) {
            case ADA -> AMPERE_DMA_COPY_B;
            case BLACKWELL_GB20X -> BLACKWELL_DMA_COPY_B;
        };
    }

    /** Which element of an object's state a method sets. */
    static int place(CopyMethod method) {
        return PLACES[method.offset() / 4];
    }

    /** The same by offset; 0 if the class has no such method. */
    int place(int offset) {
        int index = offset / 4;
        boolean missing = index >= PLACES.length || (offset == CopyMethod.REQ_ATTR.offset() && !prefetches);
        return missing ? 0 : PLACES[index];
    }

    /** The bits of an address's upper word that count. */
    long addressHighMask() {
        return addressHighMask;
    }

    /** Whether a launch may read into the cache alone. */
    boolean prefetches() {
        return prefetches;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public EngineObject create(EngineContext context) {
        return new CopyObject(context, this);
    }
}
